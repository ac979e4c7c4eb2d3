import type { Modality } from "@gw/core/types";

/** A price as an exact fraction: so many nano-USD for so many units. */
export interface Rate {
  /** 1e-9 USD; an integer. */
  readonly nanoUsd: number;
  readonly per: number;
}

/** What tokens cost. `null`: no source states a price of its own for them. */
export interface TokenPrice {
  readonly input: Rate;
  readonly output: Rate | null;
  readonly cacheRead: Rate | null;
  readonly cacheWrite5m: Rate | null;
  readonly cacheWrite1h: Rate | null;
  readonly inputAudio: Rate | null;
  readonly outputAudio: Rate | null;
}

/** A model at one vendor. */
export interface Offer {
  readonly provider: string;
  /** What the vendor calls it: to be sent. */
  readonly model: string;
  /** `null` is a state of its own: the price is not known, and not 0. */
  readonly price: TokenPrice | null;
}

/** What is known of a model. `null` means that no source says. */
export interface CatalogModel {
  /** `author/model`, the spelling that logs and prices use. */
  readonly id: string;
  readonly modalities: readonly Modality[];
  /** What it takes and gives: text, image, pdf, audio, video. */
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly reasoning: boolean | null;
  readonly tools: boolean | null;
  readonly structuredOutput: boolean | null;
  readonly contextTokens: number | null;
  readonly maxInputTokens: number | null;
  readonly maxOutputTokens: number | null;
  /** ISO date. */
  readonly releasedOn: string | null;
  readonly deprecated: boolean;
  /** Dated ids of the same model at the same price. */
  readonly snapshots: readonly string[];
  readonly offers: readonly Offer[];
  /** Where the facts come from; the date is `null` for a gateway's own configuration. */
  readonly sources: readonly { readonly name: string; readonly date: string | null }[];
}
