import type { Offer, PriceRow } from "@gw/catalog";

/** What a million tokens cost at a target, for comparing: bills are made of the catalogue's exact rates. */
export interface TokenPriceUsd {
  readonly inputPerMillion: number;
  /** `null`: not stated. */
  readonly outputPerMillion: number | null;
}

/**
 * The usual price of an offer; `null` where none is known.
 *
 * @param region where its provider works, for vendors that price places apart; `null`: not stated
 * @param day ISO date (UTC) for which the price has to hold
 */
export function offerPrice(offer: Offer | null, region: string | null, day: string): TokenPriceUsd | null {
  const rows = (offer?.prices ?? []).filter((row) => row.serviceTier === "standard" && holdsOn(row, day));
  const row = rows.find((one) => one.region === region) ?? rows.find((one) => one.region === null);
  const { input, output } = row?.rates ?? {};
  if (input === undefined) return null;
  return {
    inputPerMillion: usdPerMillion(input.nanoUsd, input.per),
    outputPerMillion: output === undefined ? null : usdPerMillion(output.nanoUsd, output.per),
  };
}

/** One figure for ordering: 3 parts input and 1 part output; `null` where either is not known. */
export function blendedUsdPerMillion(price: TokenPriceUsd | null): number | null {
  if (price === null || price.outputPerMillion === null) return null;
  return (3 * price.inputPerMillion + price.outputPerMillion) / 4;
}

function holdsOn({ validFrom, validUntil }: PriceRow, day: string): boolean {
  return (validFrom === null || validFrom <= day) && (validUntil === null || day < validUntil);
}

function usdPerMillion(nanoUsd: number, per: number): number {
  return (nanoUsd * 1e-3) / per;
}
