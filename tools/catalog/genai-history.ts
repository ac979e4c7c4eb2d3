import { type Period, periodsOf } from "./genai-periods.ts";
import { agree, type DraftRates, type PriceDraft } from "./price-draft.ts";
import { type GenaiMatch, type GenaiModel, sourceText } from "./sources.ts";
import { sourceDates, type VendorSources } from "./vendors.ts";

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
 * Adds to a model's rows what genai-prices alone knows: earlier and announced prices, those of hours of the day, and what cached
 * sound costs. Only where one of `models` agrees with the standard row on the day that row is of.
 */
export function withHistory(
  rows: readonly PriceDraft[],
  models: readonly (GenaiModel | undefined)[],
  vendor: VendorSources,
): PriceDraft[] {
  const standard = rows.find((row) => row.tier === undefined && row.region === undefined);
  if (standard === undefined) return [...rows];
  const found = models
    .filter((model) => model !== undefined)
    .map((model) => periodsOf(model, vendor))
    .map((periods) => ({ periods, today: periodOfToday(periods) }))
    .find(({ today }) => {
      const rates = today?.rates ?? {};
      // What it prices by other units alone says nothing.
      return Object.keys(rates).length > 0 && agree(standard.rates, rates);
    });
  if (found?.today === undefined) return [...rows];
  const { periods, today } = found;
  const others = periods.filter((period) => period !== today).map((period) => draftOf(standard.of, period));
  const added = others.map((row) => ({ ...row, rates: { ...searches(standard.rates), ...row.rates } }));
  const { until } = today;
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

/** The price rows of a model by genai-prices alone. */
export function genaiPrices(of: string, model: GenaiModel | null | undefined, vendor: VendorSources): PriceDraft[] {
  return model == null ? [] : periodsOf(model, vendor).map((period) => draftOf(of, period));
}

function draftOf(of: string, { from, until, hours, rates, above }: Period): PriceDraft {
  return {
    of,
    ...(from !== null && { from }),
    ...(until !== null && { until }),
    ...(hours.length > 0 && { hours }),
    rates,
    ...(above.length > 0 && { above }),
    sources: sourceText("genai-prices"),
  };
}

const completable = [
  "cacheRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "inputAudio",
  "cacheReadAudio",
  "inputImage",
] as const;

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

function periodOfToday(periods: readonly Period[]): Period | undefined {
  return periods.findLast(({ from, hours }) => hours.length === 0 && (from ?? "") <= sourceDates.litellm);
}

function searches(rates: DraftRates): DraftRates {
  return rates.webSearch === undefined ? {} : { webSearch: rates.webSearch };
}
