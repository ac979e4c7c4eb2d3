import { isInHours, type Offer, type PriceRow, type ServiceTier } from "@gw/catalog";

/** The circumstances of a call that its price depends on. */
export interface PriceCircumstances {
  /** When it was sent: Unix time. What goes on into dearer hours costs what it did then. */
  readonly atMs: number;
  /** `standard` by default. */
  readonly serviceTier?: ServiceTier;
  /** The vendor's name of the place of processing; `null`: no place was asked for. */
  readonly region?: string | null;
}

/**
 * The row that prices a call; `null` where no source states one.
 *
 * A place without a row of its own costs what the others cost. In hours of the day that have a row, it comes before the one for
 * the whole day. A service tier without a row has no known price: that it were the standard one would be a guess.
 */
export function priceRowFor(offer: Offer, circumstances: PriceCircumstances): PriceRow | null {
  const { atMs, serviceTier = "standard", region = null } = circumstances;
  const day = new Date(atMs).toISOString().slice(0, "2026-11-20".length);
  let here: PriceRow | null = null;
  let elsewhere: PriceRow | null = null;
  for (const row of offer.prices) {
    if (row.serviceTier !== serviceTier || !holdsOn(row, day) || !isInHours(row.hours, atMs)) continue;
    if (row.region === region) here = nearer(here, row);
    else if (row.region === null) elsewhere = nearer(elsewhere, row);
  }
  return here ?? elsewhere;
}

function nearer(found: PriceRow | null, row: PriceRow): PriceRow {
  return found === null || (hasHours(row) && !hasHours(found)) ? row : found;
}

function hasHours({ hours }: PriceRow): boolean {
  return hours.length > 0;
}

function holdsOn({ validFrom, validUntil }: PriceRow, day: string): boolean {
  return (validFrom === null || validFrom <= day) && (validUntil === null || day < validUntil);
}
