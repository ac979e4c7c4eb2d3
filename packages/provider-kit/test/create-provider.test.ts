import { getEventListeners } from "node:events";
import { inspect } from "node:util";
import { type Call, GatewayError, type ParamNote, type Provider, type Transport, type unknownUsage } from "@gw/core";
import { describe, expect, test } from "vitest";
import { createProvider } from "../src/create-provider.ts";
import {
  caught,
  connect,
  definition,
  done,
  generate,
  json,
  key,
  native,
  open,
  request,
  type Script,
  sse,
  stream,
} from "./acme.ts";
import { chunk, chunkedHead, startRawServer } from "./raw-server.ts";
import { toyDialect } from "./toy-dialect.ts";

describe("a request", () => {
  test("carries the vendor's headers and body to the vendor's address", async () => {
    const { provider, transport } = connect({ headers: json, body: ['{"text":"hi"}'] });
    expect(await generate(provider)).toMatchObject({ content: [{ type: "text", text: "hi" }] });
    expect(transport.sent[0]).toMatchObject({
      request: {
        method: "POST",
        url: "https://acme.test/v1/say",
        headers: { authorization: `Bearer ${key}`, accept: "application/json", "content-type": "application/json" },
        body: '{"model":"m1","say":0,"stream":false}',
      },
      timeouts: { connectTimeoutMs: 5_000, firstContentTimeoutMs: 600_000, idleTimeoutMs: 60_000 },
    });
  });

  test("takes address, headers and bounds from the options, and bounds from the call before them", async () => {
    const { provider, transport } = connect(
      { headers: sse, body: [done] },
      {
        id: "mine",
        baseUrl: "http://10.0.0.1/",
        headers: { "X-Team": "a" },
        timeouts: { idleTimeoutMs: 5, connectTimeoutMs: 6 },
      },
    );
    expect(provider.id).toBe("mine");
    await stream(provider, { timeouts: { connectTimeoutMs: 7 } });
    expect(transport.sent[0]).toMatchObject({
      request: { url: "http://10.0.0.1/say", headers: { "x-team": "a", accept: "text/event-stream" } },
      timeouts: { connectTimeoutMs: 7, firstContentTimeoutMs: 120_000, idleTimeoutMs: 5 },
    });
  });

  test("forwards the caller's headers that the vendor knows, and no other", async () => {
    const { provider, transport } = connect({ headers: json, body: ['{"text":""}'] });
    await generate(provider, { headers: { "acme-beta": "b1", cookie: "c", authorization: "Bearer caller" } });
    await open(provider, { stream: false, headers: { "acme-beta": "b2", "x-api-key": "caller" } });
    expect(transport.sent.map(({ request }) => [request.headers["acme-beta"], request.headers.authorization])).toEqual([
      ["b1", `Bearer ${key}`],
      ["b2", `Bearer ${key}`],
    ]);
    for (const { request } of transport.sent) expect(JSON.stringify(request.headers)).not.toMatch(/cookie|caller/);
  });

  test("does not go out once its signal has fired", async () => {
    const transport: Transport = {
      send: (_request, { signal }) =>
        signal.aborted ? Promise.reject(signal.reason) : Promise.reject(new Error("sent")),
      close: async () => {},
    };
    const provider = createProvider(definition(), { transport });
    expect(await caught(generate(provider, { signal: AbortSignal.abort() }))).toMatchObject({ code: "aborted" });
  });
});

describe("parameters that cannot be honoured", () => {
  const cases: [string, boolean, string | null, number][] = [
    ["topK", false, null, 1],
    ["topK", true, "topK", 0],
    ["messages.reasoning", true, null, 1],
  ];
  test.each(cases)("%s, strict %s: refuses %s", async (refuses, strictParams, param, told) => {
    const { provider, transport } = connect({ headers: json, body: ['{"text":""}'] }, {}, definition({}, { refuses }));
    const notes: ParamNote[] = [];
    const result = await caught(generate(provider, { strictParams, onNotes: (given) => notes.push(...given) }));
    expect(notes).toHaveLength(told);
    expect(transport.sent).toHaveLength(param === null ? 1 : 0);
    if (param !== null) expect(result).toMatchObject({ code: "unsupported_parameter", param, provider: "acme" });
  });
});

describe("a whole reply", () => {
  test.each<[string, Script, string]>([
    ["is not JSON", { headers: json, body: ["<html>"] }, "reply_malformed"],
    ["is a web page", { headers: { "content-type": "text/html" }, body: ['{"text":""}'] }, "reply_malformed"],
    ["is not what the format says", { headers: json, body: ['{"txt":1}'] }, "reply_malformed"],
    ["is compressed unasked", { headers: { ...json, "content-encoding": "gzip" }, body: ["x"] }, "reply_malformed"],
    ["is a redirection", { status: 302, headers: { location: "/" } }, "reply_malformed"],
    ["breaks", { headers: json, body: ['{"te', new GatewayError("connection_failed", "reset")] }, "connection_failed"],
  ])("that %s is an error", async (_case, script, code) => {
    const { provider } = connect(script);
    expect(await caught(generate(provider))).toMatchObject({ code, provider: "acme" });
    expect(await caught(open(connect(script).provider, { stream: false }))).toMatchObject(
      // The native lane does not read what it passes on.
      code === "reply_malformed" && script.body?.[0] === '{"txt":1}' ? { type: "whole" } : { code, provider: "acme" },
    );
  });

  test("must come within its bound", async () => {
    const { provider, transport } = connect({ headers: json, body: [new Promise(() => {})] });
    expect(await caught(generate(provider, { timeouts: { firstContentTimeoutMs: 20 } }))).toMatchObject({
      code: "timed_out",
    });
    expect(transport.bodyClosed).toBe(true);
  });
});

describe("an error reply", () => {
  const calls: [string, (provider: Provider) => Promise<unknown>][] = [
    ["generate", (provider) => generate(provider)],
    ["native", (provider) => open(provider)],
  ];

  test.each(calls)("becomes the vendor's error with all that is known (%s)", async (_name, run) => {
    const headers = { ...json, "x-request-id": "r9", "retry-after": "2", "set-cookie": "a=b" };
    const { provider } = connect({ status: 429, headers, body: ["slow", " down"] });
    expect(await caught(run(provider))).toMatchObject({
      code: "rate_limited",
      httpStatus: 429,
      provider: "acme",
      requestId: "r9",
      retryAfterMs: 2_000,
      retry: { sameTarget: true, nextTarget: true },
      upstream: {
        status: 429,
        headers: { ...json, "x-request-id": "r9", "retry-after": "2" },
        body: "slow down",
      },
    });
  });

  test("may be refined by what only this vendor says, whose headers it sees all of", async () => {
    const own = definition({
      refineError: (error, reply) => new GatewayError("quota_exhausted", `${error.code} ${reply.headers["x-acme"]}`),
    });
    const { provider } = connect({ status: 429, headers: { "x-acme": "gone" } }, {}, own);
    expect(await caught(generate(provider))).toMatchObject({ code: "quota_exhausted", message: "rate_limited gone" });
  });

  test("obeys a vendor who wants no retry", async () => {
    const { provider } = connect({ status: 500, headers: { "x-should-retry": "false" } });
    expect(await caught(generate(provider))).toMatchObject({ retry: { sameTarget: false, nextTarget: true } });
  });

  // Well under the time after which an endless error is given up.
  const promptMs = 3_000;
  test("is read up to a bound, and as far as it comes", { timeout: promptMs }, async () => {
    const long = connect({ status: 500, body: ["a".repeat(60_000), "b".repeat(60_000), new Promise(() => {})] });
    const error = await caught(generate(long.provider));
    expect((error as GatewayError).upstream?.body).toHaveLength(65_536);
    expect(long.transport.bodyClosed).toBe(true);
    const cut = connect({ status: 500, body: ["half", new GatewayError("connection_failed", "reset")] });
    expect(await caught(generate(cut.provider))).toMatchObject({ code: "upstream_failed", upstream: { body: "half" } });
  });

  test("is not waited for by a caller who leaves", async () => {
    const controller = new AbortController();
    const { provider } = connect({ status: 500, body: ["half", new Promise(() => {})] });
    const asking = caught(generate(provider, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 5);
    expect(await asking).toMatchObject({ code: "aborted" });
  });
});

describe("no secret is in an error", () => {
  const own = "other-secret";
  const leak = new Error(`${key} ${own}`, { cause: new Error(key) });
  test.each<[string, Script | (() => Script)]>([
    ["reply", { status: 401, headers: { "x-request-id": key }, body: [`bad key ${key} ${own}`] }],
    ["frame", { headers: sse, body: [`data: {"error":"${key} ${own}"}\n\n`] }],
    ["broken connection", { headers: sse, body: [new GatewayError("connection_failed", key, { cause: leak })] }],
    ["foreign error", { headers: sse, body: [leak] }],
    [
      "failed send",
      () => {
        throw leak;
      },
    ],
  ])("from a %s", async (_case, script) => {
    for (const run of [(provider: Provider) => native(provider), (provider: Provider) => generate(provider)]) {
      const { provider } = connect(script, { headers: { "x-acme-token": own } });
      const errors: unknown[] = [];
      await run(provider).catch((error: unknown) => errors.push(error));
      const events = (provider.text as NonNullable<Provider["text"]>).stream(request);
      await events[Symbol.asyncIterator]()
        .next()
        .catch((error: unknown) => errors.push(error));
      expect(errors.length).toBeGreaterThan(0);
      for (const error of errors) {
        const shown = [inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error), (error as Error).stack];
        expect(shown.join("\n")).not.toMatch(/very-secret|other-secret/);
      }
    }
  });
});

describe("embedding and counting", () => {
  const simple = {
    path: "/embed",
    body: { model: "m1" },
    notes: [{ param: "user", outcome: "dropped", detail: "not known" }],
    read: (body: unknown) =>
      body as { inputTokens: number; embeddings: number[][]; model: null; usage: typeof unknownUsage },
    decodeError: toyDialect.decodeError,
  } as const;
  const own = definition({
    embed: () => simple,
    text: { route: () => ({ dialect: toyDialect, quirks: {}, path: "/say" }), countTokens: () => simple },
  });

  test("are one body out and one back", async () => {
    const { provider, transport } = connect({ headers: json, body: ['{"inputTokens":3}'] }, {}, own);
    expect(await provider.text?.countTokens?.(request)).toEqual({ inputTokens: 3 });
    expect(await provider.embed?.({ model: "m1", input: ["a"] })).toEqual({ inputTokens: 3 });
    expect(transport.sent.map(({ request }) => [request.url, request.body])).toEqual([
      ["https://acme.test/v1/embed", '{"model":"m1"}'],
      ["https://acme.test/v1/embed", '{"model":"m1"}'],
    ]);
  });

  test("keep to strictness and to the vendor's errors", async () => {
    const { provider, transport } = connect({ status: 429, body: ["slow"] }, {}, own);
    const embed = (call?: Call) =>
      caught((provider.embed as NonNullable<Provider["embed"]>)({ model: "m1", input: [] }, call));
    expect(await embed({ strictParams: true })).toMatchObject({ code: "unsupported_parameter", param: "user" });
    expect(transport.sent).toHaveLength(0);
    expect(await embed()).toMatchObject({ code: "rate_limited", provider: "acme" });
  });

  test("are absent where the vendor has none", () => {
    const { provider } = connect({});
    expect([provider.embed, provider.text?.countTokens]).toEqual([undefined, undefined]);
  });
});

test("a transport that was given is not the provider's to close", async () => {
  const { provider, transport } = connect({});
  await provider.close();
  expect(transport.closed).toBe(false);
});

test("nothing listens to the caller's signal after a call", async () => {
  const { signal } = new AbortController();
  const { provider } = connect({ headers: sse, body: [done] });
  await stream(provider, { signal });
  await native(provider, {}, { signal });
  const whole = connect({ headers: json, body: ['{"text":""}'] });
  await generate(whole.provider, { signal });
  await open(whole.provider, { stream: false }, { signal });
  await caught(generate(connect({ status: 500 }).provider, { signal }));
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("the shared transport is closed with its last provider", async () => {
  let more = () => {};
  const server = await startRawServer((socket) => {
    socket.write(chunkedHead(200, "text/event-stream") + chunk('data: {"t":"hi"}\n\n'));
    more = () => socket.write(chunk('data: {"t":"more"}\n\n'));
  });
  const make = () => createProvider({ ...definition(), baseUrl: server.origin });
  const [first, second] = [make(), make()];
  const texts: string[] = [];
  const reading = caught(
    (async () => {
      for await (const event of second.text?.stream(request) ?? []) {
        if (event.type !== "text-delta") continue;
        texts.push(event.text);
        // Twice, which must not count for the other.
        await first.close();
        await first.close();
        if (event.text === "more") await second.close();
        more();
      }
    })(),
  );
  expect(await reading).toMatchObject({ code: "aborted" });
  expect(texts).toEqual(["hi", "more"]);
  await server.allClosed();

  const third = make();
  for await (const event of third.text?.stream(request) ?? []) if (event.type === "text-delta") break;
  await third.close();
  await server.close();
});
