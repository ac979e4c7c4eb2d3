import type { AssistantPart, DialectId } from "./content.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { Usage } from "./usage.ts";

/**
 * Why an answer ended.
 *
 * - `stop`: the model was done; `stop_sequence`: it wrote one of the caller's stop sequences
 * - `length`: the output bound was reached; `context_full`: the context window was
 * - `tool_calls`: it waits for tool results
 * - `content_filter`: it or a filter declined
 * - `pause`: the vendor wants the turn sent back to go on
 * - `error`: the vendor says that it failed while answering
 */
export type FinishReason =
  | "stop"
  | "stop_sequence"
  | "length"
  | "context_full"
  | "tool_calls"
  | "content_filter"
  | "pause"
  | "error";

/** How an answer ended: what `TextResult` and the last event of a stream share. */
export interface TextEnding {
  readonly finishReason: FinishReason;
  /** The vendor's own word for it. */
  readonly rawFinishReason: string | null;
  /** The sequence that was met, where the vendor tells. */
  readonly stopSequence: string | null;
  readonly usage: Usage;
  /** Top-level fields of the answer that only one dialect knows, by dialect id. */
  readonly providerMetadata?: Readonly<Record<DialectId, Readonly<Record<string, JsonValue>>>>;
}

/** A whole answer. */
export interface TextResult extends TextEnding {
  /** The vendor's id of this answer. */
  readonly id: string | null;
  /** The model that says it answered. */
  readonly model: string | null;
  readonly content: readonly AssistantPart[];
  /** Log probabilities in the form of OpenAI chat's `choices[].logprobs`, where the vendor gave them. */
  readonly logprobs?: JsonObject;
}
