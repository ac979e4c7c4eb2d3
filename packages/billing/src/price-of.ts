import type { PriceClass, PriceRow, Rate, Rates } from "@gw/catalog";
import type { Usage } from "@gw/core/types";
import { ExactSum } from "./price-exact-sum.ts";
import { priceParts } from "./price-parts.ts";
import type { ExtraUnits, PricedLine, PricedUsage } from "./priced-usage.ts";

/**
 * Where a part is charged that has no price of its own: with what it is a part of, as a vendor that states no price of its own
 * for it does not tell it apart in the bill.
 *
 * @see genai-prices, units and their parents (state of 2026-08-21): what has a price is taken out of its parent, the rest stays
 */
const chargedWith: Readonly<Partial<Record<PriceClass, PriceClass>>> = {
  cacheReadAudio: "cacheRead",
  cacheRead: "input",
  cacheWrite1h: "cacheWrite5m",
  cacheWrite5m: "input",
  inputAudio: "input",
  inputImage: "input",
  reasoning: "output",
  outputAudio: "output",
  outputImage: "output",
};

const outputParts = ["outputAudio", "outputImage"] as const;

/**
 * What a usage costs by a price row. Pure, exact, and rounded once.
 *
 * Every part is paid for at its own rate and taken out of its total. Past a context tier's bound all tokens cost what the tier
 * says. Where a total is not known its known parts are paid for, and the total is named in `incomplete`, as is everything used
 * that the row has no price for.
 *
 * @param extra what the usage object does not count: pictures, seconds, characters, pages, search units of a reranker
 */
export function priceOf(usage: Usage, row: PriceRow, extra: readonly ExtraUnits[] = []): PricedUsage {
  const parts = priceParts(usage, unitsOf(extra, "cacheReadAudio"));
  const rates = ratesFor(row, parts.inputTokens);
  const incomplete = new Set<PriceClass>();
  const charged = new Map<PriceClass, number>();
  if (paysByToken(rates)) {
    for (const priceClass of parts.unknown) if (isCharged(priceClass, rates)) incomplete.add(priceClass);
    for (const [priceClass, units] of parts.units) {
      const as = chargedAs(priceClass, rates);
      charged.set(as, (charged.get(as) ?? 0) + units);
      // Writing to a cache costs at least what it is part of, or what a shorter life costs: how much more, nobody says.
      if (as !== priceClass && priceClass.startsWith("cacheWrite")) incomplete.add(priceClass);
    }
  } else if (extra.length === 0) {
    for (const priceClass of Object.keys(rates) as PriceClass[]) incomplete.add(priceClass);
  }
  // Every call is a request; how it is to be counted only the caller knows.
  if (rates.request !== undefined && unitsOf(extra, "request") === null) incomplete.add("request");
  if (parts.webSearches > 0 && unitsOf(extra, "webSearch") === null) charged.set("webSearch", parts.webSearches);
  const sum = new ExactSum();
  const lines: PricedLine[] = [];
  const charge = (priceClass: PriceClass, units: number, rate: Rate | undefined): void => {
    if (rate === undefined) incomplete.add(priceClass);
    else lines.push({ class: priceClass, units, costPicoUsd: sum.add(units, rate) });
  };
  for (const [priceClass, units] of charged) charge(priceClass, units, rates[priceClass]);
  for (const one of extra) {
    if (one.class === "cacheReadAudio") continue;
    if (!Number.isFinite(one.units) || one.units < 0) incomplete.add(one.class);
    else if (one.units > 0) charge(one.class, one.units, variantRate(row, one) ?? rates[one.class]);
  }
  return { priceRow: row.id, lines, costNanoUsd: sum.nanoUsd(), incomplete: [...incomplete] };
}

function ratesFor({ rates, contextTiers }: PriceRow, inputTokens: number): Rates {
  let found = rates;
  for (const tier of contextTiers) if (inputTokens > tier.aboveInputTokens) found = tier.rates;
  return found;
}

function chargedAs(priceClass: PriceClass, rates: Rates): PriceClass {
  let found = priceClass;
  while (rates[found] === undefined) {
    const parent = chargedWith[found];
    if (parent === undefined) return onlyPart(found, rates) ?? found;
    found = parent;
  }
  return found;
}

/** A model that gives nothing but sound or pictures has no other price for its output. */
function onlyPart(total: PriceClass, rates: Rates): PriceClass | null {
  const priced = total === "output" ? outputParts.filter((part) => rates[part] !== undefined) : [];
  return priced.length === 1 ? (priced[0] as PriceClass) : null;
}

/** False for models that are paid by the picture, second or request: their tokens cost nothing. A row without rates knows no price. */
function paysByToken(rates: Rates): boolean {
  const classes = Object.keys(rates) as PriceClass[];
  return classes.length === 0 || classes.some((name) => name === "input" || name === "output" || name in chargedWith);
}

/** False for what costs nothing anyway. */
function isCharged(priceClass: PriceClass, rates: Rates): boolean {
  const rate = rates[chargedAs(priceClass, rates)];
  return rate !== undefined && rate.nanoUsd > 0;
}

function variantRate({ variants }: PriceRow, { class: priceClass, quality, size }: ExtraUnits): Rate | undefined {
  if (quality === undefined && size === undefined) return undefined;
  const fits = (said: string | null, asked: string | undefined): boolean => said === null || said === asked;
  const own = variants.filter((one) => one.class === priceClass && fits(one.quality, quality) && fits(one.size, size));
  return (own.find((one) => one.quality !== null && one.size !== null) ?? own[0])?.rate;
}

function unitsOf(extra: readonly ExtraUnits[], priceClass: PriceClass): number | null {
  return extra.find((one) => one.class === priceClass)?.units ?? null;
}
