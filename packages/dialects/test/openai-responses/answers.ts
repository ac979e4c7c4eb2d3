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

/** An answer of this format's own vendor, with what only this format has. */
export const ownAnswer: TextResult = {
  id: "resp_vendor",
  model: "m",
  content: [
    { type: "reasoning", text: "", origin: "openai-responses", id: "rs_vendor", sealed: "gAAA" },
    {
      type: "text",
      text: "See here",
      providerOptions: {
        "openai-responses": {
          annotations: [{ type: "url_citation", url: "https://x", title: "X", start_index: 0, end_index: 3 }],
          message: { id: "msg_vendor", phase: "final_answer" },
        },
      },
    },
    { type: "opaque", origin: "openai-responses", value: { type: "web_search_call", id: "ws_1", status: "completed" } },
    { type: "opaque", origin: "gemini", value: { executableCode: {} } },
    { type: "refusal", text: "No more" },
    {
      type: "tool-call",
      id: "c1",
      name: "f",
      arguments: "{}",
      providerOptions: { "openai-responses": { id: "fc_vendor", namespace: "n" } },
    },
    { type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "d2F2" } },
  ],
  finishReason: "content_filter",
  rawFinishReason: "completed",
  stopSequence: null,
  usage: unknownUsage,
  providerMetadata: { "openai-responses": { service_tier: "flex" } },
};
