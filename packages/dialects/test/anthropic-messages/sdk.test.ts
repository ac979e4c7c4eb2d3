import Anthropic from "@anthropic-ai/sdk";
import { GatewayError, type TextResult, type Usage, unknownUsage } from "@gw/core";
import { anthropicMessages, encodeCountTokensResult, type Frame } from "@gw/dialects";
import { describe, expect, test } from "vitest";
import { context, encodeStream, eventsOf } from "./wire.ts";

const ask = { model: "some/model", max_tokens: 100, messages: [{ role: "user" as const, content: "Hi" }] };

/** The official SDK, talking to one reply of ours. */
function sdk(status: number, type: string, body: string): Anthropic {
  return new Anthropic({
    apiKey: "none",
    maxRetries: 0,
    fetch: async () => new Response(body, { status, headers: { "content-type": type } }),
  });
}

function whole(result: TextResult) {
  const body = JSON.stringify(anthropicMessages.encodeResult(result, context));
  return sdk(200, "application/json", body).messages.create(ask);
}

function streamed(frames: readonly Frame[]) {
  return sdk(200, "text/event-stream", sse(frames)).messages.stream(ask).finalMessage();
}

function sse(frames: readonly Frame[]): string {
  return frames.map(({ event, data }) => `event: ${event}\ndata: ${data}\n\n`).join("");
}

const usage: Usage = {
  ...unknownUsage,
  inputTokens: 150,
  cacheReadTokens: 100,
  cacheWriteTokens: 30,
  cacheWrite1hTokens: 10,
  outputTokens: 42,
  reasoningTokens: 12,
  webSearches: 2,
};

const answer: TextResult = {
  id: "their-id",
  model: "their-model",
  content: [
    { type: "reasoning", text: "Let me see. Two calls.", origin: "anthropic-messages", signature: "c2lnbmF0dXJl" },
    { type: "reasoning", text: "", origin: "anthropic-messages", sealed: "cmVkYWN0ZWQ=" },
    { type: "text", text: "I look both up: größer 👋" },
    { type: "tool-call", id: "toolu_1", name: "weather", arguments: '{"city":"Paris","days":3}' },
    { type: "tool-call", id: "toolu_2", name: "time", arguments: "{}" },
    {
      type: "opaque",
      origin: "anthropic-messages",
      value: { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "q" } },
    },
  ],
  finishReason: "tool_calls",
  rawFinishReason: "tool_use",
  stopSequence: null,
  usage,
};

describe("the official SDK reads what we write", () => {
  test.each([
    ["whole", () => whole(answer)],
    ["streamed", () => streamed(encodeStream(eventsOf(answer)))],
  ])("%s answer: every kind of block, stop reason and usage", async (_kind, read) => {
    const message = await read();
    expect(message).toMatchObject({
      id: "msg_0123456789abcdef01234567",
      type: "message",
      role: "assistant",
      model: "some/model",
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: {
        input_tokens: 20,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 30,
        output_tokens: 42,
        output_tokens_details: { thinking_tokens: 12 },
        server_tool_use: { web_search_requests: 2 },
      },
    });
    expect(message.content).toEqual([
      { type: "thinking", thinking: "Let me see. Two calls.", signature: "c2lnbmF0dXJl" },
      { type: "redacted_thinking", data: "cmVkYWN0ZWQ=" },
      { type: "text", text: "I look both up: größer 👋" },
      { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Paris", days: 3 } },
      { type: "tool_use", id: "toolu_2", name: "time", input: {} },
      { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "q" } },
    ]);
  });

  test("citations arrive whole and streamed", async () => {
    const citations = [{ type: "char_location", cited_text: "grass", document_index: 0, start_char_index: 0 }];
    const cited: TextResult = {
      ...answer,
      content: [{ type: "text", text: "Green.", providerOptions: { "anthropic-messages": { citations } } }],
    };
    const blocks = [{ type: "text", text: "Green.", citations }];
    expect((await whole(cited)).content).toEqual(blocks);
    expect((await streamed(encodeStream(eventsOf(cited)))).content).toEqual(blocks);
  });

  test("a refusal and unknown counts", async () => {
    const refused: TextResult = {
      ...answer,
      content: [{ type: "refusal", text: "No." }],
      finishReason: "content_filter",
      usage: unknownUsage,
    };
    for (const message of [await whole(refused), await streamed(encodeStream(eventsOf(refused)))]) {
      expect(message.content).toEqual([{ type: "text", text: "No." }]);
      expect(message.stop_reason).toBe("refusal");
      expect(message.usage).toMatchObject({ input_tokens: 0, output_tokens: 0, cache_read_input_tokens: null });
    }
  });

  test("overlapping parts come one after the other, nothing lost", async () => {
    const frames = encodeStream([
      { type: "response-start", id: null, model: null },
      { type: "tool-call-start", index: 0, id: "a", name: "first" },
      { type: "tool-call-start", index: 1, id: "b", name: "second" },
      { type: "tool-call-delta", index: 1, arguments: '{"n":' },
      { type: "tool-call-delta", index: 0, arguments: '{"n":1}' },
      { type: "text-start", index: 2 },
      { type: "text-delta", index: 2, text: "beside" },
      { type: "text-end", index: 2 },
      { type: "tool-call-end", index: 0 },
      { type: "tool-call-delta", index: 1, arguments: "2}" },
      { type: "tool-call-end", index: 1 },
      { type: "response-end", finishReason: "tool_calls", rawFinishReason: null, stopSequence: null, usage },
    ]);
    expect((await streamed(frames)).content).toEqual([
      { type: "tool_use", id: "a", name: "first", input: { n: 1 } },
      { type: "tool_use", id: "b", name: "second", input: { n: 2 } },
      { type: "text", text: "beside" },
    ]);
    const indices = frames.flatMap(({ data }) => JSON.parse(data).index ?? []);
    expect(indices).toEqual([0, 0, 0, 1, 1, 1, 1, 2, 2, 2]);
  });

  test.each([
    ["invalid_request", 400, "invalid_request_error", Anthropic.BadRequestError],
    ["invalid_api_key", 401, "authentication_error", Anthropic.AuthenticationError],
    ["permission_denied", 403, "permission_error", Anthropic.PermissionDeniedError],
    ["model_not_found", 404, "not_found_error", Anthropic.NotFoundError],
    ["rate_limited", 429, "rate_limit_error", Anthropic.RateLimitError],
    ["budget_exceeded", 402, "billing_error", Anthropic.APIError],
    ["overloaded", 503, "overloaded_error", Anthropic.InternalServerError],
    ["timed_out", 504, "timeout_error", Anthropic.InternalServerError],
    ["stream_truncated", 502, "api_error", Anthropic.InternalServerError],
  ] as const)("error %s", async (code, status, type, ApiError) => {
    const error = new GatewayError(code, "what happened");
    const body = JSON.stringify(anthropicMessages.encodeError(error, "req_1"));
    const thrown = await sdk(error.httpStatus, "application/json", body)
      .messages.create(ask)
      .catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(ApiError);
    expect(thrown).toMatchObject({ status, type, apiMessage: "what happened" });
    expect(JSON.parse(body)).toMatchObject({ type: "error", error: { type, code }, request_id: "req_1" });
  });

  test("an error after the head ends the stream as the SDK's own", async () => {
    const frames = [
      ...encodeStream(eventsOf(answer)).slice(0, 4),
      ...anthropicMessages.errorFrames(new GatewayError("stream_truncated", "cut"), "req_1"),
    ];
    const thrown = await streamed(frames).catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(Anthropic.APIError);
    expect(thrown).toMatchObject({
      type: "api_error",
      error: { error: { code: "stream_truncated", partial: true }, request_id: "req_1" },
    });
  });

  test("a count of tokens", async () => {
    const client = sdk(200, "application/json", JSON.stringify(encodeCountTokensResult(17)));
    expect(await client.messages.countTokens({ model: "m", messages: ask.messages })).toMatchObject({
      input_tokens: 17,
    });
  });
});
