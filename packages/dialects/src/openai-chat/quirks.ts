import type { ReasoningEffort, TextRequest } from "@gw/core/types";

/** How a server departs from the chat completions format. Everything absent is by the book. */
export interface OpenAIChatQuirks {
  /** Neutral parameters that the model answers with an error; they are not sent and reported as dropped. */
  readonly refusedParams?: readonly (keyof TextRequest)[];
  /** The field that bounds the answer. Older servers only know `max_tokens`, newer models refuse it. */
  readonly maxTokensField?: "max_completion_tokens" | "max_tokens";
  /** How many stop sequences are taken; as many as there are by default. */
  readonly maxStopSequences?: number;
  /** The role that instructions go under. */
  readonly systemRole?: "system" | "developer";
  /** Whether `stream_options.include_usage` is understood; `true` by default. */
  readonly streamUsage?: boolean;
  /** Whether `top_k` is understood, which the format itself does not have. */
  readonly topK?: boolean;
  /** Whether `cache_control` is understood on content parts, on tools and at the top level. */
  readonly cacheControl?: boolean;
  /** Efforts that the model knows; the nearest one is sent in place of another. Every effort by default. */
  readonly reasoningEfforts?: readonly ReasoningEffort[];
  /**
   * How thinking is controlled: `reasoning_effort`, or an object `reasoning` of `effort`, `max_tokens` and `exclude`.
   */
  readonly reasoningControl?: "reasoning_effort" | "reasoning";
  /**
   * Where the reasoning of earlier turns goes back. In the two plain-text fields the readable reasoning of any dialect
   * is sent, as servers that have them refuse tool turns without; `reasoning_details` only takes what it gave itself.
   */
  readonly reasoningInput?: "none" | "reasoning_content" | "reasoning" | "reasoning_details";
  /** What `response_format` can say. With `json_object` the schema becomes an instruction. */
  readonly structuredOutput?: "json_schema" | "json_object" | "none";
  /** What a tool call's id must look like; other ids are rewritten, alike in calls and results. */
  readonly toolCallIds?: "any" | "alphanumeric-9";
}
