import { isJsonObject, type JsonObject, type JsonValue, TextCollector, type TextResult } from "@gw/core";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/frame.ts";
import { openAIResponses } from "../../src/openai-responses/openai-responses.ts";
import { codeOf } from "./failure.ts";
import { missing, type Reply, recordedRefusals, recordedReplies } from "./recorded.ts";

const replies = recordedReplies();
const readable = ({ frames }: Reply): boolean => frames?.every(({ data }) => data === "[DONE]" || isJson(data)) ?? true;
// One of a kind each: a stream that ends in the vendor's own error, and one that was published with broken JSON.
const failing = replies.filter(
  (reply) => readable(reply) && reply.frames?.some(({ data }) => typeOf(data) === "error"),
);
const broken = replies.filter((reply) => !readable(reply));
// Published with deltas that its whole text does not have.
const garbled = "openai/responses/openai-shell-container.1.chunks.txt#0";
// Its items end in another order than they begin, and opaque ones are only known at their end.
const reordered = "xai/responses/xai-x-search-tool.chunks.txt#0";
const answered = replies.filter(
  (reply) => !failing.includes(reply) && !broken.includes(reply) && reply.name !== garbled,
);

function isJson(data: string): boolean {
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}

function typeOf(data: string): JsonValue | undefined {
  return data === "[DONE]" ? undefined : (JSON.parse(data) as JsonObject).type;
}

function eventsOf({ frames }: Reply): JsonObject[] {
  return (frames ?? []).filter(({ data }) => data !== "[DONE]").map(({ data }) => JSON.parse(data) as JsonObject);
}

/** The finished response as the wire has it: the body, or what the terminal event carries. */
function finalResponse(reply: Reply): JsonObject {
  if (reply.whole !== null) return reply.whole;
  const terminal = eventsOf(reply).find(({ type }) => type === "response.completed" || type === "response.incomplete");
  if (!isJsonObject(terminal?.response)) throw new Error("No terminal event");
  return terminal.response;
}

/** The id that the wire gives first: one host changes it from event to event. */
function firstId(reply: Reply): JsonValue | undefined {
  const created = eventsOf(reply).find(({ type }) => type === "response.created");
  return isJsonObject(created?.response) ? created.response.id : finalResponse(reply).id;
}

/** The items as the wire has them, in a stream those of its `done` events: reasoning is sealed anew in the terminal one. */
function itemsOf(reply: Reply): JsonObject[] {
  if (reply.whole !== null) return reply.whole.output as JsonObject[];
  return eventsOf(reply)
    .filter(({ type }) => type === "response.output_item.done")
    .map(({ item }) => item as JsonObject);
}

function fold(frames: readonly Frame[]): TextResult {
  const decoder = openAIResponses.streamDecoder();
  const collector = new TextCollector();
  for (const frame of frames) for (const event of decoder.push(frame)) collector.push(event);
  for (const event of decoder.end()) collector.push(event);
  return collector.result();
}

function decode({ whole, frames }: Reply): TextResult {
  return frames === null ? openAIResponses.decodeResult(whole) : fold(frames);
}

function texts(item: JsonObject, list: string, type: string, field: string): string[] {
  const parts = (item[list] ?? []) as JsonObject[];
  return parts.filter((part) => part.type === type).map((part) => String(part[field]));
}

describe.skipIf(missing !== "")(`recorded replies${missing}`, () => {
  it("are there", () => {
    expect(answered.length).toBeGreaterThan(120);
    expect(failing.map(({ name }) => name)).toEqual(["openai/responses/openai-error.1.chunks.txt#0"]);
    expect(broken.map(({ name }) => name)).toEqual(["openai/responses/parallel-tool-call-wrapper.1.chunks.txt#0"]);
  });

  it.each(answered.map((reply) => [reply.name, reply] as const))("%s", (_name, reply) => {
    const wire = finalResponse(reply);
    const items = itemsOf(reply);
    const result = decode(reply);

    expect(result.id).toBe(firstId(reply));
    expect(result.model).toBe(wire.model);
    expect(result.content.flatMap((part) => (part.type === "text" ? [part.text] : []))).toEqual(
      items.filter(({ type }) => type === "message").flatMap((item) => texts(item, "content", "output_text", "text")),
    );
    expect(
      result.content.flatMap((part) => (part.type === "tool-call" ? [[part.id, part.name, part.arguments]] : [])),
    ).toEqual(
      items
        .filter(({ type }) => type === "function_call")
        .map((item) => [item.call_id, item.name, item.arguments === "" ? "{}" : item.arguments]),
    );
    expect(
      result.content.flatMap((part) => (part.type === "reasoning" ? [[part.text, part.sealed ?? null]] : [])),
    ).toEqual(
      items
        .filter(({ type }) => type === "reasoning")
        .map((item) => [
          [...texts(item, "summary", "summary_text", "text"), ...texts(item, "content", "reasoning_text", "text")].join(
            "\n\n",
          ),
          item.encrypted_content ?? null,
        ]),
    );
    expect(result.content.flatMap((part) => (part.type === "opaque" ? [part.value] : []))).toEqual(
      items.filter(({ type }) => !["message", "function_call", "reasoning"].includes(String(type))),
    );
    expect(result.finishReason).toBe(expectedFinish(wire, items));

    const usage = wire.usage as JsonObject;
    expect(result.usage.inputTokens).toBe(usage.input_tokens);
    expect(result.usage.outputTokens).toBe(usage.output_tokens);
    expect((result.usage.inputTokens ?? 0) + (result.usage.outputTokens ?? 0)).toBe(usage.total_tokens);
    expect(result.usage.cacheReadTokens).toBe((usage.input_tokens_details as JsonObject).cached_tokens);
    expect(result.usage.reasoningTokens).toBe((usage.output_tokens_details as JsonObject).reasoning_tokens);
    expect(result.usage.raw).toEqual(usage);

    const observer = openAIResponses.observer({ stream: reply.frames !== null, hideUsage: false });
    let content = false;
    if (reply.frames === null) observer.whole(reply.whole);
    else for (const frame of reply.frames) content = observer.frame(frame).content || content;
    observer.end();
    const { id, model, finishReason } = result;
    expect(observer.observation()).toEqual({ id, model, finishReason, usage: result.usage });
    const speaks = result.content.some(
      (part) => part.type === "tool-call" || ((part.type === "text" || part.type === "reasoning") && part.text !== ""),
    );
    if (reply.frames !== null && speaks) expect(content).toBe(true);
  });

  const streams = answered.filter(({ name, frames }) => frames !== null && name !== reordered);

  it.each(streams.map((reply) => [reply.name, reply] as const))("streamed as whole: %s", (_name, reply) => {
    const whole = finalResponse(reply);
    if ((whole.output as JsonValue[]).length === 0) return expect(decode(reply).content).not.toEqual([]);
    expect(normal(decode(reply))).toEqual(normal(openAIResponses.decodeResult(whole)));
  });

  it("a stream that ends in the vendor's error raises it", () => {
    for (const { frames } of failing) {
      expect(codeOf(() => fold(frames ?? []))).toBe("quota_exhausted");
      const observer = openAIResponses.observer({ stream: true, hideUsage: false });
      expect(codeOf(() => frames?.map((frame) => observer.frame(frame)))).toBe("quota_exhausted");
    }
  });

  it("a stream with broken JSON is malformed", () => {
    for (const { frames } of broken) expect(codeOf(() => fold(frames ?? []))).toBe("reply_malformed");
  });

  it("a stream without its last event is truncated", () => {
    for (const { name, frames } of streams) {
      const cut = (frames ?? []).filter(({ data }) => !/"type": ?"response\.(completed|incomplete)"/.test(data));
      expect(cut.length, name).toBeLessThan(frames?.length ?? 0);
      expect(
        codeOf(() => fold(cut)),
        name,
      ).toBe("stream_truncated");
      const observer = openAIResponses.observer({ stream: true, hideUsage: false });
      for (const frame of cut) observer.frame(frame);
      expect(
        codeOf(() => observer.end()),
        name,
      ).toBe("stream_truncated");
    }
  });
});

describe.skipIf(missing !== "")(`recorded error answers${missing}`, () => {
  const codes: Readonly<Record<string, string>> = {
    "openai/responses__this-model-does-not-exist__error400.json": "model_not_found",
    "openai/responses__gpt-5-nano__error401.json": "authentication_failed",
    "openai/responses__gpt-4-1-nano__error401.json": "authentication_failed",
    "openai/responses__gpt-5-nano__error400.json": "context_length_exceeded",
    "xai/responses__grok-4-3__error400.json": "authentication_failed",
  };
  it("have codes", () => {
    const decoded = recordedRefusals().map(({ name, status, body }) => [
      name,
      openAIResponses.decodeError({ status, headers: {}, body }).code,
    ]);
    expect(Object.fromEntries(decoded)).toEqual(codes);
  });
});

describe.skipIf(missing !== "")(`recorded requests${missing}`, () => {
  const requests = replies.flatMap(({ name, request }) => (request === null ? [] : [[name, request] as const]));

  // A stored prompt may bring its own model: the gateway needs one to choose a target.
  const withoutModel = ["openai/responses__none__image-in_pdf-in.json"];

  it("are there", () => {
    expect(requests.length).toBeGreaterThan(50);
    expect(requests.filter(([, body]) => body.model === undefined).map(([name]) => name)).toEqual(withoutModel);
  });

  it.each(requests.filter(([name]) => !withoutModel.includes(name)))("come back: %s", (_name, body) => {
    const { request, stream } = openAIResponses.decodeRequest(body);
    const encoded = openAIResponses.encodeRequest(request, { stream });
    expect(encoded.notes).toEqual([]);
    expect(normalRequest(encoded.body)).toEqual(normalRequest(body));
  });
});

/**
 * What may differ in a request that comes back, and says the same: input as text is one user message; content that is one text
 * is a string; `type: "message"` and `status` say nothing; `null` is absent; store and stream are written out; a schema that
 * comes without parameters takes none; the order of `include`; sealed reasoning is asked for wherever reasoning is.
 */
function normalRequest(body: JsonObject): JsonObject {
  const { include, input, store, stream, ...rest } = body;
  const items = typeof input === "string" ? [{ role: "user", content: input }] : ((input ?? []) as JsonObject[]);
  const words = (include ?? []) as string[];
  return {
    ...rest,
    ...(Array.isArray(rest.tools) && { tools: rest.tools.filter(isJsonObject).map(withoutNulls) }),
    ...(isJsonObject(rest.reasoning) && { reasoning: withoutNulls(rest.reasoning) }),
    input: items.map(normalItem),
    store: store ?? false,
    stream: stream ?? false,
    include: words.filter((word) => word !== "reasoning.encrypted_content").sort(),
  };
}

function normalItem(item: JsonObject): JsonObject {
  const { type, status: _status, ...rest } = withoutNulls(item);
  const [only, ...others] = Array.isArray(rest.content) ? (rest.content as JsonObject[]) : [];
  const plain = only !== undefined && others.length === 0 && typeof only.text === "string";
  const content = plain && !isJsonObject(only.annotations) ? { content: only.text } : {};
  return { ...(type !== undefined && type !== "message" && { type }), ...rest, ...content };
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

/**
 * What may differ between a stream and its terminal event: ids of items (GitHub Copilot changes them from event to event), what
 * the vendor sealed anew, and log probabilities, which come with the deltas.
 */
function normal(result: TextResult): unknown {
  const { logprobs: _logprobs, ...rest } = result;
  return JSON.parse(JSON.stringify(rest), (key, value) =>
    ["id", "sealed", "encrypted_content", "fingerprint"].includes(key) ? undefined : value,
  );
}

function expectedFinish(wire: JsonObject, items: readonly JsonObject[]): string {
  if (wire.status === "incomplete")
    return (wire.incomplete_details as JsonObject).reason === "max_output_tokens" ? "length" : "content_filter";
  const others = ["custom_tool_call", "local_shell_call", "apply_patch_call"];
  const lastMessage = items.findLastIndex(({ type }) => type === "message");
  const waits = items.some(
    ({ type }, index) => type === "function_call" || (others.includes(String(type)) && index > lastMessage),
  );
  return waits ? "tool_calls" : "stop";
}
