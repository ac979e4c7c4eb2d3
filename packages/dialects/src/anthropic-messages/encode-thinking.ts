import type { JsonObject, ReasoningEffort, ReasoningOptions } from "@gw/core/types";
import type { NoteList } from "../note-list.ts";
import { effortOfBudget, nearestEffort } from "../reasoning-effort.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";

/** @see @anthropic-ai/sdk 1.10 `ThinkingConfigEnabled`: at least 1024, and less than `max_tokens` */
const leastBudget = 1_024;

/** Thinking tokens for an effort on models that only know budgets. The numbers are this project's choice. */
const budgets: Readonly<Record<Exclude<ReasoningEffort, "none">, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_000,
};

/** What stands around the thinking of a request. */
export interface ThinkingContext {
  readonly reasoning: ReasoningOptions | undefined;
  readonly maxOutputTokens: number | undefined;
  /** The tool choice leaves the model no choice. */
  readonly forcedTool: boolean;
  readonly unthinkingToolTurn: boolean;
}

/** How a request asks for thinking. */
export interface ThinkingPlan {
  readonly thinking?: JsonObject;
  readonly effort?: string;
  /** `max_tokens`, which thinking counts into. */
  readonly maxTokens: number;
  /** Whether the model will think, so that sampling is restricted. */
  readonly on: boolean;
}

/**
 * Says what a caller wants thought in the way that the model takes it.
 *
 * The caller's bound on output is kept: a budget that does not fit under it shrinks to half of it. Without a bound the budget
 * comes on top of the default.
 */
export function planThinking(
  context: ThinkingContext,
  quirks: Required<AnthropicMessagesQuirks>,
  notes: NoteList,
): ThinkingPlan {
  const { reasoning } = context;
  const bound = boundOf(context.maxOutputTokens, quirks, notes);
  const idle = { maxTokens: bound ?? atMost(quirks.defaultMaxOutputTokens, quirks), on: false };
  if (reasoning === undefined) return idle;
  const { effort, budgetTokens } = reasoning;
  const level = effortLevel(reasoning, quirks, notes);
  const effortField = level === undefined ? {} : { effort: level };
  if (effort === undefined && budgetTokens === undefined) {
    notes.dropped("reasoning", "thinking is not switched on");
    return idle;
  }
  const off = () => ({ thinking: { type: "disabled" }, ...idleEffort(level, quirks, notes), ...idle });
  if (budgetTokens === 0 || (budgetTokens === undefined && effort === "none")) {
    return quirks.thinking === "none" ? { ...idle, ...effortField } : off();
  }
  if (quirks.thinking === "none") {
    if (level === undefined) notes.dropped("reasoning", "the model does not think");
    return { ...idle, ...effortField };
  }
  if (context.forcedTool && quirks.forcedToolChoice === "without-thinking") {
    notes.dropped("reasoning", "the model does not think when a tool is forced");
    return off();
  }
  const display = displayOf(reasoning, notes);
  if (quirks.thinking === "adaptive") {
    return { thinking: { type: "adaptive", ...display }, ...effortField, maxTokens: idle.maxTokens, on: true };
  }
  if (context.unthinkingToolTurn) {
    notes.dropped("reasoning", "the tool turn under way began without it");
    return off();
  }
  const plan = planBudget(reasoning, bound, quirks);
  if (plan === null) {
    notes.dropped("reasoning", "the output bound leaves no room for it");
    return off();
  }
  const { budget, maxTokens } = plan;
  // An effort that was sent as such is honoured, whatever the budget beside it.
  if (budget !== budgetTokens && (level === undefined || typeof budgetTokens === "number")) {
    notes.mapped("reasoning", `a budget of ${budget} tokens`);
  }
  return { thinking: { type: "enabled", budget_tokens: budget, ...display }, ...effortField, maxTokens, on: true };
}

/** A budget that fits under `max_tokens`, or `null` where none does. */
function planBudget(
  { effort, budgetTokens }: ReasoningOptions,
  bound: number | undefined,
  quirks: Required<AnthropicMessagesQuirks>,
): { readonly budget: number; readonly maxTokens: number } | null {
  const explicit = typeof budgetTokens === "number";
  const wanted = explicit ? Math.max(budgetTokens, leastBudget) : budgetOfEffort(effort);
  const ample = quirks.defaultMaxOutputTokens + wanted;
  const maxTokens = bound ?? atMost(ample, quirks);
  const fits = wanted < maxTokens && (explicit || (bound === undefined && maxTokens === ample));
  const budget = fits ? wanted : Math.min(wanted, Math.max(leastBudget, Math.floor(maxTokens / 2)));
  return budget < maxTokens ? { budget, maxTokens } : null;
}

function budgetOfEffort(effort: ReasoningEffort | undefined): number {
  return budgets[effort === undefined || effort === "none" ? "medium" : effort];
}

/** The level of `output_config.effort`, where the model knows the field. */
function effortLevel(
  reasoning: ReasoningOptions,
  quirks: Required<AnthropicMessagesQuirks>,
  notes: NoteList,
): ReasoningEffort | undefined {
  const { effort, budgetTokens } = reasoning;
  const fromBudget = effort === undefined && quirks.thinking === "adaptive" && typeof budgetTokens === "number";
  const wanted = fromBudget ? effortOfBudget(budgetTokens) : effort;
  if (wanted === undefined || wanted === "none") return undefined;
  if (quirks.efforts === null || quirks.efforts.length === 0) {
    if (quirks.thinking === "adaptive") notes.mapped("reasoning", "adaptive thinking");
    return undefined;
  }
  const level = nearestEffort(wanted, quirks.efforts);
  if (level !== effort) notes.mapped("reasoning", `effort ${level}`);
  return level;
}

/** The level of a request that is not to think. @see `effortsWithoutThinking` */
function idleEffort(
  level: ReasoningEffort | undefined,
  { effortsWithoutThinking }: Required<AnthropicMessagesQuirks>,
  notes: NoteList,
): { readonly effort?: ReasoningEffort } {
  if (level === undefined) return {};
  const effort = effortsWithoutThinking === null ? level : nearestEffort(level, effortsWithoutThinking);
  if (effort !== level) notes.mapped("reasoning", `effort ${effort}, the most without thinking`);
  return { effort };
}

/** Whether thinking is shown; how long a summary is cannot be said. */
function displayOf(reasoning: ReasoningOptions, notes: NoteList): { readonly display?: string } {
  const { includeText, summary } = reasoning;
  if (summary === "concise" || summary === "detailed") notes.mapped("reasoning.summary", "a summary of any length");
  const shown = includeText ?? (summary === undefined ? undefined : true);
  return shown === undefined ? {} : { display: shown ? "summarized" : "omitted" };
}

function boundOf(
  given: number | undefined,
  quirks: Required<AnthropicMessagesQuirks>,
  notes: NoteList,
): number | undefined {
  if (given === undefined) return undefined;
  const bound = atMost(given, quirks);
  if (bound < given) notes.mapped("maxOutputTokens", `${bound}, the most the model gives`);
  return bound;
}

function atMost(tokens: number, quirks: Required<AnthropicMessagesQuirks>): number {
  return quirks.maxOutputTokens === null ? tokens : Math.min(tokens, quirks.maxOutputTokens);
}
