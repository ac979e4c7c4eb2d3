import { type PriceClass, priceClasses } from "./price-class.ts";
import { hoursText } from "./price-hours.ts";
import { type PriceRow, type Rate, type Rates, type ServiceTier, serviceTiers } from "./price-row.ts";

/** Everything of a price row that its id speaks of. */
export type PriceRowFigures = Omit<PriceRow, "id" | "validUntil" | "sources">;

/**
 * The id of a price row: `provider/model tier[@region][ from][ hours] digest`.
 *
 * The digest is made of the figures, so that an id never comes to mean other figures than those it was made for, whatever
 * happens to a catalogue or a configuration. How long a row holds and who said so are not part of it: a row that ends keeps its id.
 */
export function priceRowId(provider: string, model: string, row: PriceRowFigures): string {
  const where = row.region === null ? "" : `@${row.region}`;
  const from = row.validFrom === null ? "" : ` ${row.validFrom}`;
  const { hours = [] } = row;
  const when = hours.length === 0 ? "" : ` ${hours.map(hoursText).sort().join(",")}`;
  return `${provider}/${model} ${row.serviceTier}${where}${from}${when} ${digest(figuresText(row))}`;
}

/** What the id of a price row tells of it. */
export interface ParsedPriceRowId {
  /** `provider/model` of the offer. */
  readonly offer: string;
  readonly serviceTier: ServiceTier;
  /** `null`: not of one place. */
  readonly region: string | null;
}

// A model may have the name of a tier in its own: the last one is the row's.
const idPattern = new RegExp(
  `^(?<offer>\\S.*) (?<tier>${serviceTiers.join("|")})(?:@(?<region>\\S+))?(?: \\d{4}-\\d{2}-\\d{2})?(?: [\\w:, -]+)? [0-9a-f]{8}$`,
);

/** Reads what {@link priceRowId} wrote. @returns `null` for what is no such id */
export function parsePriceRowId(id: string): ParsedPriceRowId | null {
  const { offer, tier, region = null } = idPattern.exec(id)?.groups ?? {};
  return offer === undefined ? null : { offer, serviceTier: tier as ServiceTier, region };
}

function figuresText({ rates, contextTiers, variants }: PriceRowFigures): string {
  const tiers = contextTiers.map((tier) => `>${tier.aboveInputTokens}:${ratesText(tier.rates)}`);
  const special = variants.map((one) => `${one.class}(${one.quality},${one.size})=${rateText(one.rate)}`);
  return [ratesText(rates), ...tiers, ...special.sort()].join(";");
}

function ratesText(rates: Rates): string {
  let text = "";
  for (const name of priceClasses) text += classText(name, rates[name]);
  return text;
}

function classText(name: PriceClass, rate: Rate | undefined): string {
  return rate === undefined ? "" : `${name}=${rateText(rate)},`;
}

/** In lowest terms: the same price written for another number of units has the same text. */
function rateText({ nanoUsd, per }: Rate): string {
  const divisor = greatestCommonDivisor(nanoUsd, per);
  return `${nanoUsd / divisor}/${per / divisor}`;
}

function greatestCommonDivisor(one: number, other: number): number {
  let [a, b] = [one, other];
  while (b !== 0) [a, b] = [b, a % b];
  return a === 0 ? 1 : a;
}

/** FNV-1a in 32 bits: short, and the same everywhere without a dependency. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
