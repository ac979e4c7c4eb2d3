import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

// A second opinion on what a usage costs: genai-prices' own extractors and prices, by the rules its data states.
const path = join(import.meta.dirname, "../../../../shared/prices/genai-prices.v2.json");

/** Added to the names of tests that have nothing to compare with. */
export const oracleSkipReason = existsSync(path) ? "" : " (skipped: ../shared/prices is not here)";

// biome-ignore lint/suspicious/noExplicitAny: third-party JSON
type Raw = any;

const providers: Raw[] = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];

/** Prices in the order in which their units nest: a later one is inside the one it names. */
const units = [
  ["input_tokens", "input_mtok", null],
  ["output_tokens", "output_mtok", null],
  ["cache_read_tokens", "cache_read_mtok", "input_tokens"],
  ["cache_write_tokens", "cache_write_mtok", "input_tokens"],
  ["cache_write_1h_tokens", "cache_write_1h_mtok", "cache_write_tokens"],
  ["input_audio_tokens", "input_audio_mtok", "input_tokens"],
  ["output_audio_tokens", "output_audio_mtok", "output_tokens"],
  ["output_image_tokens", "output_image_mtok", "output_tokens"],
  ["output_reasoning_tokens", "output_reasoning_mtok", "output_tokens"],
] as const;

/**
 * What the tokens of a vendor's usage object cost on a day, in nano-USD as a number; `null` where the data knows no price, and
 * for cached sound, whose tokens are inside two units.
 */
export function genaiTokenNanoUsd(
  provider: string,
  flavor: string,
  model: string,
  usage: unknown,
  day: string,
): number | null {
  const { models, extractors } = providers.find(({ id }) => id === provider) ?? {};
  const extractor = extractors?.find((one: Raw) => one.api_flavor === flavor);
  const prices = pricesOn(models?.find((one: Raw) => matches(one.match, model.toLowerCase()))?.prices, day);
  if (extractor === undefined || prices === null) return null;
  const counts: Record<string, number> = {};
  for (const { path: at, dest } of extractor.mappings) {
    const count = valueAt(usage, Array.isArray(at) ? at : [at]);
    if (typeof count === "number") counts[dest] = (counts[dest] ?? 0) + count;
  }
  if ((counts.cache_read_tokens ?? 0) > 0 && (counts.input_audio_tokens ?? 0) > 0) return null;
  let sum = 0;
  for (const [unit, price] of units) {
    const usd = atSize(prices[price], counts.input_tokens ?? 0);
    if (usd === null) continue;
    // What is inside and has a price of its own is paid there.
    const inside = units.filter(([, own, outer]) => outer === unit && prices[own] !== undefined);
    const own = (counts[unit] ?? 0) - inside.reduce((total, [name]) => total + (counts[name] ?? 0), 0);
    sum += Math.round(own * usd * 1e6) / 1e3;
  }
  return sum;
}

function pricesOn(prices: Raw, day: string): Raw {
  if (prices === undefined) return null;
  if (!Array.isArray(prices)) return prices;
  if (prices.some(({ constraint }) => constraint?.start_time !== undefined)) return null;
  return prices.findLast(({ constraint }) => (constraint?.start_date ?? "") <= day)?.prices ?? null;
}

function atSize(price: Raw, inputTokens: number): number | null {
  if (price === undefined) return null;
  if (typeof price === "number") return price;
  return price.tiers.findLast(({ start }: Raw) => inputTokens > start)?.price ?? price.base;
}

function valueAt(value: Raw, [step, ...rest]: Raw[]): Raw {
  if (step === undefined) return value;
  if (typeof step === "string") return valueAt(value?.[step], rest);
  return valueAt(
    (value ?? []).find?.((one: Raw) => one[step.field] === step.match.equals),
    rest,
  );
}

function matches(match: Raw, id: string): boolean {
  if (match.or) return match.or.some((one: Raw) => matches(one, id));
  if (match.and) return match.and.every((one: Raw) => matches(one, id));
  const [kind, text] = Object.entries(match)[0] as [string, string];
  const tests: Record<string, boolean> = {
    equals: id === text.toLowerCase(),
    starts_with: id.startsWith(text.toLowerCase()),
    ends_with: id.endsWith(text.toLowerCase()),
    contains: id.includes(text.toLowerCase()),
  };
  return tests[kind] ?? (kind === "regex" && new RegExp(text).test(id));
}
