import type { Modality } from "@gw/core/types";
import type { PriceRow, Source } from "./price-row.ts";

/** A model at one vendor. */
export interface Offer {
  readonly provider: string;
  /** What the vendor calls it: to be sent. */
  readonly model: string;
  /** Empty is a state of its own: the price is not known, and not 0. A model that is free has rates of 0. */
  readonly prices: readonly PriceRow[];
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
  /** Name of the public encoding that its text is counted by: `o200k_base`. */
  readonly tokenizer: string | null;
  /** ISO date. */
  readonly releasedOn: string | null;
  /** The vendor advises against it, or has named the day of its end. */
  readonly deprecated: boolean;
  /** ISO date of the day on which its vendor stops serving it. */
  readonly retiresOn: string | null;
  /** Other ids of the same model at the same price: dated ones, and those of single regions. */
  readonly snapshots: readonly string[];
  readonly offers: readonly Offer[];
  /** Where the facts come from. */
  readonly sources: readonly Source[];
}
