import type { CatalogModel } from "./catalog-model.ts";
import { type PriceClass, priceClasses } from "./price-class.ts";
import { hoursText } from "./price-hours.ts";
import type { PriceRow, Rate, Rates, ServiceTier } from "./price-row.ts";

/** One price that two catalogues do not state alike. `null` on a side: it does not state it. */
export interface CatalogDifference {
  /** `provider/model` of the offer. */
  readonly offer: string;
  readonly serviceTier: ServiceTier;
  readonly region: string | null;
  readonly validFrom: string | null;
  /** As a catalogue file has them; empty for the whole day. */
  readonly hours: readonly string[];
  /** `null`: the whole row stands on one side only, and `one` or `other` is then its id. */
  readonly class: PriceClass | null;
  /** Set where the price is that of a context tier. */
  readonly aboveInputTokens: number | null;
  /** Set where the price is that of a quality or size. */
  readonly variant: { readonly quality: string | null; readonly size: string | null } | null;
  readonly one: Rate | string | null;
  readonly other: Rate | string | null;
}

interface Priced {
  readonly offer: string;
  readonly row: PriceRow;
}

type Place = Omit<CatalogDifference, "one" | "other">;

/**
 * The prices in which two catalogues differ, in the order of `one`, then what only `other` has. Rows are matched by offer,
 * service tier, region, first day and hours; the same price written for another number of units is no difference.
 */
export function comparePrices(
  one: { models(): readonly CatalogModel[] },
  other: { models(): readonly CatalogModel[] },
): CatalogDifference[] {
  const [ours, theirs] = [rowsOf(one), rowsOf(other)];
  const differences: CatalogDifference[] = [];
  for (const [key, priced] of ours) {
    const twin = theirs.get(key);
    if (twin !== undefined) differences.push(...differencesOf(priced, twin.row));
    else differences.push({ ...placeOf(priced), one: priced.row.id, other: null });
  }
  for (const [key, priced] of theirs) {
    if (!ours.has(key)) differences.push({ ...placeOf(priced), one: null, other: priced.row.id });
  }
  return differences;
}

function rowsOf(catalog: { models(): readonly CatalogModel[] }): Map<string, Priced> {
  const rows = new Map<string, Priced>();
  for (const { provider, model, prices } of catalog.models().flatMap(({ offers }) => offers)) {
    const offer = `${provider}/${model}`;
    for (const row of prices) {
      const key = [offer, row.serviceTier, row.region ?? "", row.validFrom ?? "", hoursOf(row).join()].join(" ");
      rows.set(key, { offer, row });
    }
  }
  return rows;
}

function placeOf({ offer, row }: Priced): Place {
  const { serviceTier, region, validFrom } = row;
  const hours = hoursOf(row);
  return { offer, serviceTier, region, validFrom, hours, class: null, aboveInputTokens: null, variant: null };
}

function hoursOf({ hours }: PriceRow): string[] {
  return hours.map(hoursText).sort();
}

function differencesOf(priced: Priced, twin: PriceRow): CatalogDifference[] {
  const place = placeOf(priced);
  const { row } = priced;
  if (row.id === twin.id) return [];
  const differences = ratesDifferences(place, row.rates, twin.rates);
  for (const bound of union(row.contextTiers, twin.contextTiers, (tier) => tier.aboveInputTokens)) {
    // Where only one side has a tier, the other charges what it charges below.
    const [mine, yours] = [ratesAbove(row, bound), ratesAbove(twin, bound)];
    differences.push(...ratesDifferences({ ...place, aboveInputTokens: bound }, mine, yours));
  }
  for (const key of union(row.variants, twin.variants, variantKey)) {
    const [mine, yours] = [row, twin].map(({ variants }) => variants.find((variant) => variantKey(variant) === key));
    const { class: priceClass, quality, size } = (mine ?? yours) as PriceRow["variants"][number];
    if (sameRate(mine?.rate, yours?.rate)) continue;
    const variant = { quality, size };
    differences.push({ ...place, class: priceClass, variant, one: mine?.rate ?? null, other: yours?.rate ?? null });
  }
  return differences;
}

function ratesDifferences(place: Place, one: Rates, other: Rates): CatalogDifference[] {
  return priceClasses
    .filter((name) => !sameRate(one[name], other[name]))
    .map((name) => ({ ...place, class: name, one: one[name] ?? null, other: other[name] ?? null }));
}

function ratesAbove(row: PriceRow, bound: number): Rates {
  return row.contextTiers.findLast((tier) => tier.aboveInputTokens <= bound)?.rates ?? row.rates;
}

function sameRate(one: Rate | undefined, other: Rate | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return BigInt(one.nanoUsd) * BigInt(other.per) === BigInt(other.nanoUsd) * BigInt(one.per);
}

function variantKey(variant: PriceRow["variants"][number]): string {
  return `${variant.class} ${variant.quality} ${variant.size}`;
}

function union<Item, Key>(one: readonly Item[], other: readonly Item[], keyOf: (item: Item) => Key): Key[] {
  return [...new Set([...one, ...other].map(keyOf))];
}
