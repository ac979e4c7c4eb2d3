import type { PriceClass } from "../../packages/catalog/src/price-class.ts";
import { decimal, priceText } from "./decimal.ts";
import { agree, type DraftRates, type PriceDraft } from "./price-draft.ts";
import { type PortkeyFigures, type PortkeyRow, sourceText } from "./sources.ts";
import { suspectReason } from "./suspect-figures.ts";

const classes: Readonly<Record<string, PriceClass>> = {
  request_token: "input",
  response_token: "output",
  cache_read_input_token: "cacheRead",
  cache_write_input_token: "cacheWrite5m",
  cache_write_1h: "cacheWrite1h",
  request_audio_token: "inputAudio",
  response_audio_token: "outputAudio",
};

/**
 * Adds service tiers, the price of a search and prices by resolution that LiteLLM's list lacks, where Portkey's standard
 * prices are those of the list.
 */
export function withSecondSource(rows: readonly PriceDraft[], second: PortkeyRow | undefined): PriceDraft[] {
  const standard = rows.find((row) => row.tier === undefined && row.region === undefined);
  if (standard === undefined || second === undefined) return [...rows];
  const payAsYouGo = second.pricing_config?.pay_as_you_go ?? {};
  const units = (payAsYouGo.additional_units ?? {}) as PortkeyFigures;
  const completed = rows.map((row) => (row === standard ? withUnits(row, units) : row));
  if (!agree(standard.rates, ratesOf(payAsYouGo))) return completed;
  const theirs = (["batch", "flex", "priority"] as const)
    .map((tier) => tierOf(standard.of, tier, second))
    .filter((draft) => draft !== null)
    .filter((draft) => suspectReason(standard, draft) === null);
  const added = theirs.filter(({ tier }) => !rows.some((row) => row.tier === tier));
  return [...completed.map((row) => withTierOf(row, theirs)), ...added];
}

/** What a list says of a tier's input and output, with what only the second source says of its cache and long inputs. */
function withTierOf(row: PriceDraft, theirs: readonly PriceDraft[]): PriceDraft {
  const second = theirs.find(({ tier, rates }) => row.tier === tier && agree(row.rates, rates));
  if (row.tier === undefined || second === undefined) return row;
  const rates = { ...second.rates, ...row.rates };
  const longer = row.above === undefined && second.above !== undefined;
  if (!longer && Object.keys(rates).length === Object.keys(row.rates).length) return row;
  return {
    ...row,
    rates,
    ...(longer && { above: second.above }),
    sources: `${row.sources}, ${sourceText("portkey")}`,
  };
}

function tierOf(of: string, tier: "batch" | "flex" | "priority", second: PortkeyRow): PriceDraft | null {
  const mode = second.custom_pricing?.regions?.default?.execution_modes?.[tier];
  const bounds = second.custom_pricing?.context_tier_map ?? {};
  const parts = Object.entries(bounds)
    .map(([bound, name]) => [Number(bound), ratesOf(figuresOf(mode?.context_tiers?.[name]?.pricing_config))] as const)
    .filter(([, rates]) => rates.input !== undefined)
    .sort(([one], [other]) => one - other);
  const flat = ratesOf(figuresOf(mode?.pricing_config));
  const simple = tier === "batch" ? ratesOf(second.pricing_config?.batch_config ?? {}) : {};
  const rates = parts[0]?.[0] === 0 ? parts[0][1] : flat.input === undefined ? simple : flat;
  if (rates.input === undefined || rates.output === undefined) return null;
  const above = parts.filter(([bound]) => bound > 0);
  return { of, tier, rates, ...(above.length > 0 && { above }), sources: sourceText("portkey") };
}

function figuresOf(config: PortkeyRow["pricing_config"]): PortkeyFigures {
  return config?.pay_as_you_go ?? {};
}

function ratesOf(figures: PortkeyFigures): DraftRates {
  const rates: DraftRates = {};
  const all = { ...figures, ...((figures.additional_units ?? {}) as PortkeyFigures) };
  for (const [field, name] of Object.entries(classes)) {
    const cents = centsOf(all[field]);
    if (cents !== null) rates[name] = priceText(cents / 100, name);
  }
  return rates;
}

function withUnits(row: PriceDraft, units: PortkeyFigures): PriceDraft {
  const search = centsOf(units.web_search);
  const searched = search !== null && row.rates.webSearch === undefined && row.rates.input !== undefined;
  const sizes = Object.entries(units).flatMap(([field, figure]) => {
    const [, width, height] = /^video_duration_seconds_(\d+)_(\d+)$/.exec(field) ?? [];
    const cents = centsOf(figure);
    return cents === null || width === undefined ? [] : [[`${width}x${height}`, decimal(cents / 100)] as const];
  });
  const base = row.rates.outputVideoSecond;
  // Resolutions are only believed of a list that has the known price among them.
  const variants =
    base === undefined || !sizes.some(([, text]) => text === base) ? [] : sizes.filter(([, text]) => text !== base);
  if (!searched && variants.length === 0) return row;
  return {
    ...row,
    rates: { ...row.rates, ...(searched && { webSearch: decimal(search / 100) }) },
    ...(variants.length > 0 && {
      variants: [
        ...(row.variants ?? []),
        ...variants.map(([size, text]) => ["outputVideoSecond", null, size, text] as const),
      ],
    }),
    sources: `${row.sources}, ${sourceText("portkey")}`,
  };
}

function centsOf(figure: unknown): number | null {
  const price = (figure as { price?: unknown } | undefined)?.price;
  return typeof price === "number" && price > 0 ? price : null;
}
