import type { Capabilities } from "@gw/core/types";

/**
 * What OpenAI can do with text and embeddings.
 * @see `ChatCompletionCreateParams`, `ResponseCreateParams`, `InputTokenCountParams`, `EmbeddingCreateParams` in openai SDK 7.55
 */
export const capabilities: Capabilities = {
  text: {
    nativeDialects: ["openai-responses", "openai-chat"],
    streaming: true,
    tools: true,
    parallelTools: true,
    forcedTool: true,
    structuredOutput: true,
    reasoning: true,
    imageInput: true,
    documentInput: true,
    audioInput: true,
    videoInput: false,
    usageInStream: true,
    countTokens: true,
  },
  embed: { nativeDialects: ["openai-embeddings"], maxInputs: 2_048, dimensions: true },
};
