import type { JsonValue, TextResult } from "@gw/core";
import { anthropicMessages, decodeCountTokens } from "@gw/dialects";
import { describe, expect, test } from "vitest";
import { loadErrors, loadRecordings, type Recording, recordingsExist } from "./recordings.ts";
import { collect, decodeStream, type Frame, type JsonObject } from "./wire.ts";

const recordings = loadRecordings();
const answers = recordings.filter((one) => one.kind !== "count_tokens" && one.status === 200);
/** Hand-made or of another kind; each has its own expectation below or none of this format. */
const noAnswers = /spliced-message-start|web-fetch-tool\.error/;
const whole = answers.filter((one) => one.body?.type === "message" && !noAnswers.test(one.name));
const streams = answers.filter((one) => one.frames.length > 0 && !noAnswers.test(one.name));
const requests = recordings.filter((one) => one.request !== null);

const finishes: Readonly<Record<string, string>> = {
  end_turn: "stop",
  tool_use: "tool_calls",
  max_tokens: "length",
  stop_sequence: "stop_sequence",
  refusal: "content_filter",
  pause_turn: "pause",
};

/** What an answer says, read from the raw JSON by nothing but field access. */
interface Reading {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: unknown }[];
  readonly others: readonly string[];
  readonly stopReason: string;
  // biome-ignore lint/suspicious/noExplicitAny: raw JSON
  readonly usage: any;
}

// biome-ignore lint/suspicious/noExplicitAny: raw JSON
function readWhole(body: any): Reading {
  // biome-ignore lint/suspicious/noExplicitAny: raw JSON
  const of = (type: string): any[] => body.content.filter((block: { type: string }) => block.type === type);
  return {
    text: of("text")
      .map((block) => block.text)
      .join(""),
    thinking: of("thinking")
      .map((block) => block.thinking)
      .join(""),
    calls: of("tool_use").map(({ id, name, input }) => ({ id, name, input })),
    others: body.content
      .map((block: { type: string }) => block.type)
      .filter((type: string) => !["text", "thinking", "redacted_thinking", "tool_use"].includes(type)),
    stopReason: body.stop_reason,
    usage: body.usage,
  };
}

function readStream(recording: Recording): Reading {
  // biome-ignore lint/suspicious/noExplicitAny: raw JSON
  const blocks: any[] = [];
  let usage = {};
  let stopReason = "";
  for (const { data } of recording.frames) {
    const event = JSON.parse(data);
    if (event.type === "message_start") {
      usage = { ...usage, ...event.message.usage };
      stopReason = event.message.stop_reason;
      for (const block of event.message.content) blocks.push({ ...block, json: "" });
    }
    if (event.type === "content_block_start") blocks[event.index] = { ...event.content_block, json: "" };
    if (event.type === "content_block_delta") {
      const block = blocks[event.index];
      if (event.delta.type === "text_delta") block.text += event.delta.text;
      if (event.delta.type === "thinking_delta") block.thinking += event.delta.thinking;
      if (event.delta.type === "input_json_delta") block.json += event.delta.partial_json;
    }
    if (event.type === "message_delta") {
      usage = { ...usage, ...event.usage };
      stopReason = event.delta.stop_reason;
    }
  }
  for (const block of blocks) if (block.json !== "") block.input = JSON.parse(block.json);
  return readWhole({ content: blocks, stop_reason: stopReason, usage });
}

function readResult(result: TextResult): Omit<Reading, "stopReason" | "usage"> {
  const texts = (type: "text" | "reasoning") =>
    result.content.map((part) => (part.type === type ? part.text : "")).join("");
  return {
    text: texts("text"),
    thinking: texts("reasoning"),
    calls: result.content.flatMap((part) =>
      part.type === "tool-call" ? [{ id: part.id, name: part.name, input: JSON.parse(part.arguments) }] : [],
    ),
    others: result.content.flatMap((part) => (part.type === "opaque" ? [String((part.value as JsonObject).type)] : [])),
  };
}

function expectAnswer(result: TextResult, { stopReason, usage, ...reading }: Reading): void {
  expect(readResult(result)).toEqual(reading);
  expect(result.rawFinishReason).toBe(stopReason);
  const finish = finishes[stopReason];
  // One recorded answer says end_turn in spite of its calls: whoever runs tools goes by the calls.
  expect(result.finishReason).toBe(finish === "stop" && reading.calls.length > 0 ? "tool_calls" : finish);
  expect(result.usage).toMatchObject({
    inputTokens: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    cacheReadTokens: usage.cache_read_input_tokens ?? null,
    cacheWriteTokens: usage.cache_creation_input_tokens ?? null,
    cacheWrite1hTokens: usage.cache_creation?.ephemeral_1h_input_tokens ?? null,
    outputTokens: usage.output_tokens,
    reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? null,
    webSearches: usage.server_tool_use?.web_search_requests ?? null,
  });
}

describe.skipIf(!recordingsExist)("recorded traffic (skipped where ../shared/recordings is missing)", () => {
  test("there is something to replay", () => {
    expect(whole.length).toBeGreaterThan(60);
    expect(streams.length).toBeGreaterThan(50);
    expect(requests.length).toBeGreaterThan(70);
  });

  test.each(whole)("$name: the whole answer", ({ body }) => {
    const result = anthropicMessages.decodeResult(body as JsonValue);
    expectAnswer(result, readWhole(body));
    const observer = anthropicMessages.observer({ stream: false, hideUsage: false });
    observer.whole(body as JsonValue);
    const { id, model, finishReason, usage } = result;
    expect(observer.observation()).toEqual({ id, model, finishReason, usage });
  });

  test.each(streams)("$name: the streamed answer", (recording) => {
    const result = collect(decodeStream(recording.frames));
    expectAnswer(result, readStream(recording));
    const observer = anthropicMessages.observer({ stream: true, hideUsage: false });
    const contentAt = recording.frames.findIndex((frame) => observer.frame(frame).content);
    for (const frame of recording.frames.slice(contentAt + 1)) observer.frame(frame);
    observer.end();
    const { id, model, finishReason, usage } = result;
    expect(observer.observation()).toEqual({ id, model, finishReason, usage });
    expect(contentAt === -1).toBe(result.content.length === 0);
  });

  const stopping = (frame: Frame) => frame.data.includes('"type":"message_delta"');
  test.each(streams.filter((one) => one.frames.some(stopping)))("$name: cut before its end", ({ frames }) => {
    const end = frames.findIndex(stopping);
    expect(() => decodeStream(frames.slice(0, end))).toThrow(expect.objectContaining({ code: "stream_truncated" }));
    expect(collect(decodeStream(frames.slice(0, end + 1))).rawFinishReason).not.toBeNull();
  });

  // The one that the model begins was refused.
  const usual = requests.filter(
    ({ request }) => (request?.messages as JsonObject[] | undefined)?.[0]?.role !== "assistant",
  );

  test.each(usual)("$name: the request goes through unharmed", ({ request }) => {
    const decoded = anthropicMessages.decodeRequest({ model: "in-the-path", ...request });
    const quirks = { defaultMaxOutputTokens: 777 };
    const { body, notes } = anthropicMessages.encodeRequest(decoded.request, { stream: decoded.stream }, quirks);
    expect(body).toEqual(canonical({ model: "in-the-path", max_tokens: 777, ...request }));
    expect(notes).toEqual([]);
  });

  test.each(recordings.filter((one) => one.kind === "count_tokens"))("$name: the count", ({ body }) => {
    expect(decodeCountTokens(body as JsonValue)).toEqual({ inputTokens: body?.input_tokens });
  });

  test.each([
    ["prompt is too long", 400, "context_length_exceeded"],
    ["is not downloadable", 400, "invalid_request"],
    ["ids were found without", 400, "invalid_request"],
    ["invalid x-api-key", 401, "authentication_failed"],
    ["have access to the model with the specified", 403, "permission_denied"],
    ["Model is getting throttled", 503, "overloaded"],
  ])("recorded error: %s", (words, status, code) => {
    const recorded = [...loadErrors(), ...recordings].filter(({ body }) => JSON.stringify(body).includes(words));
    expect(recorded.length).toBeGreaterThan(0);
    for (const { body } of recorded) {
      const error = anthropicMessages.decodeError({ status, headers: {}, body: JSON.stringify(body) });
      expect(error).toMatchObject({ code, httpStatus: status });
    }
  });

  test("two messages spliced into one stream are no answer", () => {
    const spliced = recordings.find((one) => one.name.includes("spliced-message-start"));
    expect(() => decodeStream(spliced?.frames ?? [])).toThrow(expect.objectContaining({ code: "reply_malformed" }));
  });
});

/**
 * The body that means the same in the spelling that the codec writes: text alone as a block, no `stream: false`, no nulls,
 * one message per turn, and the output format where it left its beta.
 */
function canonical(body: JsonObject): JsonObject {
  const { stream, output_format, ...rest } = withoutNulls(body);
  const messages: { role: string; content: JsonObject[] }[] = [];
  for (const { role, content } of rest.messages as { role: string; content: JsonValue }[]) {
    const blocks = asBlocks(content).map((block) =>
      block.type === "tool_result" ? { ...block, content: asBlocks(block.content ?? []) } : block,
    );
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else messages.push({ role, content: blocks });
  }
  return {
    ...rest,
    messages,
    ...(rest.system !== undefined && { system: asBlocks(rest.system) }),
    ...(output_format !== undefined && { output_config: { format: output_format } }),
    ...(stream === true && { stream }),
  };
}

function asBlocks(content: JsonValue): JsonObject[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : (content as JsonObject[]);
}

function withoutNulls(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}
