import type { AssistantPart, FinishReason } from "@gw/core/types";

const words: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  eos: "stop",
  length: "length",
  model_length: "length",
  max_tokens: "length",
  model_context_window_exceeded: "context_full",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  content_filter: "content_filter",
  error: "error",
  insufficient_system_resource: "error",
};

/** What an answer held that its finish reason may be silent about. */
export interface AnswerTraits {
  readonly toolCalls: boolean;
  readonly refusal: boolean;
  /** The stop sequence that the server says was met. */
  readonly stopSequence: string | null;
}

/**
 * The neutral finish reason. `stop` becomes `tool_calls`, `content_filter` or `stop_sequence` where the answer says so, since
 * servers write `stop` for all of them; a word that nobody knows counts as `stop`.
 */
export function decodeFinishReason(word: string | null, traits: AnswerTraits): FinishReason {
  const known = (word !== null && words[word]) || "stop";
  if (known !== "stop") return known;
  if (traits.toolCalls) return "tool_calls";
  if (traits.refusal) return "content_filter";
  return traits.stopSequence === null ? "stop" : "stop_sequence";
}

/** The format's word. A refusal ends with `stop`, as the format has it. */
export function encodeFinishReason(reason: FinishReason, refusal: boolean): string {
  switch (reason) {
    case "length":
    case "context_full":
      return "length";
    case "tool_calls":
    case "error":
      return reason;
    case "content_filter":
      return refusal ? "stop" : reason;
    default:
      return "stop";
  }
}

/** The traits of a finished list of parts. A tool call of a kind that only this format knows is opaque. */
export function traitsOf(parts: readonly AssistantPart[], stopSequence: string | null): AnswerTraits {
  return {
    toolCalls: parts.some(
      (part) =>
        part.type === "tool-call" ||
        (part.type === "opaque" && typeof part.value === "object" && part.value !== null && "tool_call" in part.value),
    ),
    refusal: parts.some((part) => part.type === "refusal"),
    stopSequence,
  };
}
