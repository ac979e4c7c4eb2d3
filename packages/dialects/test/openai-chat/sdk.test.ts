import { GatewayError, type TextEvent, type TextResult, unknownUsage } from "@gw/core";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { openAIChat } from "../../src/openai-chat/openai-chat.ts";
import type { ReplyContext } from "../../src/text-dialect.ts";

const context: ReplyContext = {
  id: "abcdefghijklmnopqrstuvwx",
  createdAtMs: 1_780_000_000_500,
  model: "fast",
  requestBody: { stream_options: { include_usage: true } },
};

const result: TextResult = {
  id: "msg_1",
  model: "some-model",
  content: [
    {
      type: "reasoning",
      text: "The user wants two cities.",
      origin: "anthropic-messages",
      signature: "c2lnbmF0dXJl",
    },
    { type: "reasoning", text: "", origin: "anthropic-messages", sealed: "c2VhbGVk" },
    { type: "text", text: "Looking up both. " },
    { type: "text", text: "Grüße 🙂" },
    { type: "tool-call", id: "toolu_1", name: "weather", arguments: '{"city": "Rome"}' },
    {
      type: "tool-call",
      id: "toolu_2",
      name: "now",
      arguments: "{}",
      signature: { origin: "gemini", value: "Z2VtaW5p" },
    },
  ],
  finishReason: "tool_calls",
  rawFinishReason: "tool_use",
  stopSequence: null,
  usage: { ...unknownUsage, inputTokens: 120, cacheReadTokens: 100, outputTokens: 40, reasoningTokens: 10 },
};

// The two calls and the two texts overlap: what belongs to one field must come out one after another.
const events: TextEvent[] = [
  { type: "response-start", id: "msg_1", model: "some-model" },
  { type: "reasoning-start", index: 0, origin: "anthropic-messages" },
  { type: "reasoning-delta", index: 0, text: "The user wants " },
  { type: "reasoning-delta", index: 0, text: "two cities." },
  { type: "reasoning-end", index: 0, signature: "c2lnbmF0dXJl" },
  { type: "part", index: 1, part: { type: "reasoning", text: "", origin: "anthropic-messages", sealed: "c2VhbGVk" } },
  { type: "text-start", index: 2 },
  { type: "text-delta", index: 2, text: "Looking " },
  { type: "text-start", index: 3 },
  { type: "text-delta", index: 3, text: "Grüße " },
  { type: "tool-call-start", index: 4, id: "toolu_1", name: "weather" },
  { type: "tool-call-delta", index: 4, arguments: '{"city": ' },
  { type: "text-delta", index: 3, text: "🙂" },
  { type: "text-end", index: 3 },
  { type: "tool-call-start", index: 5, id: "toolu_2", name: "now" },
  { type: "text-delta", index: 2, text: "up both. " },
  { type: "text-end", index: 2 },
  { type: "tool-call-end", index: 5, signature: { origin: "gemini", value: "Z2VtaW5p" } },
  { type: "tool-call-delta", index: 4, arguments: '"Rome"}' },
  { type: "tool-call-end", index: 4 },
  {
    type: "response-end",
    finishReason: "tool_calls",
    rawFinishReason: "tool_use",
    stopSequence: null,
    usage: result.usage,
  },
];

/** A client whose network answers everything with one body. */
function clientOf(body: string, contentType: string, status = 200): OpenAI {
  return new OpenAI({
    apiKey: "none",
    baseURL: "http://gateway.invalid/v1",
    maxRetries: 0,
    fetch: async () => new Response(body, { status, headers: { "content-type": contentType } }),
  });
}

function sseOf(streamed: readonly TextEvent[], replyContext = context): string {
  const encoder = openAIChat.streamEncoder(replyContext);
  return streamed
    .flatMap((event) => encoder.push(event))
    .map(({ data }) => `data: ${data}\n\n`)
    .join("");
}

const ask = { model: "fast", messages: [{ role: "user" as const, content: "Where?" }] };

const expectedCalls = [
  { id: "toolu_1", type: "function", function: { name: "weather", arguments: '{"city": "Rome"}' } },
  {
    id: "toolu_2",
    type: "function",
    function: { name: "now", arguments: "{}" },
    extra_content: { google: { thought_signature: "Z2VtaW5p" } },
  },
];

const expectedDetails = [
  {
    type: "reasoning.text",
    text: "The user wants two cities.",
    signature: "c2lnbmF0dXJl",
    format: "anthropic-messages",
    index: 0,
  },
  { type: "reasoning.encrypted", data: "c2VhbGVk", format: "anthropic-messages", index: 1 },
];

describe("the official SDK", () => {
  test("reads a whole answer", async () => {
    const body = JSON.stringify(openAIChat.encodeResult(result, context));
    const completion = await clientOf(body, "application/json").chat.completions.create(ask);
    expect(completion).toEqual({
      id: "chatcmpl-abcdefghijklmnopqrstuvwx",
      object: "chat.completion",
      created: 1_780_000_000,
      model: "some-model",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: "Looking up both. Grüße 🙂",
            refusal: null,
            reasoning_content: "The user wants two cities.",
            reasoning_details: expectedDetails,
            tool_calls: expectedCalls,
          },
          logprobs: null,
          finish_reason: "tool_calls",
        },
      ],
      usage: {
        prompt_tokens: 120,
        completion_tokens: 40,
        total_tokens: 160,
        prompt_tokens_details: { cached_tokens: 100 },
        completion_tokens_details: { reasoning_tokens: 10 },
      },
    });
  });

  test("accumulates a stream into the same answer", async () => {
    const stream = clientOf(sseOf(events), "text/event-stream").chat.completions.stream({
      ...ask,
      stream_options: { include_usage: true },
    });
    const completion = await stream.finalChatCompletion();
    expect(completion).toMatchObject({
      id: "chatcmpl-abcdefghijklmnopqrstuvwx",
      model: "some-model",
      usage: { prompt_tokens: 120, completion_tokens: 40, total_tokens: 160 },
    });
    const [choice] = completion.choices;
    expect(choice?.finish_reason).toBe("tool_calls");
    expect(choice?.message.content).toBe("Looking up both. Grüße 🙂");
    expect(choice?.message.tool_calls).toMatchObject(expectedCalls.map(({ extra_content: _extra, ...call }) => call));
  });

  test("sees every field of a stream's chunks", async () => {
    const stream = await clientOf(sseOf(events), "text/event-stream").chat.completions.create({ ...ask, stream: true });
    const deltas: Record<string, unknown>[] = [];
    for await (const chunk of stream) {
      const [choice] = chunk.choices;
      if (choice !== undefined) deltas.push({ ...choice.delta });
    }
    expect(deltas[0]).toEqual({ role: "assistant", content: "", refusal: null });
    const read = (field: string): unknown[] => deltas.flatMap((delta) => delta[field] ?? []);
    expect(read("reasoning_content").join("")).toBe("The user wants two cities.");
    expect(read("reasoning_details")).toEqual(expectedDetails);
    const signed = { extra_content: { google: { thought_signature: "Z2VtaW5p" } } };
    expect(read("tool_calls")).toContainEqual({ index: 1, function: { arguments: "" }, ...signed });
    const encoder = openAIChat.streamEncoder(context);
    const signature = { origin: "gemini", value: "Z2VtaW5p" };
    const known = [
      { type: "response-start", id: null, model: null },
      { type: "tool-call-start", index: 0, id: "c", name: "now", signature },
      { type: "tool-call-delta", index: 0, arguments: "{}" },
      { type: "tool-call-end", index: 0, signature },
    ] as const;
    const [, ...pieces] = known.flatMap((event) => encoder.push(event)).map(({ data }) => JSON.parse(data));
    expect(pieces.map(({ choices }) => choices[0].delta.tool_calls[0])).toEqual([
      { index: 0, id: "c", type: "function", function: { name: "now", arguments: "" }, ...signed },
      { index: 0, function: { arguments: "{}" } },
    ]);
  });

  test("gets a usage chunk only when it asked for one", () => {
    const asked = sseOf(events).trim().split("\n\n");
    const silent = sseOf(events, { ...context, requestBody: {} })
      .trim()
      .split("\n\n");
    expect(asked.at(-2)).toContain('"choices":[],"usage":{"prompt_tokens":120');
    expect(asked.at(-1)).toBe("data: [DONE]");
    expect(silent.length).toBe(asked.length - 1);
    expect(silent.join("")).not.toContain('"usage"');
  });

  test("reads a refusal, streamed and not", async () => {
    const refused: TextResult = {
      ...result,
      content: [{ type: "refusal", text: "I can't help with that." }],
      finishReason: "content_filter",
    };
    const body = JSON.stringify(openAIChat.encodeResult(refused, context));
    const whole = await clientOf(body, "application/json").chat.completions.create(ask);
    expect(whole.choices[0]).toMatchObject({
      message: { content: null, refusal: "I can't help with that." },
      finish_reason: "stop",
    });
    const sse = sseOf([
      { type: "response-start", id: null, model: null },
      { type: "part", index: 0, part: { type: "refusal", text: "I can't help with that." } },
      { type: "response-end", ...refused, finishReason: "content_filter" },
    ]);
    const streamed = await clientOf(sse, "text/event-stream").chat.completions.stream(ask).finalChatCompletion();
    expect(streamed.model).toBe("fast");
    expect(streamed.choices[0]).toMatchObject({
      message: { refusal: "I can't help with that." },
      finish_reason: "stop",
    });
  });

  test("raises its own error class for an error answer", async () => {
    const error = new GatewayError("rate_limited", "Too many requests", { param: "model" });
    const body = JSON.stringify(openAIChat.encodeError(error, "req_1"));
    const call = clientOf(body, "application/json", 429).chat.completions.create(ask);
    await expect(call).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    await expect(call).rejects.toMatchObject({ code: "rate_limited", type: "rate_limit_error", param: "model" });
  });

  test("raises an error for a stream that fails", async () => {
    const encoder = openAIChat.streamEncoder(context);
    const frames = [
      ...events.slice(0, 3).flatMap((event) => encoder.push(event)),
      ...openAIChat.errorFrames(new GatewayError("stream_truncated", "The stream was cut"), "req_1"),
    ];
    const sse = frames.map(({ data }) => `data: ${data}\n\n`).join("");
    const stream = await clientOf(sse, "text/event-stream").chat.completions.create({ ...ask, stream: true });
    const read = async (): Promise<void> => {
      for await (const _chunk of stream) {
        // Only the end matters.
      }
    };
    await expect(read()).rejects.toMatchObject({
      code: "stream_truncated",
      error: { code: "stream_truncated", type: "server_error", partial: true },
    });
  });
});

describe("what an answer carried comes back in the next request", () => {
  test("reasoning and signatures have their true origin", () => {
    const answer = JSON.parse(JSON.stringify(openAIChat.encodeResult(result, context)));
    const { request } = openAIChat.decodeRequest({
      model: "fast",
      messages: [
        { role: "user", content: "Where?" },
        answer.choices[0].message,
        { role: "tool", tool_call_id: "toolu_1", content: "Sunny" },
        { role: "tool", tool_call_id: "toolu_2", content: [{ type: "text", text: "12:00" }] },
      ],
    });
    expect(request.messages.slice(1)).toEqual([
      {
        role: "assistant",
        content: [
          result.content[0],
          result.content[1],
          { type: "text", text: "Looking up both. Grüße 🙂" },
          result.content[4],
          result.content[5],
        ],
      },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: "toolu_1",
            toolName: "weather",
            content: [{ type: "text", text: "Sunny" }],
          },
          { type: "tool-result", toolCallId: "toolu_2", toolName: "now", content: [{ type: "text", text: "12:00" }] },
        ],
      },
    ]);
  });

  test("a part of another dialect with text, seal and id is one part again", () => {
    const part = {
      type: "reasoning",
      text: "A summary",
      origin: "openai-responses",
      sealed: "gAAAA",
      id: "rs_1",
    } as const;
    const call = {
      type: "tool-call",
      id: "call_1",
      name: "now",
      arguments: "{}",
      signature: { origin: "some-dialect", value: "c2ln" },
    } as const;
    const answer = openAIChat.encodeResult({ ...result, content: [part, call] }, context);
    const [choice] = JSON.parse(JSON.stringify(answer)).choices;
    const { request } = openAIChat.decodeRequest({ model: "fast", messages: [choice.message] });
    expect(request.messages).toEqual([{ role: "assistant", content: [part, call] }]);
  });
});
