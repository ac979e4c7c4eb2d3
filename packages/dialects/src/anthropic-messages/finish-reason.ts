import type { FinishReason } from "@gw/core/types";

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop_sequence",
  max_tokens: "length",
  tool_use: "tool_calls",
  pause_turn: "pause",
  refusal: "content_filter",
  model_context_window_exceeded: "context_full",
  error: "error",
};

const words: Readonly<Record<FinishReason, string>> = {
  stop: "end_turn",
  stop_sequence: "stop_sequence",
  length: "max_tokens",
  tool_calls: "tool_use",
  pause: "pause_turn",
  content_filter: "refusal",
  context_full: "model_context_window_exceeded",
  // Not a word of the format, which has none for it. Any known word would tell the caller that the answer is whole.
  error: "error",
};

/**
 * What a `stop_reason` means. A word that is not known counts as a normal end.
 *
 * @param hasToolCalls the answer holds calls that the caller has to run
 */
export function finishReasonOf(stopReason: string, hasToolCalls: boolean): FinishReason {
  const reason = Object.hasOwn(reasons, stopReason) ? (reasons[stopReason] as FinishReason) : "stop";
  return reason === "stop" && hasToolCalls ? "tool_calls" : reason;
}

/** The `stop_reason` for a finish reason. */
export function stopReasonOf(reason: FinishReason): string {
  return words[reason];
}
