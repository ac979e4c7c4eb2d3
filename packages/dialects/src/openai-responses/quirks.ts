import type { ReasoningEffort, TextRequest } from "@gw/core/types";

/** How a provider or one of its models departs from the Responses format. */
export interface OpenAIResponsesQuirks {
  /** Neutral fields that are not sent, and reported as dropped. */
  readonly refusedParams?: readonly (keyof TextRequest)[];
  /** The least bound on the answer that is taken, in tokens: a smaller one is raised to it. None by default. */
  readonly minOutputTokens?: number;
  /** Efforts that the model takes; another is mapped to the nearest. All by default. */
  readonly reasoningEfforts?: readonly ReasoningEffort[];
  /** `reasoning.summary` is refused, which no recording shows: readable reasoning comes unasked, or not at all. */
  readonly refusesReasoningSummary?: boolean;
  /**
   * Whether to ask for `reasoning.encrypted_content`: always, or never because the model has none.
   * By default it is asked for when the request mentions reasoning or hands some back.
   */
  readonly sealedReasoning?: boolean;
  /** Reasoning in the history is read as plain `reasoning_text`, whoever wrote it, instead of being left out. */
  readonly plainReasoning?: boolean;
  /** Role of system messages, unless the caller chose one. `"system"` by default, which every recorded host takes. */
  readonly systemRole?: "system" | "developer";
}
