import { genaiPriceClasses } from "../../packages/catalog/src/genai-price-classes.ts";
import { decimal } from "./decimal.ts";
import type { DraftRates } from "./price-draft.ts";
import type { GenaiModel, GenaiPeriod, GenaiPrices } from "./sources.ts";
import type { VendorSources } from "./vendors.ts";

/** What a model costs in a time, as the catalogue writes prices. */
export interface Period {
  /** ISO dates: the first day, and the first day after; `null` where nobody says. */
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
export function periodsOf({ prices }: GenaiModel, { weekdayHoursFrom }: VendorSources): Period[] {
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
