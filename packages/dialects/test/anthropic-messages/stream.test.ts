import type { JsonValue } from "@gw/core";
import { anthropicMessages, decodeCountTokens, type Frame } from "@gw/dialects";
import { describe, expect, test } from "vitest";
import { collect, decodeStream, type JsonObject } from "./wire.ts";

/** Frames as the vendor names them. */
function frames(...events: (JsonObject & { readonly type: string })[]): Frame[] {
  return events.map((event) => ({ event: event.type, data: JSON.stringify(event) }));
}

const start = {
  type: "message_start",
  message: { id: "msg_1", model: "m", content: [], usage: { input_tokens: 5, output_tokens: 1 } },
};
const blockStart = (index: number, content_block: JsonObject) => ({
  type: "content_block_start",
  index,
  content_block,
});
const delta = (index: number, type: string, fields: JsonObject) => ({
  type: "content_block_delta",
  index,
  delta: { type, ...fields },
});
const blockStop = (index: number) => ({ type: "content_block_stop", index });
const messageDelta = (stop_reason: string, fields: JsonObject = {}) => ({
  type: "message_delta",
  delta: { stop_reason, stop_sequence: null },
  usage: { output_tokens: 7 },
  ...fields,
});
const stop = { type: "message_stop" };
const toolUse = { type: "tool_use", id: "a", name: "f", input: {} };

describe("a vendor's stream", () => {
  test("events in their grammar, unknown ones ignored, nothing after the terminator", () => {
    const events = decodeStream(
      frames(
        start,
        { type: "ping" },
        { type: "something_new", x: 1 },
        blockStart(0, { type: "thinking", thinking: "", signature: "" }),
        delta(0, "thinking_delta", { thinking: "hm" }),
        delta(0, "something_delta", { x: 1 }),
        delta(0, "signature_delta", { signature: "sig" }),
        blockStop(0),
        blockStart(1, { type: "redacted_thinking", data: "data" }),
        blockStop(1),
        blockStart(2, { ...toolUse, caller: { type: "direct" } }),
        delta(2, "input_json_delta", { partial_json: "" }),
        delta(2, "input_json_delta", { partial_json: '{"x": 1}' }),
        blockStop(2),
        messageDelta("tool_use", { context_management: { applied_edits: [] } }),
        stop,
        messageDelta("end_turn"),
        { type: "error", error: { type: "api_error", message: "late" } },
      ),
    );
    expect(events).toEqual([
      {
        type: "response-start",
        id: "msg_1",
        model: "m",
        usage: expect.objectContaining({ inputTokens: 5, outputTokens: 1 }),
      },
      { type: "reasoning-start", index: 0, origin: "anthropic-messages" },
      { type: "reasoning-delta", index: 0, text: "hm" },
      { type: "reasoning-end", index: 0, signature: "sig" },
      { type: "part", index: 1, part: { type: "reasoning", text: "", origin: "anthropic-messages", sealed: "data" } },
      { type: "tool-call-start", index: 2, id: "a", name: "f" },
      { type: "tool-call-delta", index: 2, arguments: '{"x": 1}' },
      { type: "tool-call-end", index: 2, providerOptions: { "anthropic-messages": { caller: { type: "direct" } } } },
      {
        type: "response-end",
        finishReason: "tool_calls",
        rawFinishReason: "tool_use",
        stopSequence: null,
        usage: expect.objectContaining({ inputTokens: 5, outputTokens: 7, raw: { input_tokens: 5, output_tokens: 7 } }),
        providerMetadata: { "anthropic-messages": { context_management: { applied_edits: [] } } },
      },
    ]);
  });

  test.each<[string, Frame[], JsonObject[]]>([
    [
      "input whole at the start",
      frames(start, blockStart(0, { ...toolUse, input: { x: 1 } }), blockStop(0)),
      [{ type: "tool-call", id: "a", name: "f", arguments: '{"x":1}' }],
    ],
    [
      "input at the start and streamed",
      frames(
        start,
        blockStart(0, { ...toolUse, input: { x: 1 } }),
        delta(0, "input_json_delta", { partial_json: '{"x":2}' }),
        blockStop(0),
      ),
      [{ type: "tool-call", id: "a", name: "f", arguments: '{"x":2}' }],
    ],
    [
      "no input",
      frames(start, blockStart(0, toolUse), blockStop(0)),
      [{ type: "tool-call", id: "a", name: "f", arguments: "{}" }],
    ],
    [
      "cut input",
      frames(start, blockStart(0, toolUse), delta(0, "input_json_delta", { partial_json: '{"x"' })),
      [{ type: "tool-call", id: "a", name: "f", arguments: '{"x"' }],
    ],
    [
      "no id",
      frames(start, blockStart(3, { ...toolUse, id: "" }), blockStop(3)),
      [{ type: "tool-call", id: "toolu_msg_1_3", name: "f", arguments: "{}" }],
    ],
    [
      "text at the start",
      frames(start, blockStart(0, { type: "text", text: "a" }), delta(0, "text_delta", { text: "b" }), blockStop(0)),
      [{ type: "text", text: "ab" }],
    ],
    ["no start", frames(blockStart(0, { type: "text", text: "a" }), blockStop(0)), [{ type: "text", text: "a" }]],
    [
      "a block of an unknown kind",
      frames(
        start,
        blockStart(0, { type: "later_tool_use", input: {}, note: "a" }),
        delta(0, "input_json_delta", { partial_json: '{"q":1}' }),
        delta(0, "later_delta", { note: "b", more: 2 }),
        blockStop(0),
      ),
      [
        {
          type: "opaque",
          origin: "anthropic-messages",
          value: { type: "later_tool_use", input: { q: 1 }, note: "ab", more: 2 },
        },
      ],
    ],
  ])("%s", (_name, some, content) => {
    expect(collect(decodeStream([...some, ...frames(messageDelta("end_turn"))])).content).toEqual(content);
  });

  test.each<[string, Frame[], string]>([
    ["no end", frames(start, blockStart(0, { type: "text", text: "a" }), blockStop(0)), "stream_truncated"],
    ["a terminator without a reason", frames(start, stop), "stream_truncated"],
    ["nothing", [], "stream_truncated"],
    ["no JSON", [{ data: "{" }], "reply_malformed"],
    ["no object", [{ data: "[]" }], "reply_malformed"],
    ["a delta without a block", frames(start, delta(0, "text_delta", { text: "a" })), "reply_malformed"],
    [
      "overloaded",
      frames(start, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
      "overloaded",
    ],
    ["rate limit", frames({ type: "error", error: { type: "rate_limit_error", message: "slow" } }), "rate_limited"],
    ["unknown error", [{ event: "error", data: '{"error":{"type":"new_error","message":"x"}}' }], "upstream_failed"],
    ["credit", frames({ type: "error", error: { type: "billing_error", message: "x" } }), "quota_exhausted"],
  ])("%s is an error, for decoder and observer alike", (name, some, code) => {
    expect(() => decodeStream(some)).toThrow(expect.objectContaining({ code }));
    if (name === "a delta without a block") return;
    const observer = anthropicMessages.observer({ stream: true, hideUsage: false });
    expect(() => {
      for (const frame of some) observer.frame(frame);
      observer.end();
    }).toThrow(expect.objectContaining({ code }));
  });

  test("a count that is not repeated keeps its value, one that is may fall", () => {
    const usage = { input_tokens: null, cache_read_input_tokens: 4, output_tokens: 7 };
    const begun = { ...start.message, usage: { input_tokens: 5, cache_read_input_tokens: 9, output_tokens: 1 } };
    const streamed = frames({ type: "message_start", message: begun }, messageDelta("end_turn", { usage }));
    expect(collect(decodeStream(streamed)).usage).toMatchObject({
      inputTokens: 9,
      cacheReadTokens: 4,
      outputTokens: 7,
    });
  });

  test("the observer says where content begins and reads no delta after it", () => {
    const observer = anthropicMessages.observer({ stream: true, hideUsage: true });
    const seen = [
      ...frames(
        start,
        { type: "ping" },
        blockStart(0, { type: "text", text: "" }),
        delta(0, "text_delta", { text: "" }),
        delta(0, "text_delta", { text: "a" }),
      ),
      { event: "content_block_delta", data: "not even JSON" },
      { data: '{"type":"content_block_delta", not even JSON' },
      ...frames(blockStop(0), blockStart(1, toolUse), messageDelta("end_turn"), stop, {
        type: "error",
        error: { type: "api_error" },
      }),
    ].map((frame) => observer.frame(frame));
    expect(seen.map(({ content }) => content)).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
      true,
      false,
      true,
      false,
      false,
      false,
    ]);
    expect(seen.some(({ hidden }) => hidden)).toBe(false);
    observer.end();
    expect(observer.observation()).toMatchObject({
      id: "msg_1",
      model: "m",
      finishReason: "tool_calls",
      usage: { inputTokens: 5, outputTokens: 7 },
    });
  });

  test.each([
    ["tool_use", { type: "tool_use", id: "a", name: "f", input: {} }],
    ["redacted thinking", { type: "redacted_thinking", data: "x" }],
    ["a block of an unknown kind", { type: "later" }],
  ])("%s is content by being there", (_name, block) => {
    const observer = anthropicMessages.observer({ stream: true, hideUsage: false });
    expect(frames(start, blockStart(0, block)).map((frame) => observer.frame(frame).content)).toEqual([false, true]);
  });
});

describe("a vendor's whole reply", () => {
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  };

  test.each<[string, JsonObject, JsonObject]>([
    [
      "trap 5: nothing before the stop sequence",
      { stop_reason: "stop_sequence", stop_sequence: "END" },
      { content: [], finishReason: "stop_sequence", stopSequence: "END" },
    ],
    [
      "trap 6: refusal",
      { stop_reason: "refusal", stop_details: { category: "bio" } },
      {
        content: [],
        finishReason: "content_filter",
        providerMetadata: { "anthropic-messages": { stop_details: { category: "bio" } } },
      },
    ],
    ["window full", { stop_reason: "model_context_window_exceeded" }, { finishReason: "context_full" }],
    ["pause", { stop_reason: "pause_turn" }, { finishReason: "pause" }],
    ["a reason of a later kind", { stop_reason: "toString" }, { finishReason: "stop", rawFinishReason: "toString" }],
    [
      "a call without an id",
      { content: [{ type: "tool_use", id: "", name: "f", input: {} }] },
      { content: [{ type: "tool-call", id: "toolu_msg_1_0", name: "f", arguments: "{}" }], finishReason: "tool_calls" },
    ],
    ["no usage", { usage: null }, { usage: { inputTokens: null, outputTokens: null, cacheReadTokens: null } }],
    [
      "cached input",
      {
        usage: {
          input_tokens: 3,
          cache_read_input_tokens: 100,
          cache_creation_input_tokens: 20,
          cache_creation: { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 5 },
          output_tokens: 2,
        },
      },
      {
        usage: {
          inputTokens: 123,
          cacheReadTokens: 100,
          cacheWriteTokens: 20,
          cacheWrite1hTokens: 5,
          outputTokens: 2,
          reasoningTokens: null,
        },
      },
    ],
  ])("%s", (_name, fields, result) => {
    expect(anthropicMessages.decodeResult({ ...message, ...fields } as JsonValue)).toMatchObject(result);
  });

  test.each<[string, JsonValue, string]>([
    ["no object", "hello", "reply_malformed"],
    ["no content", { ...message, content: null }, "reply_malformed"],
    ["no reason", { ...message, stop_reason: null }, "reply_malformed"],
    ["a block that is none", { ...message, content: [{ text: "a" }] }, "reply_malformed"],
    ["an error of status 200", { type: "error", error: { type: "overloaded_error", message: "x" } }, "overloaded"],
    ["an error of a server like it", { error: { message: "x" } }, "upstream_failed"],
  ])("%s", (_name, body, code) => {
    expect(() => anthropicMessages.decodeResult(body)).toThrow(expect.objectContaining({ code }));
    expect(() => decodeCountTokens(body)).toThrow(expect.objectContaining({ code }));
  });

  test("the call of the tool that stands for a schema is the answer", () => {
    const quirks = { structuredOutput: "tool" } as const;
    const block = { ...toolUse, name: "gw_structured_output" };
    const whole = { ...message, stop_reason: "tool_use", content: [{ ...block, input: { x: 1 } }] };
    const streamed = frames(
      start,
      blockStart(0, block),
      delta(0, "input_json_delta", { partial_json: '{"x":1}' }),
      blockStop(0),
      messageDelta("tool_use"),
      stop,
    );
    for (const result of [anthropicMessages.decodeResult(whole, quirks), collect(decodeStream(streamed, quirks))]) {
      expect(result).toMatchObject({
        content: [{ type: "text", text: '{"x":1}' }],
        finishReason: "stop",
        rawFinishReason: "tool_use",
      });
    }
    expect(anthropicMessages.decodeResult(whole).finishReason).toBe("tool_calls");
    const both = { ...whole, content: [...whole.content, { ...toolUse, name: "f" }] };
    expect(anthropicMessages.decodeResult(both, quirks).finishReason).toBe("tool_calls");
  });
});

describe("an error reply", () => {
  test.each([
    [
      400,
      '{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API"}}',
      "quota_exhausted",
    ],
    [404, '{"type":"error","error":{"type":"not_found_error","message":"model: x"}}', "model_not_found"],
    [413, "<html><body>413</body></html>", "request_too_large"],
    [429, '{"type":"error","error":{"type":"rate_limit_error","message":"x"}}', "rate_limited"],
    [500, "", "upstream_failed"],
    [504, '{"type":"error","error":{"type":"timeout_error","message":"x"}}', "timed_out"],
    [
      529,
      '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":null}',
      "overloaded",
    ],
  ])("%i %s", (status, body, code) => {
    expect(anthropicMessages.decodeError({ status, headers: {}, body })).toMatchObject({ code, httpStatus: status });
  });
});
