import { GatewayError, type ParamNote, type WireRequest } from "@gw/core";
import { expect, test } from "vitest";
import type { ProviderDefinition } from "../src/provider-definition.ts";
import type { SseEvent } from "../src/sse-splitter.ts";
import type { FrameReader, StreamFraming } from "../src/stream-framing.ts";
import { caught, connect, definition, generate, json, native, open, stream } from "./acme.ts";
import { toyDialect } from "./toy-dialect.ts";

/** Frames that end with a semicolon; `!` is the vendor's way of saying that it is busy. */
class SemicolonReader implements FrameReader<SseEvent> {
  readonly isForeign = false;
  #rest = "";

  push(bytes: Uint8Array): SseEvent[] {
    const pieces = (this.#rest + Buffer.from(bytes).toString()).split(";");
    this.#rest = pieces.pop() ?? "";
    return pieces.map((data) => ({ data, bytes: Buffer.from(`data: ${data}\n\n`) }));
  }

  end(): SseEvent[] {
    if (this.#rest === "!") throw new GatewayError("overloaded", "busy");
    return [];
  }
}

const semicolons: StreamFraming = {
  accept: "text/x-semicolons",
  events: () => new SemicolonReader(),
  frames: () => new SemicolonReader(),
};
const reply = (...body: string[]) => ({ headers: { "content-type": "text/x-semicolons" }, body });

test("a framing of the vendor's own serves both lanes", async () => {
  const own = definition({ framing: semicolons });
  const script = () => reply('{"t":"a"};{"t"', ':"b"};{"done":1};');
  const { provider, transport } = connect(script, {}, own);
  expect(await stream(provider)).toMatchObject({ text: "ab", ended: true, code: null });
  expect(transport.sent[0]?.request.headers.accept).toBe("text/x-semicolons");
  expect(await native(provider)).toMatchObject({
    batches: [['data: {"t":"a"}\n\n'], ['data: {"t":"b"}\n\n', 'data: {"done":1}\n\n']],
    code: null,
  });
});

test("what a framing throws at the end comes after the frames before it", async () => {
  const { provider } = connect(() => reply('{"t":"a"};!'), {}, definition({ framing: semicolons }));
  expect(await stream(provider)).toMatchObject({ text: "a", ended: false, code: "overloaded" });
  expect(await native(provider)).toMatchObject({ batches: [['data: {"t":"a"}\n\n']], code: "overloaded" });
});

test("a request is signed as it will be sent, at the time it is sent", async () => {
  const seen: { readonly request: WireRequest; readonly nowMs: number }[] = [];
  const own = definition({
    sign: async (request, nowMs) => {
      seen.push({ request, nowMs });
      return { ...request, headers: { ...request.headers, signature: `${request.body?.length}` } };
    },
  });
  const before = Date.now();
  const { provider, transport } = connect(() => ({ headers: json, body: ['{"text":""}'] }), {}, own);
  await generate(provider, { headers: { "acme-beta": "b1" } });
  expect(seen[0]?.request).toMatchObject({
    url: "https://acme.test/v1/say",
    headers: { "acme-beta": "b1" },
    body: '{"model":"m1","say":0,"stream":false}',
  });
  expect(seen[0]?.nowMs).toBeGreaterThanOrEqual(before);
  expect(transport.sent[0]?.request.headers).toMatchObject({ "acme-beta": "b1", signature: "37" });
});

test("a request that cannot be signed is not sent", async () => {
  const own = definition({ sign: () => Promise.reject(new TypeError("no key of that form")) });
  const { provider, transport } = connect(() => ({}), {}, own);
  expect(await caught(generate(provider))).toMatchObject({ code: "internal_error" });
  expect(transport.sent).toEqual([]);
});

test("the native lane says which models it is for", () => {
  const { provider } = connect(() => ({}));
  const speaks = provider.native?.speaks;
  expect(speaks?.("toy", "m1", "generate")).toBe(true);
  expect(speaks?.("toy", "m1", "count-tokens")).toBe(false);
  expect(speaks?.("other", "m1", "generate")).toBe(false);
});

test("errors in a form of the vendor's are not for callers of the dialect", async () => {
  const reply = {
    status: 429,
    headers: { ...json, "retry-after": "7", "x-request-id": "r1" },
    body: ['{"message":"m"}'],
  };
  for (const hasForeignErrors of [false, true]) {
    const toy = { codec: toyDialect, quirks: () => ({}), path: () => "/say", hasForeignErrors };
    const { provider } = connect(() => reply, {}, definition({ native: { toy } }));
    const error = await caught(open(provider, { stream: false }));
    expect(error).toMatchObject({ httpStatus: 429, retryAfterMs: 7_000, requestId: "r1", provider: "acme" });
    expect((error as GatewayError).upstream?.body).toBe(hasForeignErrors ? undefined : '{"message":"m"}');
  }
});

test("a codec is shown the caller's headers, and reports what the native lane cannot honour", async () => {
  const codec = {
    ...toyDialect,
    prepareNative: ({ headers = {} }) => ({
      set: { beta: headers["acme-beta"] ?? null },
      remove: [],
      hideUsage: false,
      notes: [{ param: "acme-beta", outcome: "dropped", detail: "unknown" } as const],
    }),
  } satisfies NonNullable<ProviderDefinition["native"]>[string]["codec"];
  const toy = { codec, quirks: () => ({}), path: () => "/say" };
  const { provider, transport } = connect(
    () => ({ headers: json, body: ['{"text":""}'] }),
    {},
    definition({ native: { toy } }),
  );
  const notes: ParamNote[] = [];
  const request = { stream: false, headers: { "acme-beta": "b1" } };
  await open(provider, request, { onNotes: (given) => notes.push(...given) });
  expect(Buffer.from(transport.sent[0]?.request.body as Uint8Array).toString()).toContain('"beta":"b1"');
  expect(notes).toEqual([{ param: "acme-beta", outcome: "dropped", detail: "unknown" }]);
  expect(await caught(open(provider, request, { strictParams: true }))).toMatchObject({
    code: "unsupported_parameter",
  });
});
