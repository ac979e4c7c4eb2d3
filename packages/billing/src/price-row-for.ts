import type { Offer, PriceRow, ServiceTier } from "@gw/catalog";

/** The circumstances of a call that its price depends on. */
export interface PriceCircumstances {
  /** When it was sent: Unix time. */
  readonly atMs: number;
  /** `standard` by default. */
  readonly serviceTier?: ServiceTier;
  /** The vendor's name of the place of processing; `null`: no place was asked for. */
  readonly region?: string | null;
}

/**
 * The row that prices a call; `null` where no source states one.
 *
 * A place without a row of its own costs what the others cost. A service tier without a row has no known price: that it were
 * the standard one would be a guess.
 */
export function priceRowFor(offer: Offer, circumstances: PriceCircumstances): PriceRow | null {
  const { atMs, serviceTier = "standard", region = null } = circumstances;
  const day = new Date(atMs).toISOString().slice(0, "2026-11-20".length);
  let elsewhere: PriceRow | null = null;
  for (const row of offer.prices) {
    if (row.serviceTier !== serviceTier || !holdsOn(row, day)) continue;
    if (row.region === region) return row;
    if (row.region === null) elsewhere = row;
  }
  return elsewhere;
}

function holdsOn({ validFrom, validUntil }: PriceRow, day: string): boolean {
  return (validFrom === null || validFrom <= day) && (validUntil === null || day < validUntil);
}
