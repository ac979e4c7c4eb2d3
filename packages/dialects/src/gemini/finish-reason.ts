import type { FinishReason } from "@gw/core/types";

/**
 * The words that the vendor is known to use.
 *
 * @see facts of 2026-11-20, section 0.4; `CONTINUATION` and `MALFORMED_RESPONSE` from @google/genai 3.1.0
 */
const meanings: Readonly<Record<string, FinishReason>> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  CONTINUATION: "length",
  SAFETY: "content_filter",
  RECITATION: "content_filter",
  LANGUAGE: "content_filter",
  BLOCKLIST: "content_filter",
  PROHIBITED_CONTENT: "content_filter",
  SPII: "content_filter",
  IMAGE_SAFETY: "content_filter",
  IMAGE_PROHIBITED_CONTENT: "content_filter",
  IMAGE_RECITATION: "content_filter",
  MODEL_ARMOR: "content_filter",
};

/** What a finish reason means. The vendor says `STOP` for tool calls too; a word not known counts as a failure. */
export function decodeFinishReason(word: string, hasToolCalls: boolean): FinishReason {
  const meaning = meanings[word] ?? "error";
  return meaning === "stop" && hasToolCalls ? "tool_calls" : meaning;
}

const words: Readonly<Record<FinishReason, string>> = {
  stop: "STOP",
  stop_sequence: "STOP",
  tool_calls: "STOP",
  length: "MAX_TOKENS",
  context_full: "MAX_TOKENS",
  content_filter: "SAFETY",
  pause: "OTHER",
  error: "OTHER",
};

/** The vendor's own word where the answer came with one of the same meaning, else the nearest. */
export function encodeFinishReason(reason: FinishReason, raw: string | null): string {
  const nearest = words[reason];
  if (raw === null || meanings[raw] === undefined) return nearest;
  return meanings[raw] === meanings[nearest] ? raw : nearest;
}
