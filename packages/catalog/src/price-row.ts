import type { PriceClass } from "./price-class.ts";
import type { PriceHours } from "./price-hours.ts";

/** A price as an exact fraction: so many nano-USD for so many units. Both are safe integers, and `per` is positive. */
export interface Rate {
  /** 1e-9 USD. */
  readonly nanoUsd: number;
  readonly per: number;
}

/** What each class costs. An absent class has no price of its own; 0 is a price. */
export type Rates = Readonly<Partial<Record<PriceClass, Rate>>>;

/** How urgently a call is served, and paid for. */
export const serviceTiers = ["standard", "batch", "flex", "priority"] as const;

/** One of {@link serviceTiers}. */
export type ServiceTier = (typeof serviceTiers)[number];

/** What a long input costs: past its bound all tokens of the call are charged at these rates, not only those beyond. */
export interface ContextTier {
  /** The last count of input tokens, cached ones included, that the rates before this tier hold for. */
  readonly aboveInputTokens: number;
  /** Complete: what a source does not say for this tier is as below it. */
  readonly rates: Rates;
}

/** A price that holds for one quality or size only; `null` stands for any. */
export interface RateVariant {
  readonly class: PriceClass;
  /** As the vendor calls it: `high`, `hd`. */
  readonly quality: string | null;
  /** `1024x1024`, `1080p`; of a search, how much it brings into the context: `low`, `medium`, `high`. */
  readonly size: string | null;
  readonly rate: Rate;
}

/** Where figures come from. */
export interface Source {
  readonly name: string;
  /** ISO date of the state that was read; `null` for a gateway's own configuration. */
  readonly date: string | null;
}

/** What an offer costs, under given circumstances and for a given time. */
export interface PriceRow {
  /** Names these figures for ever, see {@link priceRowId}. */
  readonly id: string;
  readonly serviceTier: ServiceTier;
  /** The vendor's name of a place of processing that is priced apart; `null` for every place that has no row of its own. */
  readonly region: string | null;
  /** ISO date (UTC) of the first day; `null`: as far back as anybody knows. */
  readonly validFrom: string | null;
  /** ISO date (UTC) of the first day on which it no longer holds; `null`: no end is known. */
  readonly validUntil: string | null;
  /**
   * Hours of the day (UTC, half-open) outside which it does not hold; empty: the whole day, but for the hours of other rows. In
   * its hours a row comes before one for the whole day.
   */
  readonly hours: readonly PriceHours[];
  readonly rates: Rates;
  /** Lowest bound first. */
  readonly contextTiers: readonly ContextTier[];
  readonly variants: readonly RateVariant[];
  readonly sources: readonly Source[];
}
