import type { GeminiQuirks } from "@gw/dialects";

/**
 * How a model departs from the Gemini format. An id of no known form, `gemini-flash-latest` among them, is taken for one of the
 * newest models: a new model is more likely to be like the last one than like the first.
 *
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures (2026-11-20); symfony/ai#803 of 2025-10-22 and, for 3,
 * googleapis/python-genai#706 on 2025-12-24 (schemas with tools); maximhq/bifrost#4202 of 2026-06-09 (media in results);
 * models.dev of 2026-07-02 (budgets and levels)
 */
export function modelQuirks(model: string): GeminiQuirks {
  if (/gemma/.test(model)) return { ...beforeGemini3, thinking: "none" };
  const version = Number(/gemini-(\d+(?:\.\d+)?)/.exec(model)?.[1] ?? Number.POSITIVE_INFINITY);
  if (version < 2.5 || (version < 3 && /image|tts/.test(model))) return { ...beforeGemini3, thinking: "none" };
  if (version < 3) return { ...beforeGemini3, thinking: "budget", thinkingBudget: budgetOf(model) };
  return { thinking: "level", thinkingLevels: levelsOf(model, version), requireSignatures: true };
}

const beforeGemini3 = { structuredOutputWithTools: false, resultMedia: "beside" } as const;

function budgetOf(model: string): { readonly min: number; readonly max: number } {
  return /pro/.test(model) ? { min: 128, max: 32_768 } : { min: 0, max: 24_576 };
}

function levelsOf(model: string, version: number): NonNullable<GeminiQuirks["thinkingLevels"]> {
  if (/image/.test(model)) return ["minimal", "high"];
  if (!/pro/.test(model)) return ["minimal", "low", "medium", "high"];
  return version < 3.1 ? ["low", "high"] : ["low", "medium", "high"];
}
