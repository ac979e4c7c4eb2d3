import type { PriceClass } from "../../packages/catalog/src/price-class.ts";
import { decimal } from "./decimal.ts";
import type { DraftRates, PriceDraft } from "./price-draft.ts";
import { type ModelsDevCost, type ModelsDevRow, sourceText } from "./sources.ts";

const classes: Readonly<Record<string, PriceClass>> = {
  input: "input",
  output: "output",
  reasoning: "reasoning",
  cache_read: "cacheRead",
  cache_write: "cacheWrite5m",
  input_audio: "inputAudio",
  output_audio: "outputAudio",
};

/** The price row of a model that only models.dev prices; none where it says 0, which its models without a price do too. */
export function modelsDevPrices(of: string, row: ModelsDevRow | undefined): PriceDraft[] {
  const cost = row?.cost;
  if (cost === undefined || !cost.input) return [];
  const rates = ratesOf(cost);
  if (rates.reasoning === rates.output) delete rates.reasoning;
  const above = (cost.tiers ?? []).map((tier) => [tier.tier.size, ratesOf(tier)] as const);
  return [{ of, rates, ...(above.length > 0 && { above }), sources: sourceText("models.dev") }];
}

function ratesOf(cost: ModelsDevCost): DraftRates {
  const rates: DraftRates = {};
  for (const [field, name] of Object.entries(classes)) {
    const usd = cost[field];
    if (typeof usd === "number" && usd > 0) rates[name] = decimal(usd);
  }
  return rates;
}
