import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type CatalogFile, type CatalogFilePrice, catalogFileVersion } from "../packages/catalog/src/catalog-file.ts";
import { loadCatalog } from "../packages/catalog/src/load-catalog.ts";
import { catalogText } from "./catalog/catalog-text.ts";
import { continueHistory } from "./catalog/continue-history.ts";
import type { VendorPart } from "./catalog/fold-models.ts";
import { withOtherOffers } from "./catalog/other-offers.ts";
import { readSources } from "./catalog/sources.ts";
import { vendorPart } from "./catalog/vendor-part.ts";
import { vendors } from "./catalog/vendors.ts";

// Writes packages/catalog/src/data/*.gen.json from the price data beside the repository (tools/catalog/README.md says what that is
// and where it comes from). Figures are carried over with their source; nothing else of a source is. LiteLLM's list is the base for prices, models.dev for limits and modalities, genai-prices
// for history and announced changes, Portkey for what the first lacks. OpenRouter's prices are its own and no other vendor's.
//
//   node --conditions=@gw/source tools/sync-catalog.ts [--sources ../shared/prices] [--single FILE]
//
// `--single` also writes all of it as one file, as `loadCatalog` reads it.

const option = (name: string): string | undefined =>
  process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined;
const folder = "packages/catalog/src/data";
const sources = readSources(option("--sources") ?? "../shared/prices");

const hosts = vendors.filter(({ host }) => host === true).map(({ vendor }) => vendor);
const parts = withOtherOffers(new Map(vendors.map((vendor) => [vendor.vendor, vendorPart(vendor, sources)])), hosts);
const files = new Map([...parts].map(([vendor, part]) => [vendor, fileOf(vendor, part)]));
const all: CatalogFile = {
  schemaVersion: catalogFileVersion,
  models: [...files.values()].flatMap(({ models }) => models),
  prices: [...files.values()].flatMap(({ prices }) => prices),
};
// The reader of published files is strict: what it refuses is not written.
loadCatalog(all);
mkdirSync(folder, { recursive: true });
for (const [vendor, file] of files) {
  const text = catalogText(file);
  writeFileSync(`${folder}/${vendor}.gen.json`, text);
  process.stdout.write(
    `${vendor}: ${file.models.length} models, ${file.prices.length} price rows, ${text.length} bytes\n`,
  );
}
const single = option("--single");
if (single !== undefined) writeFileSync(single, catalogText(all));

function fileOf(vendor: string, { models, prices }: VendorPart): CatalogFile {
  const sorted = [...models].sort((one, other) => (one.id < other.id ? -1 : 1));
  const order = new Map(sorted.map(({ id, offers }, at) => [offers?.[0] ?? id, at]));
  const placed = Map.groupBy(continueHistory(published(vendor), prices), ({ of }) => order.get(of) ?? sorted.length);
  return {
    schemaVersion: catalogFileVersion,
    models: sorted,
    prices: [...placed].sort(([one], [other]) => one - other).flatMap(([, rows]) => rows),
  };
}

function published(vendor: string): readonly CatalogFilePrice[] {
  const path = `${folder}/${vendor}.gen.json`;
  if (!existsSync(path)) return [];
  const before = JSON.parse(readFileSync(path, "utf8")) as Partial<CatalogFile>;
  return before.schemaVersion === catalogFileVersion ? (before.prices ?? []) : [];
}
