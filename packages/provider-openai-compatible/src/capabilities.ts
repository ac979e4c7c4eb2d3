import type { Capabilities, DialectId } from "@gw/core/types";

/**
 * What servers of this kind can do between them. Which of it one server or model can, only its owner knows: nothing is refused
 * here on a guess, and what is refused there comes back as the server's own error.
 */
export function capabilities(nativeDialects: readonly DialectId[]): Capabilities {
  return {
    text: {
      nativeDialects,
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
      countTokens: false,
    },
    embed: { nativeDialects: ["openai-embeddings"], maxInputs: null, dimensions: true },
  };
}
