import { inspect } from "node:util";
import {
  type AttemptTimeouts,
  type Call,
  GatewayError,
  type NativeRequest,
  type ParamNote,
  type Provider,
  type ProviderOptions,
  type TextEvent,
  type TextRequest,
  type Transport,
  unknownUsage,
  type WireHeaders,
  type WireRequest,
} from "@gw/core";
import { describe, expect, test } from "vitest";
import { createProvider } from "../src/create-provider.ts";
import type { ProviderDefinition } from "../src/provider-definition.ts";
import { type ToyQuirks, toyDialect } from "./toy-dialect.ts";

const key = "sk-very-secret";
const request: TextRequest = { model: "m1", messages: [] };
const sse = { "content-type": "text/event-stream" };
const json = { "content-type": "application/json; charset=utf-8" };
const done = 'data: {"done":1}\n\n';

interface Script {
  readonly status?: number;
  readonly headers?: WireHeaders;
  /** Pieces of the body; an error is thrown in its turn, a promise waited for. */
  readonly body?: readonly (string | Error | Promise<unknown>)[];
}

/** A network that answers from a script and keeps what it was asked. */
class ScriptedTransport implements Transport {
  readonly sent: { readonly request: WireRequest; readonly timeouts: AttemptTimeouts; readonly signal: AbortSignal }[] =
    [];
  bodyClosed = false;
  closed = false;
  readonly #script: Script | (() => Script);

  constructor(script: Script | (() => Script)) {
    this.#script = script;
  }

  async send(request: WireRequest, options: { signal: AbortSignal; timeouts: AttemptTimeouts }) {
    this.sent.push({ request, ...options });
    const script = typeof this.#script === "function" ? this.#script() : this.#script;
    const { status = 200, headers = {}, body = [] } = script;
    return { status, headers, body: this.#body(body, options.signal) };
  }

  async *#body(pieces: NonNullable<Script["body"]>, signal: AbortSignal) {
    const aborted = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    aborted.catch(() => {});
    try {
      for (const piece of pieces) {
        if (piece instanceof Error) throw piece;
        if (typeof piece === "string") yield new Uint8Array(Buffer.from(piece));
        else await Promise.race([piece, aborted]);
      }
    } finally {
      this.bodyClosed = true;
    }
  }

  async close() {
    this.closed = true;
  }
}

function definition(changes: Partial<ProviderDefinition> = {}, quirks: ToyQuirks = {}): ProviderDefinition {
  return {
    id: "acme",
    capabilities: {},
    baseUrl: "https://acme.test/v1",
    headers: { Authorization: `Bearer ${key}` },
    secrets: [key],
    forwardedHeaders: ["acme-beta"],
    text: { route: () => ({ dialect: toyDialect, quirks, path: "/say" }) },
    native: {
      toy: {
        codec: toyDialect,
        quirks: () => quirks,
        path: (model, { stream, operation }) =>
          operation === "generate" ? `/say/${model}${stream ? "?sse" : ""}` : null,
      },
    },
    ...changes,
  };
}

function connect(script: Script | (() => Script), options: ProviderOptions = {}, own = definition()) {
  const transport = new ScriptedTransport(script);
  return { transport, provider: createProvider(own, { transport, ...options }) };
}

const generate = (provider: Provider, call?: Call) =>
  (provider.text as NonNullable<Provider["text"]>).generate(request, call);
async function stream(provider: Provider, call?: Call) {
  const events: TextEvent[] = [];
  const error = await (async () => {
    for await (const event of (provider.text as NonNullable<Provider["text"]>).stream(request, call))
      events.push(event);
    return null;
  })().catch((caught: unknown) => caught as GatewayError);
  const text = events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");
  return { text, ended: events.at(-1)?.type === "response-end", code: error?.code ?? null, events };
}
const nativeRequest = (changes: Partial<NativeRequest> = {}): NativeRequest => {
  const raw = '{ "model":"alias", "x":1.0 }';
  return {
    dialect: "toy",
    operation: "generate",
    model: "m1",
    stream: true,
    raw: new Uint8Array(Buffer.from(raw)),
    body: JSON.parse(raw),
    headers: {},
    ...changes,
  };
};
const open = (provider: Provider, changes?: Partial<NativeRequest>, call: Call = {}) =>
  (provider.native as NonNullable<Provider["native"]>).open(nativeRequest(changes), call);
async function native(provider: Provider, changes?: Partial<NativeRequest>, call?: Call) {
  const batches: string[][] = [];
  let observation = null;
  const error = await (async () => {
    const reply = await open(provider, changes, call);
    if (reply.type === "whole") return null;
    for await (const batch of reply.batches) batches.push(batch.map(({ bytes }) => Buffer.from(bytes).toString()));
    observation = reply.observation();
    return null;
  })().catch((caught: unknown) => caught as GatewayError);
  return { batches, observation, code: error?.code ?? null };
}
const caught = async (promise: Promise<unknown>) => promise.catch((error: unknown) => error as GatewayError);

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

describe("a stream", () => {
  const hello = 'data: {"t":"hel"}\n\ndata: {"t":"lo"}\n\n';
  const broken = new GatewayError("connection_failed", "reset");
  const overloaded = 'data: {"error":"busy"}\n\n';

  // What each lane gives: the text or frames that came through, and the error after them.
  test.each<[string, Script, { text: string; code: string | null; frames: number }]>([
    ["that is whole", { body: [hello, done] }, { text: "hello", code: null, frames: 3 }],
    ["cut anywhere", { body: [...(hello + done)] }, { text: "hello", code: null, frames: 3 }],
    ["without its last blank line", { body: [hello, 'data: {"done":1}'] }, { text: "hello", code: null, frames: 3 }],
    ["without an end", { body: [hello] }, { text: "hello", code: "stream_truncated", frames: 2 }],
    ["cut inside an event", { body: [hello, 'data: {"t":"x'] }, { text: "hello", code: "stream_truncated", frames: 2 }],
    ["that breaks", { body: [hello, broken] }, { text: "hello", code: "connection_failed", frames: 2 }],
    ["that breaks after its end", { body: [hello, done, broken] }, { text: "hello", code: null, frames: 3 }],
    ["with an error in it", { body: [hello, overloaded, hello] }, { text: "hello", code: "overloaded", frames: 2 }],
    ["with an error beside content", { body: [hello + overloaded] }, { text: "hello", code: "overloaded", frames: 2 }],
    ["that begins with an error", { body: [overloaded] }, { text: "", code: "overloaded", frames: 0 }],
    [
      "with an event that is not JSON",
      { body: [hello, "data: {x}\n\n"] },
      { text: "hello", code: "reply_malformed", frames: 2 },
    ],
    ["that is empty", { body: [] }, { text: "", code: "stream_truncated", frames: 0 }],
    ["that is text", { body: ["busy, try later\n"] }, { text: "", code: "reply_malformed", frames: 0 }],
    [
      "that is a web page",
      { headers: { "content-type": "text/html" }, body: [done] },
      { text: "", code: "reply_malformed", frames: 0 },
    ],
  ])("%s", async (_case, script, expected) => {
    const translated = connect({ headers: sse, ...script });
    const { text, code, ended } = await stream(translated.provider);
    expect({ text, code, ended }).toEqual({ text: expected.text, code: expected.code, ended: expected.code === null });
    expect(translated.transport.bodyClosed || expected.frames === 0).toBe(true);

    const passed = connect({ headers: sse, ...script });
    const { batches, code: nativeCode } = await native(passed.provider);
    const joined = [hello, done].join("").slice(0, batches.flat().join("").length);
    expect({ frames: batches.flat().length, code: nativeCode }).toEqual({
      frames: expected.frames,
      code: expected.code,
    });
    if (script.body?.at(-1) !== 'data: {"done":1}') expect(batches.flat().join("")).toBe(joined);
  });

  test("that comes as a whole reply is one all the same", async () => {
    const { provider } = connect({ headers: json, body: ['{"text":"hi"}'] });
    expect(await stream(provider)).toMatchObject({ text: "hi", ended: true, code: null });
    const reply = await open(provider);
    expect(reply).toMatchObject({ type: "whole", observation: { finishReason: "stop" } });
    expect(reply.type === "whole" && Buffer.from(reply.bytes).toString()).toBe('{"text":"hi"}');
  });

  test("must have content within its bound, and may take its time after that", async () => {
    const late = () => new Promise((resolve) => setTimeout(resolve, 60));
    const slow = connect(() => ({ headers: sse, body: [": wait\n\n", 'data: {"x":1}\n\n', late(), hello, done] }));
    const call = { timeouts: { firstContentTimeoutMs: 20 } };
    expect((await stream(slow.provider, call)).code).toBe("timed_out");
    expect((await native(slow.provider, {}, call)).code).toBe("timed_out");
    const steady = connect(() => ({ headers: sse, body: [hello, late(), done] }));
    expect((await stream(steady.provider, call)).code).toBe(null);
    expect((await native(steady.provider, {}, call)).code).toBe(null);
  });

  test("ends with its caller's signal", async () => {
    for (const read of [stream, (provider: Provider, call: Call) => native(provider, {}, call)]) {
      const controller = new AbortController();
      const { provider, transport } = connect({ headers: sse, body: [hello, new Promise(() => {})] });
      const reading = read(provider, { signal: controller.signal });
      await new Promise((resolve) => setTimeout(resolve, 5));
      controller.abort();
      expect((await reading).code).toBe("aborted");
      expect([transport.bodyClosed, transport.sent[0]?.signal.aborted]).toEqual([true, true]);
    }
  });

  test("is let go by a reader who leaves, at whatever point", async () => {
    const script = { headers: sse, body: [hello, new Promise(() => {})] };
    const translated = connect(script);
    for await (const _event of (translated.provider.text as NonNullable<Provider["text"]>).stream(request)) break;
    expect([translated.transport.bodyClosed, translated.transport.sent[0]?.signal.aborted]).toEqual([true, true]);

    for (const reads of [0, 1]) {
      const { provider, transport } = connect(script);
      const reply = await open(provider);
      if (reply.type !== "stream") return expect.unreachable();
      const batches = reply.batches[Symbol.asyncIterator]();
      for (let read = 0; read < reads; read++) await batches.next();
      await batches.return?.();
      expect(transport.sent[0]?.signal.aborted).toBe(true);
      expect(await batches.next()).toEqual({ done: true, value: undefined });
    }
  });

  test("sends nothing before it is read", () => {
    const { provider, transport } = connect({});
    (provider.text as NonNullable<Provider["text"]>).stream(request);
    expect(transport.sent).toHaveLength(0);
  });
});

describe("the native lane", () => {
  test("changes what must differ and nothing else", async () => {
    const { provider, transport } = connect({ headers: sse, body: [done] });
    await native(provider);
    expect(transport.sent[0]?.request.url).toBe("https://acme.test/v1/say/m1?sse");
    expect(Buffer.from(transport.sent[0]?.request.body as Uint8Array).toString()).toBe(
      '{"usage":true, "model":"m1", "x":1.0 }',
    );
  });

  test("hides what the caller did not ask for, but reads it", async () => {
    const frames = ['data: {"t":"a"}\r\n\r\n', 'data: {"done":1}\r\n\r\n', 'data: {"usage":7}\r\n\r\n'];
    const { provider } = connect({ headers: sse, body: [frames.join("")] });
    expect(await native(provider)).toEqual({
      batches: [frames.slice(0, 2)],
      observation: { id: null, model: null, finishReason: "stop", usage: { ...unknownUsage, outputTokens: 7 } },
      code: null,
    });
    const raw = '{"model":"m1","usage":true}';
    const asked = { raw: new Uint8Array(Buffer.from(raw)), body: JSON.parse(raw) };
    expect((await native(provider, asked)).batches).toEqual([frames]);
  });

  test("keeps together what arrived together, and marks content", async () => {
    const { provider } = connect({
      headers: sse,
      body: [': hi\n\ndata: {"x":1}\n\ndata: {"t":"a"}\n\n', ": ping\n\n", done],
    });
    const reply = await open(provider);
    if (reply.type !== "stream") return expect.unreachable();
    const batches: boolean[][] = [];
    for await (const batch of reply.batches) batches.push(batch.map(({ content }) => content));
    expect(batches).toEqual([[false, true], [false]]);
  });

  test.each<[string, Partial<NativeRequest>]>([
    ["a dialect", { dialect: "other" }],
    ["an operation", { operation: "count-tokens" }],
  ])("refuses %s that the vendor does not have", async (_case, changes) => {
    const { provider, transport } = connect({});
    expect(await caught(open(provider, changes))).toMatchObject({ code: "unsupported_capability" });
    expect(transport.sent).toHaveLength(0);
  });

  test("shows the headers that a caller may see", async () => {
    const headers = {
      ...json,
      "x-request-id": "r1",
      "x-ratelimit-remaining-tokens": "5",
      "set-cookie": "a=b",
      "x-organization": "org-1",
      connection: "keep-alive",
    };
    const { provider } = connect({ headers, body: ['{"text":""}'] });
    const heads: [number, WireHeaders][] = [];
    const reply = await open(provider, { stream: false }, { onReplyHead: (...head) => heads.push(head) });
    const visible = { ...json, "x-request-id": "r1", "x-ratelimit-remaining-tokens": "5" };
    expect(reply.headers).toEqual(visible);
    expect(heads).toEqual([[200, visible]]);
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

  test("is read up to a bound, and as far as it comes", async () => {
    const long = connect({ status: 500, body: ["a".repeat(60_000), "b".repeat(60_000), new Promise(() => {})] });
    const error = await caught(generate(long.provider));
    expect((error as GatewayError).upstream?.body).toHaveLength(65_536);
    expect(long.transport.bodyClosed).toBe(true);
    const cut = connect({ status: 500, body: ["half", new GatewayError("connection_failed", "reset")] });
    expect(await caught(generate(cut.provider))).toMatchObject({ code: "upstream_failed", upstream: { body: "half" } });
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
