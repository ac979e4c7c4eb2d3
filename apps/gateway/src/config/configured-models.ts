import { readFileSync } from "node:fs";
import {
  type Catalog,
  type CatalogModel,
  createCatalog,
  loadCatalog,
  type Offer,
  type PriceRow,
  priceRowId,
  type Rate,
  type Rates,
} from "@gw/catalog";
import { GatewayError } from "@gw/core";
import type { Config } from "./config-schema.ts";

type ConfiguredPrice = NonNullable<
  Extract<NonNullable<NonNullable<Config["providers"]>[string]["models"]>[number], object>["price"]
>;

/**
 * The models of the catalogue file that a configuration names; none where it names none.
 *
 * @throws {GatewayError} `invalid_request` when the file cannot be read or is not sound
 */
function publishedModels({ catalog: file }: Config): readonly CatalogModel[] {
  if (file === undefined) return [];
  try {
    return loadCatalog(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError("invalid_request", `catalog: ${file}: ${reason}`, { param: "catalog", cause });
  }
}

/**
 * Models that a configuration adds to those that are shipped or published, and prices that it puts in the place of theirs. Of what
 * nobody else knows nothing is known but what it says.
 */
function configuredModels(config: Config, published: readonly CatalogModel[]): CatalogModel[] {
  const known = createCatalog(published);
  const own = Object.entries(config.providers ?? {}).flatMap(([provider, { models = [] }]) =>
    models.map((entry): CatalogModel => {
      const { id, price, maxOutputTokens } = typeof entry === "string" ? { id: entry } : entry;
      const offer: Offer = {
        provider,
        model: id,
        prices: price === undefined ? [] : [priceRow(provider, id, price)],
      };
      // A price of one's own says nothing else about the model.
      const model = price === undefined ? undefined : known.models().find((one) => one.id === `${provider}/${id}`);
      const own = model === undefined ? unknownModel(offer) : withOffer(model, offer);
      return maxOutputTokens === undefined ? own : { ...own, maxOutputTokens };
    }),
  );
  return [...published, ...own];
}

/** The catalogue that a configuration works with: what is shipped, what it names, and its own models and prices. */
export function configuredCatalog(config: Config): Catalog {
  return createCatalog(configuredModels(config, publishedModels(config)));
}

const source = { name: "configuration", date: null };

function withOffer(model: CatalogModel, offer: Offer): CatalogModel {
  const others = model.offers.filter(({ provider }) => provider !== offer.provider);
  return { ...model, offers: [offer, ...others], sources: [...model.sources, source] };
}

function unknownModel(offer: Offer): CatalogModel {
  return {
    id: `${offer.provider}/${offer.model}`,
    modalities: [],
    input: [],
    output: [],
    reasoning: null,
    tools: null,
    structuredOutput: null,
    contextTokens: null,
    maxInputTokens: null,
    maxOutputTokens: null,
    tokenizer: null,
    releasedOn: null,
    deprecated: false,
    retiresOn: null,
    snapshots: [],
    offers: [offer],
    sources: [source],
  };
}

function priceRow(provider: string, model: string, price: ConfiguredPrice): PriceRow {
  const { cacheReadUsdPerMillion, cacheWriteUsdPerMillion, cacheWrite1hUsdPerMillion } = price;
  const rates: Rates = {
    input: rate(price.inputUsdPerMillion),
    output: rate(price.outputUsdPerMillion),
    ...(cacheReadUsdPerMillion !== undefined && { cacheRead: rate(cacheReadUsdPerMillion) }),
    ...(cacheWriteUsdPerMillion !== undefined && { cacheWrite5m: rate(cacheWriteUsdPerMillion) }),
    ...(cacheWrite1hUsdPerMillion !== undefined && { cacheWrite1h: rate(cacheWrite1hUsdPerMillion) }),
  };
  const figures = {
    serviceTier: "standard",
    region: null,
    validFrom: null,
    rates,
    contextTiers: [],
    hours: [],
    variants: [],
  } as const;
  return { id: priceRowId(provider, model, figures), ...figures, validUntil: null, sources: [source] };
}

function rate(usdPerMillion: number): Rate {
  return { nanoUsd: Math.round(usdPerMillion * 1e9), per: 1_000_000 };
}
