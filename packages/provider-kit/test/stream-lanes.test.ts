import { type Call, GatewayError, type NativeRequest, type Provider, unknownUsage, type WireHeaders } from "@gw/core";
import { describe, expect, test } from "vitest";
import { caught, connect, definition, done, json, native, open, request, type Script, sse, stream } from "./acme.ts";
import { toyDialect } from "./toy-dialect.ts";

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
    ["that breaks", { body: [hello, broken] }, { text: "hello", code: "stream_truncated", frames: 2 }],
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

  test("that comes as a whole reply is one in the native lane too, where the format knows how", async () => {
    const codec: typeof toyDialect = {
      ...toyDialect,
      wholeAsStream: (answer, body) => [{ data: JSON.stringify({ t: answer, x: body.x }) }, { data: '{"done":1}' }],
    };
    const route = { codec, quirks: () => ({}), path: () => "/say" };
    const { provider } = connect(
      { headers: json, body: ['{"text":"hi"}'] },
      {},
      definition({ native: { toy: route } }),
    );
    const reply = await open(provider);
    expect(reply).toMatchObject({ type: "stream", headers: { "content-type": "text/event-stream" } });
    expect(await native(provider)).toMatchObject({
      batches: [['data: {"t":{"text":"hi"},"x":1}\n\n', 'data: {"done":1}\n\n']],
      observation: { finishReason: "stop" },
      code: null,
    });
    expect(await open(provider, { stream: false })).toMatchObject({ type: "whole" });
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
