import { type ScriptedReply, startUpstream, type Upstream } from "@gw/provider-testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Config } from "../../src/index.ts";
import { type MoneyGateway, price, startMoneyGateway, streamed, usage, whole } from "./money-gateway.ts";
import { vendorReply } from "./vendor-reply.ts";

let vendors: Upstream;
let running: MoneyGateway | null = null;
beforeEach(async () => {
  vendors = await startUpstream(vendorReply);
});
afterEach(async () => {
  await running?.close();
  running = null;
  await vendors.close();
});

const counted = (stream: boolean): ScriptedReply => (stream ? streamed(7, 3) : whole(7, 3));

/** All answer with 7 tokens in and 3 out, which is 37 micro-USD, unless `acme` is told otherwise. */
async function start(config: Config = {}, reply = counted): Promise<MoneyGateway> {
  const vendor = (name: string, path = "") => ({
    package: `@gw/provider-${name}`,
    baseUrl: vendors.url + path,
    apiKey: "k",
    models: [{ id: "m", price }],
  });
  const { providers, ...more } = config;
  running = await startMoneyGateway((request) => reply((request.json() as { stream?: boolean }).stream === true), {
    ...more,
    providers: { a: vendor("anthropic"), o: vendor("openai", "/v1"), g: vendor("google"), ...providers },
  });
  return running;
}

const limits: NonNullable<Config["limits"]> = [{ name: "all", usd: 1, per: "total" }];

interface Dialect {
  readonly name: string;
  /** Targets of another format, with a price and without, and of this one. */
  readonly foreign: string;
  readonly unpriced: string;
  readonly own: string;
  ask(model: string, stream: boolean): { readonly path: string; readonly body: object };
  /** Where the usage stands in a whole answer, and in the event that has it. */
  readonly usageOf: (answer: Json) => Json | undefined;
  readonly names: readonly [cost: string, left: string];
}

type Json = { readonly [key: string]: Json | undefined };

const snake = ["cost_usd", "limit_remaining_usd"] as const;
const user = [{ role: "user", content: "hello" }];

const dialects: readonly Dialect[] = [
  {
    name: "chat",
    foreign: "a/m",
    unpriced: "plain/m",
    own: "o/m",
    ask: (model, stream) => ({
      path: "/v1/chat/completions",
      body: { model, messages: user, ...(stream && { stream, stream_options: { include_usage: true } }) },
    }),
    usageOf: ({ usage: counts }) => counts,
    names: snake,
  },
  {
    name: "responses",
    foreign: "a/m",
    unpriced: "plain/m",
    own: "o/m",
    ask: (model, stream) => ({ path: "/v1/responses", body: { model, input: "hello", stream } }),
    usageOf: ({ response, ...answer }) => (response ?? answer).usage,
    names: snake,
  },
  {
    name: "messages",
    foreign: "acme/one",
    unpriced: "acme/free",
    own: "a/m",
    ask: (model, stream) => ({ path: "/v1/messages", body: { model, messages: user, max_tokens: 9_000, stream } }),
    usageOf: ({ usage: counts }) => counts,
    names: snake,
  },
  {
    name: "gemini",
    foreign: "acme/one",
    unpriced: "acme/free",
    own: "g/m",
    ask: (model, stream) => ({
      path: `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
      body: { contents: [{ role: "user", parts: [{ text: "hello" }] }] },
    }),
    usageOf: ({ usageMetadata }) => usageMetadata,
    names: ["costUsd", "limitRemainingUsd"],
  },
];

/** What the usage of an answer says of money: the cost and what is left, in each event with a usage. */
function moneyIn({ usageOf, names }: Dialect, text: string, stream: boolean): unknown[] {
  const answers: Json[] = stream
    ? text.split("\n").flatMap((line) => (line.startsWith("data: {") ? [JSON.parse(line.slice("data: ".length))] : []))
    : [JSON.parse(text)];
  return answers.flatMap((answer) => {
    const counts = usageOf(answer);
    return counts ? [names.map((name) => counts[name])] : [];
  });
}

const cases = dialects.flatMap((dialect) => [false, true].map((stream) => ({ name: dialect.name, dialect, stream })));

describe.each(cases)("the usage of an answer of $name, streamed: $stream", ({ dialect, stream }) => {
  const send = (gateway: MoneyGateway, model: string) => {
    const { path, body } = dialect.ask(model, stream);
    return gateway.call("POST", path, { body });
  };

  it("says what a translated answer cost, and what its limits leave", async () => {
    const answer = await send(await start({ limits }), dialect.foreign);
    expect(answer.headers["gw-lane"]).toBe("translated");
    expect(moneyIn(dialect, answer.text, stream)).toEqual([[0.000037, 0.999963]]);
    if (!stream) {
      expect([answer.headers["gw-cost-usd"], answer.headers["gw-limit-remaining-usd"]]).toEqual([
        "0.000037",
        "0.999963",
      ]);
    }
  });

  it("says no limit where there is none, and no cost where no price is known", async () => {
    const plain = { package: "@gw/provider-anthropic", baseUrl: vendors.url, apiKey: "k", models: ["m"] };
    const gateway = await start({ providers: { plain } });
    expect(moneyIn(dialect, (await send(gateway, dialect.foreign)).text, stream)).toEqual([[0.000037, undefined]]);
    expect(moneyIn(dialect, (await send(gateway, dialect.unpriced)).text, stream)).toEqual([[undefined, undefined]]);
  });

  it("is the vendor's in the native lane, to the byte", async () => {
    const answer = await send(await start({ limits }), dialect.own);
    expect([answer.status, answer.headers["gw-lane"]]).toEqual([200, "native"]);
    const [request] = vendors.requests;
    if (request === undefined) throw new Error("No vendor was asked");
    // Ids of events are the gateway's.
    expect(answer.text.replace(/^id: \d+\n/gm, "")).toBe(vendorReply(request).body);
  });
});

it.each(["o/m", "a/m"])("a stream of %s that is over tells who asks for it what it cost", async (model) => {
  const gateway = await start({ limits });
  const body = { model, messages: user, stream: true };
  const { headers } = await gateway.call("POST", "/v1/chat/completions", { body });
  expect(headers["gw-cost-usd"]).toBeUndefined();
  const again = await gateway.call("GET", `/v1/streams/${headers["gw-stream-id"]}`);
  expect([again.headers["gw-cost-usd"], again.headers["gw-limit-remaining-usd"]]).toEqual(["0.000037", "0.999963"]);
});

describe("the usage of an answer", () => {
  const messages = dialects.find(({ name }) => name === "messages") as Dialect;

  it("comes in a chat stream only where it is asked for", async () => {
    const body = { model: "a/m", messages: user, stream: true };
    const { status, text } = await (await start()).call("POST", "/v1/chat/completions", { body });
    expect([status, text.includes("usage"), text.includes("cost_usd")]).toEqual([200, false, false]);
  });

  it.each([false, true])("is silent about an output that its vendor did not count, streamed: %s", async (stream) => {
    const uncounted = (asked: boolean): ScriptedReply => ({
      ...counted(asked),
      body: String(counted(asked).body).replace('"completion_tokens":3,', ""),
    });
    const gateway = await start({ limits }, uncounted);
    const { path, body } = messages.ask("acme/one", stream);
    const { text } = await gateway.call("POST", path, { body });
    const last = moneyIn(messages, text, stream).at(-1);
    expect(last).toEqual([undefined, undefined]);
    expect((await usage(gateway, "model", 1))[0]).toMatchObject({ input_tokens: 7, estimated_requests: 1 });
  });

  it("counts the attempts that failed before", async () => {
    const costly = { inputUsdPerMillion: 100, outputUsdPerMillion: 100 };
    const failing = await startUpstream({
      headers: { "content-type": "text/event-stream" },
      body: [
        { type: "message_start", message: { id: "m", content: [], usage: { input_tokens: 9, output_tokens: 1 } } },
        { type: "error", error: { type: "overloaded_error", message: "busy" } },
      ]
        .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
        .join(""),
    });
    try {
      const busy = {
        package: "@gw/provider-anthropic",
        baseUrl: failing.url,
        apiKey: "k",
        models: [{ id: "m", price: costly }],
      };
      const gateway = await start({ limits, providers: { busy } });
      const body = { model: "busy/m", messages: user, stream: true, max_tokens: 10, fallbacks: ["acme/one"] };
      const answer = await gateway.call("POST", "/v1/messages", { body });
      expect([answer.status, answer.headers["gw-provider"]]).toEqual([200, "acme"]);
      // 10 tokens at 100 micro-USD, then the answer's 37.
      expect(moneyIn(messages, answer.text, true)).toEqual([[0.001037, 0.998963]]);
    } finally {
      await failing.close();
    }
  });

  it("says what is left after all that was held while it streamed", async () => {
    const words = Array.from({ length: 9_000 }, () => "x");
    const gateway = await start({ limits }, () => streamed(7, 9_000, words));
    const { path, body } = messages.ask("acme/one", true);
    const { text } = await gateway.call("POST", path, { body });
    // 7 tokens in, 9,000 out.
    expect(moneyIn(messages, text, true)).toEqual([[0.090007, 0.909993]]);
    expect((await usage(gateway, "model", 1))[0]?.cost_usd).toBe(0.090007);
  });
});
