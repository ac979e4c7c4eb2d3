import { GatewayError, type Usage, unknownUsage } from "@gw/core";
import { describe, expect, it } from "vitest";
import { anthropicMessages, gemini, openAIChat, openAIResponses } from "../src/index.ts";

const error = new GatewayError("stream_truncated", "It was cut");
const counted: Usage = { ...unknownUsage, inputTokens: 20, cacheReadTokens: 5, outputTokens: 3, reasoningTokens: 2 };

function lastEvent(dialect: Pick<typeof openAIChat, "errorFrames">, usage?: Usage) {
  const frames = dialect.errorFrames(error, "req_1", usage);
  expect(frames).toHaveLength(1);
  return JSON.parse(frames[0]?.data ?? "");
}

describe.each([
  [
    "OpenAI chat",
    openAIChat,
    "usage",
    {
      prompt_tokens: 20,
      completion_tokens: 3,
      total_tokens: 23,
      prompt_tokens_details: { cached_tokens: 5 },
      completion_tokens_details: { reasoning_tokens: 2 },
    },
  ],
  [
    "OpenAI Responses",
    openAIResponses,
    "usage",
    {
      input_tokens: 20,
      input_tokens_details: { cached_tokens: 5, cache_write_tokens: 0 },
      output_tokens: 3,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 23,
    },
  ],
  [
    "Anthropic",
    anthropicMessages,
    "usage",
    expect.objectContaining({ input_tokens: 15, cache_read_input_tokens: 5, output_tokens: 3 }),
  ],
  [
    "Gemini",
    gemini,
    "usageMetadata",
    {
      promptTokenCount: 20,
      cachedContentTokenCount: 5,
      candidatesTokenCount: 1,
      thoughtsTokenCount: 2,
      totalTokenCount: 23,
    },
  ],
] as const)("the last event of a stream that failed, in the form of %s,", (_name, dialect, field, expected) => {
  it("says what was counted until then", () => {
    const event = lastEvent(dialect, counted);
    expect(event.error).toMatchObject({ partial: true });
    expect(event[field]).toEqual(expected);
  });

  it("says nothing of counts that are not known", () => {
    for (const usage of [undefined, unknownUsage]) {
      const event = lastEvent(dialect, usage);
      expect(event.error).toMatchObject({ partial: true });
      expect(event).not.toHaveProperty(field);
    }
  });
});
