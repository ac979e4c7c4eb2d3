import type { CatalogFilePrice } from "../../packages/catalog/src/catalog-file.ts";
import type { PriceClass } from "../../packages/catalog/src/price-class.ts";

/** Rates while they are put together. */
export type DraftRates = Partial<Record<PriceClass, string>>;

/** A price row while it is put together. */
export type PriceDraft = { -readonly [Field in keyof CatalogFilePrice]: CatalogFilePrice[Field] };

/** True when both ask the same of input and output, which is when a second source may add what a first one lacks. */
export function agree(one: DraftRates, other: DraftRates): boolean {
  return one.input === other.input && (one.output ?? "0") === (other.output ?? "0");
}
