import type { TextRequest } from "@gw/core/types";

/** The levels that `output_config.effort` knows, weakest first. @see @anthropic-ai/sdk 1.10 `OutputConfig` */
export const effortLevels = ["low", "medium", "high", "xhigh", "max"] as const;
export type EffortLevel = (typeof effortLevels)[number];

/**
 * How one model departs from the rest of those that speak this format. Every field has a default, which is what an older
 * model with extended thinking takes.
 */
export interface AnthropicMessagesQuirks {
  /** Neutral fields that the model answers with an error: not sent, and reported as dropped. */
  readonly refusedParams?: readonly (keyof TextRequest)[];
  /** `max_tokens` of a request that gives no bound, in tokens: the format requires the field. 4096 by default. */
  readonly defaultMaxOutputTokens?: number;
  /** The most that `max_tokens` may be, in tokens; `null` (the default) where no bound is known. */
  readonly maxOutputTokens?: number | null;
  /**
   * How thinking is switched on: `budget` (the default) by `thinking: {type: "enabled", budget_tokens}`, `adaptive` by
   * `{type: "adaptive"}`, `none` where the model does not think.
   */
  readonly thinking?: "none" | "budget" | "adaptive";
  /** Levels that `output_config.effort` takes; `null` (the default) where the model refuses the field. */
  readonly efforts?: readonly EffortLevel[] | null;
  /** Levels that it takes while thinking is disabled; `null` (the default) where they are the same. */
  readonly effortsWithoutThinking?: readonly EffortLevel[] | null;
  /** Whether a `tool_choice` of `any` or `tool` is taken. `without-thinking` by default. */
  readonly forcedToolChoice?: "always" | "without-thinking" | "never";
  /** How a JSON schema is honoured: in `output_config.format` (the default), through a tool that stands for it, or not. */
  readonly structuredOutput?: "output_config" | "tool" | "none";
  /** Whether tools may be `strict`. True by default. */
  readonly strictTools?: boolean;
  /** Whether the conversation may end with the beginning of the answer. True by default. */
  readonly assistantPrefill?: boolean;
  /** Whether `messages` may hold the role `system`. False by default: such instructions then go as the user's text. */
  readonly midConversationSystem?: boolean;
  /**
   * The model takes `temperature` or `top_p`, not both: `top_p` gives way. False by default.
   * @see BerriAI/litellm#15097 of 2025-10-01, anomalyco/opencode#28930 of 2026-05-23: 400 from Opus 4.1 and the 4.5 and 4.6
   * models on
   */
  readonly temperatureOrTopP?: boolean;
  /** How many cache breakpoints a request may hold. 4 by default. */
  readonly maxCacheMarks?: number;
}

const byTheBook: Required<AnthropicMessagesQuirks> = {
  refusedParams: [],
  defaultMaxOutputTokens: 4096,
  maxOutputTokens: null,
  thinking: "budget",
  efforts: null,
  effortsWithoutThinking: null,
  forcedToolChoice: "without-thinking",
  structuredOutput: "output_config",
  strictTools: true,
  assistantPrefill: true,
  midConversationSystem: false,
  temperatureOrTopP: false,
  maxCacheMarks: 4,
};

/** The quirks with every default filled in. */
export function completeQuirks(quirks: AnthropicMessagesQuirks = {}): Required<AnthropicMessagesQuirks> {
  return { ...byTheBook, ...quirks };
}
