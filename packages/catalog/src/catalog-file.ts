import type { Modality } from "@gw/core/types";
import type { PriceClass } from "./price-class.ts";
import type { ServiceTier } from "./price-row.ts";

/** The version of the form below. A reader refuses every other: figures that are half understood are worse than none. */
export const catalogFileVersion = 1;

/**
 * A catalogue as JSON, the form in which it is shipped and published.
 *
 * What is unknown, empty or usual is left out. Prices are text, see `parseRate`, so that no parser rounds them.
 */
export interface CatalogFile {
  readonly schemaVersion: typeof catalogFileVersion;
  readonly models: readonly CatalogFileModel[];
  readonly prices: readonly CatalogFilePrice[];
}

/** The facts of `CatalogModel`, one line each. */
export interface CatalogFileModel {
  readonly id: string;
  readonly modalities?: readonly Modality[];
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly reasoning?: boolean;
  readonly tools?: boolean;
  readonly structuredOutput?: boolean;
  readonly contextTokens?: number;
  readonly maxInputTokens?: number;
  readonly maxOutputTokens?: number;
  readonly tokenizer?: string;
  readonly releasedOn?: string;
  readonly deprecated?: true;
  readonly retiresOn?: string;
  readonly snapshots?: readonly string[];
  /** `provider/model` of each offer; by default the id itself is the only one. */
  readonly offers?: readonly string[];
  /** `name date, name date`. */
  readonly sources: string;
}

/** Prices by class, as text. */
export type CatalogFileRates = Readonly<Partial<Record<PriceClass, string>>>;

/** A price row, one line each. */
export interface CatalogFilePrice {
  /** `provider/model` of the offer. */
  readonly of: string;
  /** `standard` by default. */
  readonly tier?: ServiceTier;
  readonly region?: string;
  /** ISO dates: the first day, and the first day after. */
  readonly from?: string;
  readonly until?: string;
  /** Hours of the day (UTC), see `parseHours`: `"01:00-04:00"`, `"Mon-Fri 06:00-10:00"`; all of them by default. */
  readonly hours?: readonly string[];
  readonly rates: CatalogFileRates;
  /** Pairs of a bound in input tokens and what differs above it, lowest first. */
  readonly above?: readonly (readonly [number, CatalogFileRates])[];
  /** Class, quality, size, price. */
  readonly variants?: readonly (readonly [PriceClass, string | null, string | null, string])[];
  /** `name date, name date`. */
  readonly sources: string;
}
