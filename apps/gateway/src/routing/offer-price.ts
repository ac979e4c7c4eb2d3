import type { Offer } from "@gw/catalog";

/** What a million tokens cost at a target. */
export interface TokenPriceUsd {
  readonly inputPerMillion: number;
  /** `null`: not stated. */
  readonly outputPerMillion: number | null;
}

/** An offer's price, for comparing; `null` where it is not known. */
export function offerPrice(offer: Offer | null): TokenPriceUsd | null {
  if (offer === null || offer.price === null) return null;
  const { input, output } = offer.price;
  return {
    inputPerMillion: usdPerMillion(input.nanoUsd, input.per),
    outputPerMillion: output === null ? null : usdPerMillion(output.nanoUsd, output.per),
  };
}

/** One figure for ordering: 3 parts input and 1 part output, as agents use them; `null` where a part is not known. */
export function blendedUsdPerMillion(price: TokenPriceUsd | null): number | null {
  if (price === null || price.outputPerMillion === null) return null;
  return (3 * price.inputPerMillion + price.outputPerMillion) / 4;
}

function usdPerMillion(nanoUsd: number, per: number): number {
  return (nanoUsd / per) * 1e-3;
}
