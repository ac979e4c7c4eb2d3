import type { PriceClass } from "@gw/catalog";

/** What a usage costs, by class of what was used. */
export interface PricedUsage {
  /** The id of the price row. */
  readonly priceRow: string;
  /** Each class once (once per quality and size), without those that were not used. */
  readonly lines: readonly PricedLine[];
  /** 1e-9 USD: the exact sum, rounded once, half up. */
  readonly costNanoUsd: bigint;
  /** Classes that were used, but without a price or a count: the cost is a lower bound then. */
  readonly incomplete: readonly PriceClass[];
}

/** One class of a {@link PricedUsage}. */
export interface PricedLine {
  readonly class: PriceClass;
  readonly units: number;
  /** 1e-12 USD, rounded half up: for reading. The cost is the sum of the exact amounts. */
  readonly costPicoUsd: bigint;
}

/** Units that a usage object of tokens has no word for. */
export interface ExtraUnits {
  /**
   * `cacheReadAudio` is taken out of the cached tokens, and `webSearch` stands in place of `webSearches`, for vendors that price
   * searches by size. Every other class adds to what the usage says.
   */
  readonly class: PriceClass;
  /** Seconds may have a fraction. */
  readonly units: number;
  /** As in the price row's `variants`; what has no price for them costs the usual one. */
  readonly quality?: string;
  readonly size?: string;
}
