export { type Catalog, catalog, createCatalog } from "./catalog.ts";
export {
  type CatalogFile,
  type CatalogFileModel,
  type CatalogFilePrice,
  type CatalogFileRates,
  catalogFileVersion,
} from "./catalog-file.ts";
export type { CatalogModel, Offer } from "./catalog-model.ts";
export { type CatalogDifference, comparePrices } from "./compare-prices.ts";
export { genaiPriceClasses } from "./genai-price-classes.ts";
export { loadCatalog } from "./load-catalog.ts";
export { type PriceClass, priceClasses } from "./price-class.ts";
export { isInHours, type PriceHours } from "./price-hours.ts";
export {
  type ContextTier,
  type PriceRow,
  type Rate,
  type Rates,
  type RateVariant,
  type ServiceTier,
  type Source,
  serviceTiers,
} from "./price-row.ts";
export { type ParsedPriceRowId, type PriceRowFigures, parsePriceRowId, priceRowId } from "./price-row-id.ts";
