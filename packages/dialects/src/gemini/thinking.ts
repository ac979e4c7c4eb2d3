import type { JsonObject, JsonValue, ParamNote, ReasoningEffort, ReasoningOptions } from "@gw/core/types";
import { dropped, mapped } from "../option-notes.ts";
import { readBoolean, readEnum, readInteger, readObject } from "../read-json.ts";
import { effortOfBudget, nearestEffort } from "../reasoning-effort.ts";
import type { GeminiQuirks, ThinkingLevel } from "./quirks.ts";
import { splitFields } from "./wire-fields.ts";

const levels: readonly ThinkingLevel[] = ["minimal", "low", "medium", "high"];

/**
 * Reads `thinkingConfig`; unknown fields of it stay in `rest`.
 *
 * @throws {GatewayError} `invalid_request`
 */
export function decodeThinking(
  value: JsonValue | undefined,
  path: string,
): { readonly reasoning?: ReasoningOptions; readonly rest?: JsonObject } {
  const config = readObject(value, path);
  if (config === undefined) return {};
  const { known, rest } = splitFields(config, ["thinkingBudget", "thinkingLevel", "includeThoughts"]);
  const budget = readInteger(known.thinkingBudget, `${path}.thinkingBudget`);
  const word = typeof known.thinkingLevel === "string" ? known.thinkingLevel.toLowerCase() : known.thinkingLevel;
  const level = word === "thinking_level_unspecified" ? undefined : readEnum(word, `${path}.thinkingLevel`, levels);
  const includeText = readBoolean(known.includeThoughts, `${path}.includeThoughts`);
  const reasoning: ReasoningOptions = {
    ...(level !== undefined && { effort: level }),
    ...(budget !== undefined && { budgetTokens: budget === -1 ? ("dynamic" as const) : budget }),
    ...(includeText !== undefined && { includeText }),
  };
  return {
    ...(Object.keys(reasoning).length > 0 && { reasoning }),
    ...(Object.keys(rest).length > 0 && { rest }),
  };
}

/** `thinkingConfig` for what was asked, in the way that the model takes it. */
export function encodeThinking(
  reasoning: ReasoningOptions,
  quirks: GeminiQuirks,
): { readonly config: JsonObject; readonly notes: readonly ParamNote[] } {
  const { effort, budgetTokens, includeText, summary } = reasoning;
  const includeThoughts = includeText ?? (summary === undefined ? undefined : true);
  const visible = includeThoughts === undefined ? {} : { includeThoughts };
  const asked = effort !== undefined || budgetTokens !== undefined;
  const kind = quirks.thinking ?? (budgetTokens !== undefined ? "budget" : "level");
  if (kind === "none") {
    const off = (effort ?? "none") === "none" && (budgetTokens ?? 0) === 0;
    const noted = (asked && !off) || includeThoughts === true;
    return { config: {}, notes: noted ? [dropped("reasoning", "the model does not think")] : [] };
  }
  const notes: ParamNote[] = [];
  if (summary === "concise" || summary === "detailed")
    notes.push(mapped("reasoning.summary", "summaries have one length"));
  if (!asked) return { config: visible, notes };
  const amount = kind === "budget" ? asBudget(reasoning, quirks, notes) : asLevel(reasoning, quirks, notes);
  return { config: { ...amount, ...visible }, notes };
}

/** What the vendor itself takes an effort for where it speaks of efforts (its OpenAI-compatible endpoint, documented 2025). */
const budgetOfEffort: Readonly<Record<ReasoningEffort, number>> = {
  none: 0,
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};

function asBudget({ effort, budgetTokens }: ReasoningOptions, quirks: GeminiQuirks, notes: ParamNote[]): JsonObject {
  if (budgetTokens === "dynamic") return { thinkingBudget: -1 };
  const wanted = budgetTokens ?? budgetOfEffort[effort ?? "medium"];
  const { min, max } = quirks.thinkingBudget ?? { min: 0, max: Number.POSITIVE_INFINITY };
  const budget = Math.min(Math.max(wanted, min), max);
  if (budgetTokens === undefined && (effort !== "none" || budget !== 0))
    notes.push(mapped("reasoning.effort", `a budget of ${budget} tokens`));
  else if (budget !== wanted)
    notes.push(mapped("reasoning.budgetTokens", `${budget}, the nearest that the model takes`));
  return { thinkingBudget: budget };
}

function asLevel({ effort, budgetTokens }: ReasoningOptions, quirks: GeminiQuirks, notes: ParamNote[]): JsonObject {
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens));
  // Thinking as much as it likes is what the model does when nothing is said.
  if (wanted === undefined) return {};
  const level = nearestEffort(wanted, quirks.thinkingLevels ?? levels);
  if (effort === undefined) notes.push(mapped("reasoning.budgetTokens", `level ${level}`));
  else if (level !== effort) notes.push(mapped("reasoning.effort", `level ${level}`));
  return { thinkingLevel: level };
}
