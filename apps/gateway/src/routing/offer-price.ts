import { priceRowFor } from "@gw/billing";
import type { Offer } from "@gw/catalog";

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
 * @param atMs when it has to hold: Unix time
 */
export function offerPrice(offer: Offer | null, region: string | null, atMs: number): TokenPriceUsd | null {
  const row = offer === null ? null : priceRowFor(offer, { atMs, region });
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

function usdPerMillion(nanoUsd: number, per: number): number {
  return (nanoUsd * 1e-3) / per;
}
