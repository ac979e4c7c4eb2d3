import { priceRowFor } from "@gw/billing";
import {
  type CatalogDifference,
  type CatalogModel,
  comparePrices,
  genaiPriceClasses,
  type Offer,
  type PriceClass,
  type PriceRow,
  priceRowId,
  type Rate,
  type Rates,
} from "@gw/catalog";
import type { ModelPrice } from "@pydantic/genai-prices";

/** In what a catalogue and the package differ. */
export interface GenaiComparison {
  /** How many offers both price. */
  readonly compared: number;
  readonly differences: readonly CatalogDifference[];
}

/**
 * Compares the prices of tokens that hold at a moment with those of the installed `@pydantic/genai-prices`, in what that states.
 * It is told by its own rules which provider and model an offer is, and carries its data with it: no network is asked.
 */
export async function compareWithGenaiPrices(
  catalog: { models(): readonly CatalogModel[] },
  atMs: number,
): Promise<GenaiComparison> {
  // Most commands have no use for it.
  const { calcPrice, findProvider } = await import("@pydantic/genai-prices");
  const [ours, theirs] = [new Map<string, CatalogModel>(), new Map<string, CatalogModel>()];
  for (const model of catalog.models()) {
    for (const offer of model.offers) {
      const row = priceRowFor(offer, { atMs });
      const provider = findProvider({ providerId: offer.provider });
      if (row === null || provider === undefined) continue;
      const found = calcPrice({ input_tokens: 1 }, offer.model, { provider, timestamp: new Date(atMs) });
      const twin = found === null ? null : rowOf(offer, found.model_price);
      if (twin === null) continue;
      const name = `${offer.provider}/${offer.model}`;
      // Rows are matched by their first day and hours, too, and the package says only what holds.
      const now = { ...row, validFrom: null, region: null, hours: [] };
      ours.set(name, { ...model, offers: [{ ...offer, prices: [now] }] });
      theirs.set(name, { ...model, offers: [{ ...offer, prices: [twin] }] });
    }
  }
  const differences = comparePrices({ models: () => [...ours.values()] }, { models: () => [...theirs.values()] });
  return { compared: ours.size, differences: differences.filter(({ other }) => other !== null) };
}

/** `null` where no token has a price. */
function rowOf({ provider, model }: Offer, prices: ModelPrice): PriceRow | null {
  const base: Partial<Record<PriceClass, Rate>> = {};
  const above = new Map<number, Rates>();
  for (const [name, priceClass] of Object.entries(genaiPriceClasses)) {
    const price = prices[name];
    if (price === undefined) continue;
    base[priceClass] = rateOf(typeof price === "number" ? price : price.base);
    for (const tier of typeof price === "number" ? [] : price.tiers) {
      above.set(tier.start, { ...above.get(tier.start), [priceClass]: rateOf(tier.price) });
    }
  }
  if (Object.keys(base).length === 0) return null;
  let below: Rates = base;
  const contextTiers = [...above]
    .sort(([one], [other]) => one - other)
    .map(([aboveInputTokens, rates]) => {
      below = { ...below, ...rates };
      return { aboveInputTokens, rates: below };
    });
  const figures = {
    serviceTier: "standard",
    region: null,
    validFrom: null,
    rates: base,
    contextTiers,
    hours: [],
    variants: [],
  } as const;
  const sources = [{ name: "@pydantic/genai-prices", date: null }];
  return { id: priceRowId(provider, model, figures), ...figures, validUntil: null, sources };
}

function rateOf(usdPerMillion: number): Rate {
  return { nanoUsd: Math.round(usdPerMillion * 1e9), per: 1_000_000 };
}
