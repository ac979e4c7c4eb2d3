import type { TextRequest } from "@gw/core/types";

/** How one model or endpoint departs from the format. Absent fields mean by the book. */
export interface GeminiQuirks {
  /** Neutral fields that the model refuses: not sent, and reported. */
  readonly refusedParams?: readonly (keyof TextRequest)[];
  /**
   * Which of the two ways of asking for thinking the model takes. They must never be sent together; absent, a token budget
   * goes as a budget and an effort as a level.
   */
  readonly thinking?: "none" | "budget" | "level";
  /** Levels that the model takes, lowest first; all four when absent. */
  readonly thinkingLevels?: readonly ThinkingLevel[];
  /** Smallest and largest budget in tokens; a smallest above 0 means that thinking cannot be switched off. */
  readonly thinkingBudget?: { readonly min: number; readonly max: number };
  /** The model refuses a step whose first call has no thought signature, so calls from elsewhere get the bypass mark. */
  readonly requireSignatures?: boolean;
  /** `json` (the default): schemas go as JSON Schema; `openapi`: only as the format's older OpenAPI subset. */
  readonly schemaField?: "json" | "openapi";
  /** False where a response schema and functions exclude each other: the schema is left out, and reported. True when absent. */
  readonly structuredOutputWithTools?: boolean;
  /** The endpoint takes ids on calls and results. False when absent: results are matched by order and name. */
  readonly functionCallIds?: boolean;
  /** `nested` (the default): media of a tool result go inside its `functionResponse`; `beside`: as parts after the results. */
  readonly resultMedia?: "nested" | "beside";
}

/** A degree of thinking, as recorded requests write it. */
export type ThinkingLevel = "minimal" | "low" | "medium" | "high";
