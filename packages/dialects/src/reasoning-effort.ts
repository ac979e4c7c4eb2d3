import type { ReasoningEffort } from "@gw/core/types";

const ladder: readonly ReasoningEffort[] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/**
 * The effort nearest to a budget of thinking tokens, for formats that only know efforts.
 * `undefined` for `"dynamic"`: the model's own default is just that.
 */
export function effortOfBudget(budgetTokens: number | "dynamic"): ReasoningEffort | undefined {
  if (budgetTokens === "dynamic") return undefined;
  if (budgetTokens === 0) return "none";
  if (budgetTokens <= 2_048) return "low";
  return budgetTokens <= 12_288 ? "medium" : "high";
}

/** The supported effort nearest to the one asked for; between two, the lower. Thinking is only switched off on request. */
export function nearestEffort(effort: ReasoningEffort, supported: readonly ReasoningEffort[]): ReasoningEffort {
  if (supported.includes(effort)) return effort;
  const wanted = ladder.indexOf(effort);
  let nearest = effort;
  let distance = Number.POSITIVE_INFINITY;
  for (const candidate of ladder) {
    if (candidate === "none" || !supported.includes(candidate)) continue;
    const step = Math.abs(ladder.indexOf(candidate) - wanted);
    if (step < distance) {
      nearest = candidate;
      distance = step;
    }
  }
  return nearest;
}
