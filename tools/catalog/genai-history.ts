import type { PriceClass } from "../../packages/catalog/src/price-class.ts";
import { decimal } from "./decimal.ts";
import { agree, type DraftRates, type PriceDraft } from "./price-draft.ts";
import { type GenaiMatch, type GenaiModel, type GenaiPeriod, type GenaiPrices, sourceText } from "./sources.ts";
import { sourceDates } from "./vendors.ts";

const classes: Readonly<Record<string, PriceClass>> = {
  input_mtok: "input",
  output_mtok: "output",
  cache_read_mtok: "cacheRead",
  cache_write_mtok: "cacheWrite5m",
  cache_write_5m_mtok: "cacheWrite5m",
  cache_write_1h_mtok: "cacheWrite1h",
  input_audio_mtok: "inputAudio",
  output_audio_mtok: "outputAudio",
  cache_audio_read_mtok: "cacheReadAudio",
  output_image_mtok: "outputImage",
  output_reasoning_mtok: "reasoning",
};

/** The model that a vendor's id means, by the rules of genai-prices. */
export function genaiModel(models: readonly GenaiModel[], id: string): GenaiModel | undefined {
  return models.find(({ match }) => matches(match, id.toLowerCase()));
}

function matches(match: GenaiMatch, id: string): boolean {
  if (match.or !== undefined) return match.or.some((one) => matches(one, id));
  if (match.and !== undefined) return match.and.every((one) => matches(one, id));
  if (match.equals !== undefined) return id === match.equals.toLowerCase();
  if (match.starts_with !== undefined) return id.startsWith(match.starts_with.toLowerCase());
  if (match.ends_with !== undefined) return id.endsWith(match.ends_with.toLowerCase());
  if (match.contains !== undefined) return id.includes(match.contains.toLowerCase());
  return match.regex !== undefined && new RegExp(match.regex).test(id);
}

/**
 * Adds to a model's rows what genai-prices alone knows: earlier and announced prices, and what cached sound costs. Only where it
 * one of `models` agrees with the standard row on the day that row is of.
 */
export function withHistory(rows: readonly PriceDraft[], models: readonly (GenaiModel | undefined)[]): PriceDraft[] {
  const standard = rows.find((row) => row.tier === undefined && row.region === undefined);
  if (standard === undefined) return [...rows];
  const found = models
    .map((model) => (model === undefined ? null : periodsOf(model)))
    .filter((periods) => periods !== null)
    .map((periods) => ({ periods, now: indexOfToday(periods) }))
    .find(({ periods, now }) => {
      const rates = periods[now]?.rates ?? {};
      // What it prices by other units alone says nothing.
      return Object.keys(rates).length > 0 && agree(standard.rates, rates);
    });
  const today = found?.periods[found.now];
  if (found === undefined || today === undefined) return [...rows];
  const { periods, now } = found;
  const others = drafts(standard.of, periods).filter((_, at) => at !== now);
  const added = others.map((row) => ({ ...row, rates: { ...searches(standard.rates), ...row.rates } }));
  const until = periods[now + 1]?.from ?? null;
  return [
    ...rows.map((row) => ({
      ...(row === standard ? completed(row, today) : row),
      // Other tiers and regions changed on the same day, or nobody says: before it they are unknown.
      ...(today.from !== null && { from: today.from }),
      ...(until !== null && { until }),
    })),
    ...added,
  ];
}

/** The price rows of a model by genai-prices alone; none where it has cheaper hours. */
export function genaiPrices(of: string, model: GenaiModel | undefined): PriceDraft[] {
  return drafts(of, (model === undefined ? null : periodsOf(model)) ?? []);
}

function drafts(of: string, periods: readonly Period[]): PriceDraft[] {
  return periods.map(({ from, rates, above }, at) => {
    const until = periods[at + 1]?.from ?? null;
    return {
      of,
      ...(from !== null && { from }),
      ...(until !== null && { until }),
      rates,
      ...(above.length > 0 && { above }),
      sources: sourceText("genai-prices"),
    };
  });
}

const completable = ["cacheRead", "cacheWrite5m", "cacheWrite1h", "inputAudio", "cacheReadAudio"] as const;

/** The row with the parts that only genai-prices prices; where long inputs cost more, only those it prices there too. */
function completed(row: PriceDraft, today: Period): PriceDraft {
  const bounds = (above: PriceDraft["above"] = []): string => above.map(([bound]) => bound).join();
  if (bounds(row.above) !== bounds(today.above)) return row;
  const missing = (mine: DraftRates, theirs: DraftRates = {}): DraftRates =>
    Object.fromEntries(
      completable
        .filter((name) => mine[name] === undefined && theirs[name] !== undefined)
        // A cheaper model's figure: nobody writes to a cache for less than it takes to read anew.
        .filter((name) => !name.startsWith("cacheWrite") || Number(theirs[name]) >= Number(mine.input))
        .map((name) => [name, theirs[name]]),
    );
  const above = row.above?.map(
    ([bound, rates], at) => [bound, { ...rates, ...missing(rates, today.above[at]?.[1]) }] as const,
  );
  const rates = { ...row.rates, ...missing(row.rates, today.rates) };
  if (JSON.stringify([rates, above]) === JSON.stringify([row.rates, row.above])) return row;
  return {
    ...row,
    rates,
    ...(above !== undefined && { above }),
    sources: `${row.sources}, ${sourceText("genai-prices")}`,
  };
}

function indexOfToday(periods: readonly Period[]): number {
  return periods.findLastIndex(({ from }) => from === null || from <= sourceDates.litellm);
}

function searches(rates: DraftRates): DraftRates {
  return rates.webSearch === undefined ? {} : { webSearch: rates.webSearch };
}

interface Period {
  readonly from: string | null;
  readonly rates: DraftRates;
  readonly above: readonly (readonly [number, DraftRates])[];
}

/** The periods of a model, oldest first; `null` when it has cheaper hours, which the catalogue does not know. */
function periodsOf(model: GenaiModel): Period[] | null {
  const list: readonly GenaiPeriod[] = Array.isArray(model.prices)
    ? model.prices
    : [{ prices: model.prices as GenaiPrices }];
  if (list.some(({ constraint }) => constraint?.start_time !== undefined)) return null;
  return list.map(({ constraint, prices }) => ({ from: constraint?.start_date ?? null, ...ratesOf(prices) }));
}

/** Prices of genai-prices as the catalogue writes them. */
function ratesOf(prices: GenaiPrices): Omit<Period, "from"> {
  const rates: DraftRates = {};
  const above = new Map<number, DraftRates>();
  for (const [field, name] of Object.entries(classes)) {
    const price = prices[field];
    if (price === undefined) continue;
    rates[name] = decimal(typeof price === "number" ? price : price.base);
    for (const tier of typeof price === "number" ? [] : price.tiers) {
      above.set(tier.start, { ...above.get(tier.start), [name]: decimal(tier.price) });
    }
  }
  return { rates, above: [...above].sort(([one], [other]) => one - other) };
}
