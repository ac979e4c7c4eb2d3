import { type FinishReason, isJsonObject, type JsonObject, type JsonValue } from "@gw/core";

/**
 * The words that the vendor is known to use.
 *
 * @see `FinishReason` and, for `MODEL_ARMOR`, `BlockedReason` in @google/genai 3.1.0
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

// By number, where a client asked for enums as numbers (recorded 2026). From 6 on the vendor's two services disagree.
const numbered = [null, "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER"] as const;

/** The word in a `finishReason` field, `null` for none. */
export function readFinishReason(value: JsonValue | undefined): string | null {
  if (typeof value === "number") return value === 0 ? null : (numbered[value] ?? String(value));
  return typeof value === "string" && value !== "" ? value : null;
}

/** Why the prompt of a reply was blocked, `null` where it was not. */
export function readBlockReason({ promptFeedback }: JsonObject): string | null {
  const reason = isJsonObject(promptFeedback) ? promptFeedback.blockReason : undefined;
  return typeof reason === "string" || typeof reason === "number" ? String(reason) : null;
}

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
