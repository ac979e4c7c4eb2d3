import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "@gw/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ProviderConfig } from "../../src/config/config-schema.ts";
import { type RunningGateway, startGateway } from "../robustness/running-gateway.ts";

/** What a vendor was asked, by the name of the provider that stands for it. */
const asked: { readonly by: string; readonly body: JsonObject }[] = [];
/** Providers that fail at the moment. */
const broken = new Set<string>();
const servers: Server[] = [];
let running: RunningGateway;

const chat = {
  id: "c1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};
const embeddings = {
  object: "list",
  model: "m",
  data: [{ object: "embedding", index: 0, embedding: [0.5] }],
  usage: { prompt_tokens: 1, total_tokens: 1 },
};

const response = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "completed",
  model: "m",
  output: [
    {
      id: "msg_1",
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "hello", annotations: [] }],
    },
  ],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
};
const answers: Readonly<Record<string, object>> = {
  "/v1/chat/completions": chat,
  "/v1/embeddings": embeddings,
  "/v1/responses": response,
};

async function vendor(name: string): Promise<ProviderConfig> {
  const server = createServer(async (incoming, outgoing) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    asked.push({ by: name, body: JSON.parse(Buffer.concat(parts).toString()) as JsonObject });
    if (broken.has(name)) return outgoing.writeHead(500).end();
    outgoing.writeHead(200, { "content-type": "application/json" });
    return outgoing.end(JSON.stringify(answers[incoming.url ?? ""]));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return { package: "@gw/provider-openai-compatible", baseUrl, apiKey: "k", models: ["m"] };
}

beforeAll(async () => {
  running = await startGateway({
    providers: { a: await vendor("a"), b: await vendor("b"), c: await vendor("c") },
    routes: {
      ab: { targets: ["a/m", "b/m"] },
      split: {
        targets: [
          { model: "a/m", weight: 1 },
          { model: "b/m", weight: 1 },
        ],
      },
    },
  });
});

beforeEach(() => {
  asked.length = 0;
  broken.clear();
});

afterAll(async () => {
  await running.close();
  for (const server of servers) server.close();
});

const messages = [{ role: "user", content: "hi" }];
const chatCall = (body: JsonObject, headers = {}) =>
  running.call("POST", "/v1/chat/completions", { body: { messages, ...body }, headers });
const routing = {
  models: ["b/m"],
  fallbacks: ["c/m"],
  provider: { only: ["b", "c"] },
  session_id: "s",
  disable_fallbacks: false,
};

describe("fields of a request", () => {
  it.each<[string, string, JsonObject]>([
    ["chat", "/v1/chat/completions", { model: "a/m", messages, ...routing }],
    ["responses", "/v1/responses", { model: "a/m", input: "hi", ...routing }],
    ["messages", "/v1/messages", { model: "a/m", max_tokens: 9, messages, ...routing }],
    ["generateContent", "/v1beta/models/a/m:generateContent", { contents: [{ parts: [{ text: "hi" }] }], ...routing }],
    ["embeddings", "/v1/embeddings", { model: "a/m", input: "hi", ...routing }],
    ["run with messages", "/ai/run", { model: "a/m", input: { messages, ...routing } }],
    ["run with a prompt", "/ai/run/a/m", { prompt: "hi", ...routing }],
    ["run with texts", "/ai/run", { model: "a/m", input: { text: ["hi"], ...routing } }],
  ])("decide for %s who answers, and reach no vendor", async (_name, path, body) => {
    const answer = await running.call("POST", path, { body });
    expect([answer.status, answer.headers["gw-provider"]]).toEqual([200, "b"]);
    expect(asked.map(({ by }) => by)).toEqual(["b"]);
    expect(Object.keys(asked[0]?.body ?? {}).filter((name) => name in routing)).toEqual([]);
  });

  it("are refused by name when they are wrong, before anybody is asked", async () => {
    const answer = await chatCall({ model: "a/m", provider: { order: "a" } });
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { param: "provider.order" } }]);
    expect(asked).toEqual([]);
  });

  it("give a fallback a body of its own", async () => {
    broken.add("a");
    const fallbacks = [{ model: "b/m", messages: [{ role: "user", content: "shorter" }], temperature: 0 }];
    const answer = await chatCall({ model: "a/m", temperature: 1, fallbacks });
    expect([answer.status, answer.headers["gw-provider"], answer.headers["gw-attempts"]]).toEqual([200, "b", "2"]);
    expect(asked.map(({ by, body }) => [by, body.temperature, body.messages])).toEqual([
      ["a", 1, messages],
      ["b", 0, [{ role: "user", content: "shorter" }]],
    ]);
  });

  it("keep a call with its first target where fallbacks are not wanted", async () => {
    broken.add("a");
    const answer = await chatCall({ model: "a/m", fallbacks: ["b/m"], disable_fallbacks: true });
    expect(answer.status).toBe(500);
    expect(new Set(asked.map(({ by }) => by))).toEqual(new Set(["a"]));
  });
});

describe("a session", () => {
  it("stays where it had to go", async () => {
    const providerOf = async () =>
      (await chatCall({ model: "route/ab" }, { "gw-session-id": "t" })).headers["gw-provider"];
    expect(await providerOf()).toBe("a");
    broken.add("a");
    expect(await providerOf()).toBe("b");
    broken.clear();
    expect(await providerOf()).toBe("b");
    const other = await chatCall({ model: "route/ab" }, { "gw-session-id": "u" });
    expect(other.headers["gw-provider"]).toBe("a");
  });

  it("is one side of a split", async () => {
    const sides = new Set<unknown>();
    for (let index = 0; index < 16; index += 1) {
      const body = { model: "dynamic/split", session_id: `s${index}` };
      const [first, second] = [await chatCall(body), await chatCall(body)];
      expect(second.headers["gw-provider"]).toBe(first.headers["gw-provider"]);
      sides.add(first.headers["gw-provider"]);
    }
    expect(sides).toEqual(new Set(["a", "b"]));
  });
});
