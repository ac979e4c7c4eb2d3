import type { JsonObject } from "@gw/core";
import { describe, expect, test } from "vitest";
import { openAIChat } from "../../src/openai-chat/openai-chat.ts";
import { chunk, fold, stop } from "./wire-chunks.ts";

describe("usage", () => {
  const cases: readonly (readonly [string, JsonObject, object])[] = [
    [
      "by the book",
      {
        prompt_tokens: 100,
        completion_tokens: 50,
        total_tokens: 150,
        prompt_tokens_details: { cached_tokens: 60, audio_tokens: 5 },
        completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 0 },
      },
      { inputTokens: 100, cacheReadTokens: 60, inputAudioTokens: 5, outputTokens: 50, reasoningTokens: 20 },
    ],
    [
      "reasoning beside the completion",
      {
        prompt_tokens: 361,
        completion_tokens: 26,
        total_tokens: 480,
        completion_tokens_details: { reasoning_tokens: 93 },
      },
      { inputTokens: 361, outputTokens: 119, reasoningTokens: 93, cacheReadTokens: null },
    ],
    [
      "reasoning beside a total that leaves it out",
      { prompt_tokens: 33, completion_tokens: 7_163, total_tokens: 7_196, reasoning_tokens: 73_997 },
      { inputTokens: 33, outputTokens: 81_160, reasoningTokens: 73_997 },
    ],
    [
      "audio beside the prompt",
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 390, prompt_tokens_details: { audio_tokens: 375 } },
      { inputTokens: 385, inputAudioTokens: 375, outputTokens: 5 },
    ],
    [
      "audio beside the prompt, reasoning inside the completion",
      {
        prompt_tokens: 10,
        completion_tokens: 50,
        total_tokens: 435,
        prompt_tokens_details: { audio_tokens: 375 },
        completion_tokens_details: { reasoning_tokens: 20 },
      },
      { inputTokens: 385, outputTokens: 50, reasoningTokens: 20 },
    ],
    [
      "cached beside the prompt",
      { prompt_tokens: 7, completion_tokens: 1, total_tokens: 8, prompt_tokens_details: { cached_tokens: 163 } },
      { inputTokens: 170, cacheReadTokens: 163, outputTokens: 1 },
    ],
    [
      "cached beside the prompt, and in the total",
      { prompt_tokens: 100, completion_tokens: 5, total_tokens: 155, prompt_tokens_details: { cached_tokens: 50 } },
      { inputTokens: 150, cacheReadTokens: 50, outputTokens: 5 },
    ],
    [
      "cached beside the prompt, reasoning beside the completion",
      {
        prompt_tokens: 100,
        completion_tokens: 5,
        total_tokens: 162,
        prompt_tokens_details: { cached_tokens: 50 },
        completion_tokens_details: { reasoning_tokens: 7 },
      },
      { inputTokens: 150, outputTokens: 12 },
    ],
    [
      "audio beside the prompt, reasoning beside the completion",
      {
        prompt_tokens: 100,
        completion_tokens: 5,
        total_tokens: 162,
        prompt_tokens_details: { audio_tokens: 50 },
        completion_tokens_details: { reasoning_tokens: 7 },
      },
      { inputTokens: 150, outputTokens: 12 },
    ],
    [
      "thoughts hidden in the total",
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 90 },
      { inputTokens: 10, outputTokens: 80, reasoningTokens: null },
    ],
    [
      "hits and misses",
      {
        prompt_tokens: 300,
        completion_tokens: 7,
        total_tokens: 307,
        prompt_cache_hit_tokens: 256,
        prompt_cache_miss_tokens: 44,
      },
      { inputTokens: 300, cacheReadTokens: 256, outputTokens: 7 },
    ],
    [
      "cached at the top, written in the details, searches billed",
      {
        prompt_tokens: 30,
        completion_tokens: 12,
        total_tokens: 42,
        cached_tokens: 10,
        prompt_tokens_details: { cache_creation_input_tokens: 20 },
        server_tool_use_details: { web_search_requests: 3 },
      },
      { inputTokens: 30, cacheReadTokens: 10, cacheWriteTokens: 20, outputTokens: 12, webSearches: 3 },
    ],
    [
      "nothing but nonsense",
      { prompt_tokens: "12", completion_tokens: null, prompt_tokens_details: null },
      { inputTokens: null, outputTokens: null, cacheReadTokens: null, reasoningTokens: null },
    ],
  ];

  test.each(cases)("%s", (_name, usage, expected) => {
    const body = { choices: [{ index: 0, message: { content: "a" }, finish_reason: "stop" }], usage };
    expect(openAIChat.decodeResult(body).usage).toMatchObject({ ...expected, raw: usage });
  });

  test("in a stream the last count holds, and is never added", () => {
    const counted = (completion: number): JsonObject => ({
      prompt_tokens: 8,
      completion_tokens: completion,
      total_tokens: 8 + completion,
    });
    const frames = [
      { data: JSON.stringify({ id: "1", choices: [{ index: 0, delta: { content: "a" } }], usage: counted(1) }) },
      {
        data: JSON.stringify({
          id: "1",
          choices: [{ index: 0, delta: {}, finish_reason: "stop" }],
          x_groq: { usage: counted(3) },
        }),
      },
      { data: JSON.stringify({ id: "1", choices: [], usage: counted(3), x_groq: { usage: counted(3) } }) },
      {
        data: JSON.stringify({
          id: "1",
          choices: [],
          usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
        }),
      },
    ];
    expect(fold(frames).usage).toMatchObject({ inputTokens: 8, outputTokens: 3 });
  });

  test("a caller never gets a made-up count", () => {
    const { usage: _usage, ...ending } = fold([chunk({ content: "a" }), stop]);
    const nothing = openAIChat.decodeResult({ choices: [{ message: { content: "" } }] }).usage;
    const context = { id: "a", createdAtMs: 0, model: "m", requestBody: { stream_options: { include_usage: true } } };
    expect(openAIChat.encodeResult({ ...ending, usage: nothing }, context)).not.toHaveProperty("usage");
  });
});
