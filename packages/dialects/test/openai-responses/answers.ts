import { type TextResult, unknownUsage } from "@gw/core";
import type { ReplyContext } from "../../src/text-dialect.ts";

export const context: ReplyContext = {
  id: "0123456789abcdefghijklmn",
  createdAtMs: 1_795_000_000_123,
  model: "anthropic/claude-opus-4-6",
  requestBody: {
    model: "anthropic/claude-opus-4-6",
    input: "What is the weather in Paris and Rome?",
    instructions: "Be brief.",
    max_output_tokens: 400,
    metadata: { team: "t1" },
    tools: [{ type: "function", name: "weather", parameters: { type: "object", properties: {} }, strict: false }],
  },
};

/** An answer of another vendor with all that an answer can have. */
export const foreignAnswer: TextResult = {
  id: "msg_01",
  model: "claude-opus-4-6",
  content: [
    { type: "reasoning", text: "Two cities.", origin: "anthropic-messages", signature: "c2ln" },
    { type: "text", text: "I look both up." },
    {
      type: "tool-call",
      id: "toolu_1",
      name: "weather",
      arguments: '{"city": "Paris"}',
      signature: { origin: "gemini", value: "dGhvdWdodA==" },
    },
    { type: "tool-call", id: "toolu_2", name: "weather", arguments: "{}" },
    { type: "image", source: { type: "base64", mediaType: "image/png", data: "aW1n" } },
  ],
  finishReason: "tool_calls",
  rawFinishReason: "tool_use",
  stopSequence: null,
  usage: { ...unknownUsage, inputTokens: 21, cacheReadTokens: 8, outputTokens: 34, reasoningTokens: 5 },
};
