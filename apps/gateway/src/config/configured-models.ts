import { type CatalogModel, type PriceRow, priceRowId, type Rate } from "@gw/catalog";
import type { Config } from "./config-schema.ts";

/** Models that a configuration adds to what is shipped. Nothing is known of them but what it says. */
export function configuredModels(config: Config): CatalogModel[] {
  return Object.entries(config.providers ?? {}).flatMap(([provider, { models = [] }]) =>
    models.map((entry): CatalogModel => {
      const { id, price } = typeof entry === "string" ? { id: entry } : entry;
      return {
        id: `${provider}/${id}`,
        modalities: [],
        input: [],
        output: [],
        reasoning: null,
        tools: null,
        structuredOutput: null,
        contextTokens: null,
        maxInputTokens: null,
        maxOutputTokens: null,
        releasedOn: null,
        deprecated: false,
        retiresOn: null,
        snapshots: [],
        offers: [{ provider, model: id, prices: price === undefined ? [] : [priceRow(provider, id, price)] }],
        sources: [source],
      };
    }),
  );
}

const source = { name: "configuration", date: null };

function priceRow(
  provider: string,
  model: string,
  price: { readonly inputUsdPerMillion: number; readonly outputUsdPerMillion: number },
): PriceRow {
  const rate = (usd: number): Rate => ({ nanoUsd: Math.round(usd * 1e9), per: 1_000_000 });
  const figures = {
    serviceTier: "standard",
    region: null,
    validFrom: null,
    rates: { input: rate(price.inputUsdPerMillion), output: rate(price.outputUsdPerMillion) },
    contextTiers: [],
    variants: [],
  } as const;
  return { id: priceRowId(provider, model, figures), ...figures, validUntil: null, sources: [source] };
}
