import type { Capabilities, DialectId, EmbedCapabilities, TextCapabilities } from "@gw/core/types";

/** What several providers can do together: whatever one of them can. Only text and embeddings, as yet. */
export function mergeCapabilities(all: readonly Capabilities[]): Capabilities {
  const text = all.flatMap((one) => one.text ?? []);
  const embed = all.flatMap((one) => one.embed ?? []);
  return {
    ...(text.length > 0 && { text: text.reduce(mergeText) }),
    ...(embed.length > 0 && { embed: embed.reduce(mergeEmbed) }),
  };
}

function mergeText(one: TextCapabilities, other: TextCapabilities): TextCapabilities {
  return {
    nativeDialects: union(one.nativeDialects, other.nativeDialects),
    streaming: one.streaming || other.streaming,
    tools: one.tools || other.tools,
    parallelTools: one.parallelTools || other.parallelTools,
    forcedTool: one.forcedTool || other.forcedTool,
    structuredOutput: one.structuredOutput || other.structuredOutput,
    reasoning: one.reasoning || other.reasoning,
    imageInput: one.imageInput || other.imageInput,
    documentInput: one.documentInput || other.documentInput,
    audioInput: one.audioInput || other.audioInput,
    videoInput: one.videoInput || other.videoInput,
    usageInStream: one.usageInStream || other.usageInStream,
    countTokens: one.countTokens || other.countTokens,
  };
}

function mergeEmbed(one: EmbedCapabilities, other: EmbedCapabilities): EmbedCapabilities {
  return {
    nativeDialects: union(one.nativeDialects, other.nativeDialects),
    // Any of them may have to take the call.
    maxInputs:
      one.maxInputs === null || other.maxInputs === null
        ? (one.maxInputs ?? other.maxInputs)
        : Math.min(one.maxInputs, other.maxInputs),
    dimensions: one.dimensions || other.dimensions,
  };
}

/** Both, each once, in the order of their first mention. */
export function union(one: readonly DialectId[], other: readonly DialectId[]): readonly DialectId[] {
  return [...new Set([...one, ...other])];
}
