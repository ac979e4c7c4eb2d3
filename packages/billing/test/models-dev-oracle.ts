import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

// A plainer second opinion, for vendors that genai-prices does not have: the prices of models.dev, by the book of the format.
const path = join(import.meta.dirname, "../../../../shared/prices/models-dev.json");

// biome-ignore lint/suspicious/noExplicitAny: third-party JSON
type Raw = any;

const providers: Raw = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};

/** What the tokens of a usage object cost, in nano-USD as a number; `null` where models.dev has no price. */
export function modelsDevTokenNanoUsd(provider: string, model: string, usage: unknown): number | null {
  const cost = providers[provider]?.models?.[model]?.cost;
  if (cost?.input === undefined) return null;
  const raw = usage as Raw;
  const details = raw.prompt_tokens_details ?? raw.input_tokens_details ?? {};
  const input = raw.prompt_tokens ?? raw.input_tokens;
  const cached = details.cached_tokens ?? raw.prompt_cache_hit_tokens ?? raw.cached_tokens ?? 0;
  const output = raw.completion_tokens ?? raw.output_tokens ?? 0;
  const usdPerMillion = (input - cached) * cost.input + cached * (cost.cache_read ?? cost.input) + output * cost.output;
  return Math.round(usdPerMillion * 1e6) / 1e3;
}
