export { type Catalog, catalog, createCatalog } from "./catalog.ts";
export type { CatalogModel, Offer, Rate, TokenPrice } from "./catalog-model.ts";
