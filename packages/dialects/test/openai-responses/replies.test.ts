import { type JsonObject, TextCollector, type TextEvent } from "@gw/core";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/frame.ts";
import { openAIResponses } from "../../src/openai-responses/openai-responses.ts";
import { sealEnvelope } from "../../src/wire-envelope.ts";
import { codeOf } from "./failure.ts";

const usage = { input_tokens: 5, output_tokens: 7, total_tokens: 12 };
const text = { type: "message", id: "msg_1", role: "assistant", content: [{ type: "output_text", text: "Hi" }] };
const call = { type: "function_call", id: "fc_1", call_id: "c1", name: "f", arguments: '{"a":1}' };
const refusal = { type: "message", id: "msg_2", content: [{ type: "refusal", refusal: "No" }] };

const reply = (fields: JsonObject): JsonObject => ({
  id: "r",
  model: "m",
  object: "response",
  output: [],
  usage,
  ...fields,
});
const frame = (type: string, fields: JsonObject = {}): Frame => ({
  event: type,
  data: JSON.stringify({ type, ...fields }),
});
const custom = { type: "custom_tool_call", call_id: "c", name: "f", input: "" };
const created = frame("response.created", { response: reply({ status: "in_progress", usage: null }) });
const completed = (fields: JsonObject = {}): Frame =>
  frame("response.completed", { response: reply({ status: "completed", ...fields }) });
const at = { output_index: 0, content_index: 0, item_id: "i" };

function events(frames: readonly Frame[]): TextEvent[] {
  const decoder = openAIResponses.streamDecoder();
  return [...frames.flatMap((each) => decoder.push(each)), ...decoder.end()];
}

function fold(frames: readonly Frame[]): unknown {
  const collector = new TextCollector();
  for (const event of events(frames)) collector.push(event);
  return collector.result().content.map((part) => {
    if (part.type === "tool-call") return [part.id, part.name, part.arguments];
    return "text" in part ? [part.type, part.text] : part.type;
  });
}

describe("a whole reply", () => {
  it.each<[string, JsonObject, string, string]>([
    ["completed", { status: "completed", output: [text] }, "stop", "completed"],
    ["completed with a call", { status: "completed", output: [text, call] }, "tool_calls", "completed"],
    ["completed with a call before words", { status: "completed", output: [call, text] }, "tool_calls", "completed"],
    ["completed with another kind of call", { status: "completed", output: [text, custom] }, "tool_calls", "completed"],
    ["completed with a call that the vendor ran", { status: "completed", output: [custom, text] }, "stop", "completed"],
    ["completed with a refusal (trap 30)", { status: "completed", output: [refusal] }, "content_filter", "completed"],
    ["without a status", { output: [text] }, "stop", "completed"],
    [
      "cut",
      { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } },
      "length",
      "max_output_tokens",
    ],
    [
      "filtered",
      { status: "incomplete", incomplete_details: { reason: "content_filter" } },
      "content_filter",
      "content_filter",
    ],
    [
      "cut for no reason given",
      { status: "incomplete", incomplete_details: null, output: [call] },
      "length",
      "incomplete",
    ],
  ])("%s", (_name, fields, finishReason, rawFinishReason) => {
    expect(openAIResponses.decodeResult(reply(fields))).toMatchObject({ finishReason, rawFinishReason });
    const observer = openAIResponses.observer({ stream: false, hideUsage: false });
    observer.whole(reply(fields));
    expect(observer.observation()).toMatchObject({ id: "r", model: "m", finishReason, usage: { inputTokens: 5 } });
  });

  it.each<[string, JsonObject | string, string]>([
    ["failed", reply({ status: "failed", error: { code: "rate_limit_exceeded", message: "x" } }), "rate_limited"],
    [
      "failed by the server",
      reply({ status: "failed", error: { code: "server_error", message: "x" } }),
      "upstream_failed",
    ],
    [
      "failed by the prompt",
      reply({ status: "failed", error: { code: "invalid_prompt", message: "x" } }),
      "invalid_request",
    ],
    ["cancelled", reply({ status: "cancelled" }), "upstream_failed"],
    ["an error", { error: { code: 503, message: "busy" } }, "overloaded"],
    ["not finished", reply({ status: "queued" }), "reply_malformed"],
    ["no object", "text", "reply_malformed"],
    ["no output", { id: "r" }, "reply_malformed"],
    ["no items", reply({ output: ["x"] }), "reply_malformed"],
  ])("%s is no answer", (_name, body, code) => {
    expect(codeOf(() => openAIResponses.decodeResult(body))).toBe(code);
  });

  it("leaves unknown what is not said", () => {
    const bare = openAIResponses.decodeResult({ output: [{ type: "function_call", name: "f", arguments: "" }] });
    expect(bare).toMatchObject({
      id: null,
      model: null,
      content: [{ type: "tool-call", id: "call_f_0", arguments: "{}" }],
      usage: { inputTokens: null, outputTokens: null, cacheReadTokens: null, reasoningTokens: null, webSearches: null },
    });
    // Recorded in 2025 as an answer cut at its bound.
    const negative = { input_tokens: 0, output_tokens: -9, output_tokens_details: { reasoning_tokens: 448 } };
    expect(openAIResponses.decodeResult(reply({ usage: negative })).usage).toMatchObject({
      inputTokens: 0,
      outputTokens: null,
      reasoningTokens: 448,
    });
    const searched = { server_side_tool_usage_details: { web_search_calls: 2 }, input_tokens: 1 };
    const cached = { input_tokens_details: { cached_tokens: 1, cache_write_tokens: 4 } };
    const beside = reply({ usage: cached, tool_usage: { web_search: { num_requests: 3 } } });
    expect(openAIResponses.decodeResult(beside).usage).toMatchObject({
      cacheReadTokens: 1,
      cacheWriteTokens: 4,
      webSearches: 3,
    });
    expect(openAIResponses.decodeResult(reply({ usage: searched })).usage).toMatchObject({
      webSearches: 2,
      outputTokens: null,
    });
  });

  it("counts searches among the output where no count is told", () => {
    const output = ["search", "open_page", "search"].map((type) => ({ type: "web_search_call", action: { type } }));
    const searchesOf = (fields: JsonObject) =>
      openAIResponses.decodeResult(reply({ usage: { input_tokens: 1 }, ...fields })).usage.webSearches;
    expect(searchesOf({ output })).toBe(2);
    expect(searchesOf({ output, tool_usage: { web_search: { num_requests: 1 } } })).toBe(1);
    expect([searchesOf({ output: output.slice(1, 2) }), searchesOf({})]).toEqual([0, null]);
  });

  it("keeps what only this format says, and leaves the echo of the request", () => {
    const result = openAIResponses.decodeResult(
      reply({ output: [{ ...text, phase: "commentary" }], service_tier: "flex", temperature: 1, tools: [] }),
    );
    expect(result.providerMetadata).toEqual({ "openai-responses": { service_tier: "flex" } });
    expect(result.content[0]?.providerOptions).toEqual({
      "openai-responses": { message: { id: "msg_1", phase: "commentary" } },
    });
  });
});

describe("a stream", () => {
  const added = (item: JsonObject): Frame => frame("response.output_item.added", { output_index: 0, item });
  const done = (item: JsonObject): Frame => frame("response.output_item.done", { output_index: 0, item });

  const long = { ...text, content: [{ type: "output_text", text: "Hi to you all" }] };

  it.each<[string, Frame[], unknown]>([
    [
      "completes what its deltas began",
      [created, frame("response.output_text.delta", { ...at, delta: "Hi to" }), done(long), completed()],
      [["text", "Hi to you all"]],
    ],
    [
      "hears nothing more of a finished item",
      [created, done(text), frame("response.output_text.delta", { ...at, delta: "Hi" }), completed()],
      [["text", "Hi"]],
    ],
    [
      "gives deltas once",
      [created, frame("response.output_text.delta", { ...at, delta: "Hi" }), done(text), completed({ output: [text] })],
      [["text", "Hi"]],
    ],
    ["gives an item that only comes done", [created, done(text), completed({ output: [text] })], [["text", "Hi"]]],
    [
      "gives items that only the last event has",
      [created, completed({ output: [text, call] })],
      [
        ["text", "Hi"],
        ["c1", "f", '{"a":1}'],
      ],
    ],
    [
      "gives a call that only begins and is whole at the end",
      [created, added({ ...call, arguments: "" }), completed({ output: [call] })],
      [["c1", "f", '{"a":1}']],
    ],
    [
      "needs no beginning",
      [frame("response.output_text.delta", { ...at, delta: "Hi" }), completed()],
      [["text", "Hi"]],
    ],
    [
      "stays with deltas that the end does not have",
      [created, frame("response.output_text.delta", { ...at, delta: "Hello" }), done(long), completed()],
      [["text", "Hello"]],
    ],
    [
      "divides a summary as a whole reply does",
      [
        created,
        added({ type: "reasoning", id: "rs_1", summary: [] }),
        frame("response.reasoning_summary_text.delta", { ...at, summary_index: 0, delta: "A" }),
        frame("response.reasoning_summary_text.delta", { ...at, summary_index: 1, delta: "B" }),
        done({ type: "reasoning", id: "rs_1", summary: [{ text: "A" }, { text: "B" }] }),
        completed(),
      ],
      [["reasoning", "A\n\nB"]],
    ],
    [
      "ignores what it does not know",
      [created, frame("response.new.thing", { output_index: 3 }), frame("keepalive"), done(text), completed()],
      [["text", "Hi"]],
    ],
    [
      "ignores what follows its end",
      [created, done(text), completed(), { data: "[DONE]" }, frame("error"), { data: "{" }],
      [["text", "Hi"]],
    ],
    ["keeps the vendor's own items", [created, done({ type: "web_search_call", id: "ws_1" }), completed()], ["opaque"]],
  ])("%s", (_name, frames, expected) => {
    expect(fold(frames)).toEqual(expected);
  });

  const begin = frame("response.content_part.added", { ...at, part: { type: "refusal", refusal: "" } });

  it.each<[string, Frame[], JsonObject[]]>([
    [
      "a refusal",
      [begin, frame("response.refusal.delta", { ...at, delta: "No" }), done(refusal)],
      [
        { type: "refusal-start", index: 0 },
        { type: "refusal-delta", index: 0, text: "No" },
        { type: "refusal-end", index: 0 },
      ],
    ],
    [
      "a part that turns out to be another",
      [begin, done(text)],
      [
        { type: "refusal-start", index: 0 },
        { type: "refusal-end", index: 0 },
        { type: "text-start", index: 1 },
        { type: "text-delta", index: 1, text: "Hi" },
        { type: "text-end", index: 1 },
      ],
    ],
    [
      "a call that nobody finishes",
      [added({ ...call, arguments: "" }), frame("response.function_call_arguments.delta", { ...at, delta: "{" })],
      [
        { type: "tool-call-start", index: 0, id: "c1", name: "f" },
        { type: "tool-call-delta", index: 0, arguments: "{" },
        { type: "tool-call-end", index: 0 },
      ],
    ],
    [
      "log probabilities",
      [
        frame("response.output_text.delta", { ...at, delta: "Hi", logprobs: [{ token: "Hi", logprob: -0.5 }] }),
        done(text),
      ],
      [
        { type: "text-start", index: 0 },
        { type: "text-delta", index: 0, text: "Hi", logprobs: { content: [{ token: "Hi", logprob: -0.5 }] } },
        { type: "text-end", index: 0 },
      ],
    ],
  ])("gives %s in the grammar of events", (_name, frames, expected) => {
    expect(events([created, ...frames, completed()])).toMatchObject([
      { type: "response-start", id: "r", model: "m" },
      ...expected,
      { type: "response-end", usage: { outputTokens: 7, raw: usage } },
    ]);
  });

  it.each<[string, Frame[], string]>([
    [
      "an error as recorded",
      [created, frame("error", { error: { code: "insufficient_quota", message: "x" } })],
      "quota_exhausted",
    ],
    [
      "an error as the SDK has it",
      [created, frame("error", { code: "rate_limit_exceeded", message: "x" })],
      "rate_limited",
    ],
    [
      "an overloaded server",
      [created, frame("error", { error: { type: "service_unavailable_error", code: "server_is_overloaded" } })],
      "overloaded",
    ],
    [
      "a failed response",
      [created, frame("response.failed", { response: reply({ error: { code: "server_error" } }) })],
      "upstream_failed",
    ],
    ["broken JSON", [created, { event: "response.completed", data: "{" }], "reply_malformed"],
    ["an early end", [created, frame("response.output_text.delta", { ...at, delta: "Hi" })], "stream_truncated"],
  ])("raises %s", (_name, frames, code) => {
    expect(codeOf(() => events(frames))).toBe(code);
    const observer = openAIResponses.observer({ stream: true, hideUsage: false });
    const watch = (): void => {
      for (const each of frames) observer.frame(each);
      observer.end();
    };
    expect(codeOf(watch)).toBe(code);
  });

  it.each<[Frame, boolean]>([
    [created, false],
    [added({ type: "message", content: [] }), false],
    [added({ type: "reasoning", summary: [] }), false],
    [added({ ...call, arguments: "" }), true],
    [added({ type: "custom_tool_call", input: "" }), true],
    [frame("response.content_part.added", at), false],
    [frame("response.output_text.delta", at), true],
    [frame("response.refusal.delta", at), true],
    [frame("response.reasoning_text.delta", at), true],
    [frame("response.reasoning_summary_text.delta", at), true],
    [frame("response.function_call_arguments.delta", at), true],
    [frame("response.custom_tool_call_input.delta", at), true],
    [frame("response.web_search_call.searching", at), false],
    [done(text), true],
    [done({ type: "reasoning", summary: [], encrypted_content: "gAAA" }), false],
    [completed(), false],
  ])("the observer sees content where there is some: %j", ({ event, data }, content) => {
    for (const each of [{ event: event ?? "", data }, { data }])
      expect(openAIResponses.observer({ stream: true, hideUsage: true }).frame(each)).toEqual({
        content,
        hidden: false,
      });
  });
});

describe("the observer", () => {
  const watch = (frames: readonly Frame[]): unknown[] => {
    const observer = openAIResponses.observer({ stream: true, hideUsage: false });
    return [...frames.map((each) => observer.frame(each).content), observer.observation().finishReason];
  };
  const delta = frame("response.output_text.delta", at);

  it("is not misled by what a response repeats of the request", () => {
    const metadata = { note: { type: "response.output_text.delta" } };
    expect(watch([{ data: completed({ metadata }).data }])).toEqual([false, "stop"]);
  });

  it("looks at nothing after the end", () => {
    expect(watch([completed(), delta, { data: "{" }])).toEqual([false, false, false, "stop"]);
  });

  it("finds a refusal that the last event leaves out", () => {
    const refused = frame("response.output_item.done", { output_index: 0, item: refusal });
    expect(watch([delta, refused, completed()])).toEqual([true, true, false, "content_filter"]);
  });
});

describe("errors", () => {
  it.each<[number, JsonObject, string]>([
    [
      400,
      { error: { code: "context_length_exceeded", message: "Your input exceeds the context window" } },
      "context_length_exceeded",
    ],
    [400, { code: "invalid-argument", error: "Incorrect API key provided." }, "authentication_failed"],
    [404, { error: { message: "Item with id 'rs_1' not found. Items are not persisted" } }, "not_found"],
    [404, { error: { code: "model_not_found", message: "The model does not exist" } }, "model_not_found"],
    [429, { error: { code: "insufficient_quota", message: "You exceeded your current quota" } }, "quota_exhausted"],
    [429, { error: { code: "rate_limit_exceeded", type: "tokens" } }, "rate_limited"],
  ])("%i %j is %s", (status, body, code) => {
    expect(openAIResponses.decodeError({ status, headers: {}, body: JSON.stringify(body) }).code).toBe(code);
  });
});

describe("the native lane", () => {
  it("changes the model and nothing else", () => {
    expect(
      openAIResponses.prepareNative({ body: { model: "openai/m", input: "x" }, model: "m", stream: true }),
    ).toEqual({
      set: { model: "m" },
      remove: [],
      hideUsage: false,
    });
  });

  it("leaves out of the history what only another vendor can read", () => {
    const envelope = sealEnvelope({ kind: "reasoning", origin: "x-format", signature: "s" });
    const foreign = { type: "reasoning", id: "rs_0", summary: [], encrypted_content: envelope };
    const own = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAA" };
    const prepare = (input: JsonObject[]) =>
      openAIResponses.prepareNative({ body: { model: "openai/m", input }, model: "m", stream: true }).set;
    expect(prepare([foreign, call, own, text])).toEqual({ model: "m", input: [call, own, text] });
    expect(prepare([own, text])).toEqual({ model: "m" });
  });
});
