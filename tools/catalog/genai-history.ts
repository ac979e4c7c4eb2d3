import { genaiPriceClasses } from "../../packages/catalog/src/genai-price-classes.ts";
import { decimal } from "./decimal.ts";
import { agree, type DraftRates, type PriceDraft } from "./price-draft.ts";
import { type GenaiMatch, type GenaiModel, type GenaiPeriod, type GenaiPrices, sourceText } from "./sources.ts";
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

interface Period {
  readonly from: string | null;
  readonly until: string | null;
  /** As a catalogue file has them; empty for the whole day. */
  readonly hours: readonly string[];
  readonly rates: DraftRates;
  readonly above: readonly (readonly [number, DraftRates])[];
}

/**
 * The periods of a model, oldest first, each with those of hours of the day behind it: they hold from the day of the last one
 * before them that has a day, and in no later one. Hours of the same price are one period.
 */
function periodsOf({ prices }: GenaiModel, { weekdayHoursFrom }: VendorSources): Period[] {
  const list: readonly GenaiPeriod[] = Array.isArray(prices) ? prices : [{ prices: prices as GenaiPrices }];
  const periods: Period[] = [];
  list.forEach((entry, at) => {
    const from = list.slice(0, at + 1).findLast((one) => !isOfHours(one))?.constraint?.start_date ?? null;
    const until = list.slice(at + 1).find((one) => !isOfHours(one))?.constraint?.start_date ?? null;
    const period: Period = { from, until, hours: hoursOf(entry), ...ratesOf(entry.prices) };
    const before = periods.at(-1);
    if (before !== undefined && before.from === from && before.hours.length > 0 && costTheSame(before, period)) {
      periods[periods.length - 1] = { ...before, hours: [...before.hours, ...period.hours] };
    } else periods.push(period);
  });
  return periods.flatMap((period) => onWeekdays(period, weekdayHoursFrom));
}

function isOfHours({ constraint }: GenaiPeriod): boolean {
  return constraint?.start_time !== undefined;
}

function hoursOf({ constraint: { start_time: start, end_time: end } = {} }: GenaiPeriod): string[] {
  if (start === undefined || end === undefined) return [];
  const [from, until] = [start.slice(0, "01:00".length), end.slice(0, "01:00".length)];
  if (from < until) return [`${from}-${until}`];
  return [`${from}-24:00`, ...(until === "00:00" ? [] : [`00:00-${until}`])];
}

function costTheSame(one: Period, other: Period): boolean {
  return JSON.stringify([one.rates, one.above]) === JSON.stringify([other.rates, other.above]);
}

/** A period of hours as it was before the first day of weekdays alone, and as it is from that day on. */
function onWeekdays(period: Period, first: string | undefined): Period[] {
  const { from, until, hours } = period;
  if (first === undefined || hours.length === 0 || (until !== null && until <= first)) return [period];
  const after = { ...period, from: first, hours: hours.map((text) => `Mon-Fri ${text}`) };
  return from !== null && from >= first ? [{ ...after, from }] : [{ ...period, until: first }, after];
}

/** Prices of genai-prices as the catalogue writes them. */
function ratesOf(prices: GenaiPrices): Pick<Period, "rates" | "above"> {
  const rates: DraftRates = {};
  const above = new Map<number, DraftRates>();
  for (const [field, name] of Object.entries(genaiPriceClasses)) {
    const price = prices[field];
    if (price === undefined) continue;
    rates[name] = decimal(typeof price === "number" ? price : price.base);
    for (const tier of typeof price === "number" ? [] : price.tiers) {
      above.set(tier.start, { ...above.get(tier.start), [name]: decimal(tier.price) });
    }
  }
  return { rates, above: [...above].sort(([one], [other]) => one - other) };
}
