import type { CatalogFile, CatalogFileModel, CatalogFilePrice, CatalogFileRates } from "./catalog-file.ts";
import type { CatalogModel, Offer } from "./catalog-model.ts";
import type { PriceClass } from "./price-class.ts";
import { type PriceHours, parseHours } from "./price-hours.ts";
import type { PriceRow, Rate, Rates, Source } from "./price-row.ts";
import { priceRowId } from "./price-row-id.ts";
import { parseRate } from "./rate-text.ts";

/** The models of files that are known to be sound; an offer's prices may stand in another file than its model. */
export function readCatalogFiles(files: readonly CatalogFile[]): CatalogModel[] {
  const prices = Map.groupBy(
    files.flatMap((file) => file.prices),
    (row) => row.of,
  );
  const sources = new Map<string, readonly Source[]>();
  const sourcesOf = (text: string): readonly Source[] => {
    const known = sources.get(text);
    if (known !== undefined) return known;
    const read = readSources(text);
    sources.set(text, read);
    return read;
  };
  const offers = new Map<string, Offer>();
  const offerOf = (name: string): Offer => {
    const known = offers.get(name);
    if (known !== undefined) return known;
    const offer = readOffer(name, prices.get(name) ?? [], sourcesOf);
    offers.set(name, offer);
    return offer;
  };
  return files.flatMap((file) => file.models.map((model) => readModel(model, offerOf, sourcesOf(model.sources))));
}

// Most offers are never asked what they cost: rows are read when one is.
function readOffer(
  name: string,
  rows: readonly CatalogFilePrice[],
  sourcesOf: (text: string) => readonly Source[],
): Offer {
  const slash = name.indexOf("/");
  const [provider, model] = [name.slice(0, slash), name.slice(slash + 1)];
  let read: readonly PriceRow[] | undefined;
  return {
    provider,
    model,
    get prices() {
      read ??= rows.map((row) => readRow(provider, model, row, sourcesOf(row.sources)));
      return read;
    },
  };
}

function readModel(
  model: CatalogFileModel,
  offerOf: (name: string) => Offer,
  sources: readonly Source[],
): CatalogModel {
  return {
    id: model.id,
    modalities: model.modalities ?? [],
    input: model.input ?? [],
    output: model.output ?? [],
    reasoning: model.reasoning ?? null,
    tools: model.tools ?? null,
    structuredOutput: model.structuredOutput ?? null,
    contextTokens: model.contextTokens ?? null,
    maxInputTokens: model.maxInputTokens ?? null,
    maxOutputTokens: model.maxOutputTokens ?? null,
    tokenizer: model.tokenizer ?? null,
    releasedOn: model.releasedOn ?? null,
    deprecated: model.deprecated ?? false,
    retiresOn: model.retiresOn ?? null,
    snapshots: model.snapshots ?? [],
    offers: (model.offers ?? [model.id]).map(offerOf),
    sources,
  };
}

function readRow(provider: string, model: string, row: CatalogFilePrice, sources: readonly Source[]): PriceRow {
  const rates = readRates(row.rates);
  const figures = {
    serviceTier: row.tier ?? "standard",
    region: row.region ?? null,
    validFrom: row.from ?? null,
    hours: (row.hours ?? []).map((text) => parseHours(text) as PriceHours),
    rates,
    contextTiers: readTiers(row, rates),
    variants: (row.variants ?? []).map(([name, quality, size, text]) => ({
      class: name,
      quality,
      size,
      rate: parseRate(text, name) as Rate,
    })),
  };
  return { id: priceRowId(provider, model, figures), ...figures, validUntil: row.until ?? null, sources };
}

function readTiers(row: CatalogFilePrice, base: Rates): PriceRow["contextTiers"] {
  let below = base;
  return (row.above ?? []).map(([aboveInputTokens, rates]) => {
    below = { ...below, ...readRates(rates) };
    return { aboveInputTokens, rates: below };
  });
}

function readRates(texts: CatalogFileRates): Rates {
  const rates: Partial<Record<PriceClass, Rate>> = {};
  for (const [name, text] of Object.entries(texts) as [PriceClass, string][]) {
    rates[name] = parseRate(text, name) as Rate;
  }
  return rates;
}

function readSources(text: string): Source[] {
  return text.split(", ").map((one) => {
    const [name = one, date = null] = one.split(" ");
    return { name, date };
  });
}
