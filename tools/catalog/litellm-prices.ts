import type { PriceClass } from "../../packages/catalog/src/price-class.ts";
import type { ServiceTier } from "../../packages/catalog/src/price-row.ts";
import { decimal, priceText } from "./decimal.ts";
import type { DraftRates, PriceDraft } from "./price-draft.ts";
import { type LiteLlmRow, sourceText } from "./sources.ts";
import { suspectReason } from "./suspect-figures.ts";

const tokenFields: readonly (readonly [string, PriceClass])[] = [
  ["input_cost_per_token", "input"],
  ["output_cost_per_token", "output"],
  ["input_cost_per_token_cache_hit", "cacheRead"],
  ["cache_read_input_token_cost", "cacheRead"],
  ["cache_creation_input_token_cost", "cacheWrite5m"],
  ["cache_creation_input_token_cost_above_1hr", "cacheWrite1h"],
  ["output_cost_per_reasoning_token", "reasoning"],
  ["input_cost_per_audio_token", "inputAudio"],
  ["output_cost_per_audio_token", "outputAudio"],
  ["cache_read_input_audio_token_cost", "cacheReadAudio"],
  ["input_cost_per_image_token", "inputImage"],
  ["output_cost_per_image_token", "outputImage"],
];
const tierSuffixes: Readonly<Record<ServiceTier, string>> = {
  standard: "",
  batch: "_batches",
  flex: "_flex",
  priority: "_priority",
};
const tokenModes = ["chat", "responses", "completion"];

/** The price rows of a row of LiteLLM's list, one for each service tier that it prices; none when it does not know its price. */
export function litellmPrices(of: string, row: LiteLlmRow, free: boolean): PriceDraft[] {
  const standard = draftOf(of, row, "standard", free);
  if (standard === null) return [];
  const others = (["batch", "flex", "priority"] as const)
    .map((tier) => draftOf(of, row, tier, free))
    .filter((draft) => draft !== null)
    .filter((draft) => suspectReason(standard, draft) === null);
  return [standard, ...others];
}

function draftOf(of: string, row: LiteLlmRow, tier: ServiceTier, free: boolean): PriceDraft | null {
  const suffix = tierSuffixes[tier];
  const tiered = Array.isArray(row.tiered_pricing) ? (row.tiered_pricing as LiteLlmRow[]) : null;
  if (tiered !== null && tier !== "standard") return null;
  const rates = tokenRates(tiered?.[0] ?? row, "", suffix, free);
  const units: DraftRates = tier === "standard" ? unitRates(row, rates) : {};
  // A list that says 0 for what is sold does not know its price, nor does one that has half of it.
  const sold = rates.input !== undefined && (free || rates.input !== "0");
  const half = tokenModes.includes(row.mode ?? "") && rates.output === undefined;
  if ((!sold || half) && Object.keys(units).length === 0) return null;
  const draft: PriceDraft = { of, ...(tier !== "standard" && { tier }), rates: {}, sources: sourceText("litellm") };
  draft.rates = sold && !half ? { ...rates, ...units } : units;
  const above =
    tiered === null
      ? bounds(row).map((bound) => [bound, tokenRates(row, `_above_${bound / 1_000}k_tokens`, suffix, free)] as const)
      : tiered.slice(1).map((part) => [(part.range as number[])[0] ?? 0, tokenRates(part, "", "", free)] as const);
  const differing = above.filter(([, theirs]) => Object.keys(theirs).length > 0);
  if (differing.length > 0) draft.above = differing;
  const variants = tier === "standard" ? unitVariants(row) : [];
  if (variants.length > 0) draft.variants = variants;
  return draft;
}

function tokenRates(row: LiteLlmRow, above: string, suffix: string, free: boolean): DraftRates {
  const rates: DraftRates = {};
  for (const [field, name] of tokenFields) {
    const usd = row[`${field}${above}${suffix}`];
    if (typeof usd === "number" && (usd > 0 || free)) rates[name] = priceText(usd, name);
  }
  // Of its own is only what differs.
  if (rates.reasoning === (rates.output ?? priceTextOf(row.output_cost_per_token, "output"))) delete rates.reasoning;
  return rates;
}

function priceTextOf(usd: unknown, name: PriceClass): string | undefined {
  return typeof usd === "number" ? priceText(usd, name) : undefined;
}

function bounds(row: LiteLlmRow): number[] {
  const found = Object.keys(row).flatMap((field) => /_above_(\d+)k_tokens/.exec(field)?.[1] ?? []);
  return [...new Set(found)].map((thousands) => Number(thousands) * 1_000).sort((one, other) => one - other);
}

/** What is not counted in tokens. A second count of what tokens already pay for is left out. */
function unitRates(row: LiteLlmRow, tokens: DraftRates): DraftRates {
  const units: DraftRates = {};
  const set = (name: PriceClass, ...fields: string[]): void => {
    const usd = fields.map((field) => row[field]).find((value) => typeof value === "number" && value > 0);
    if (typeof usd === "number") units[name] = priceText(usd, name);
  };
  const { mode } = row;
  const makesImages = mode === "image_generation" || mode === "image_edit";
  if (makesImages && tokens.outputImage === undefined) set("image", "output_cost_per_image", "input_cost_per_image");
  if (mode === "video_generation")
    set("outputVideoSecond", "output_cost_per_video_per_second", "output_cost_per_second");
  if (mode === "audio_transcription" && tokens.input === undefined) {
    set("inputAudioSecond", "input_cost_per_second", "output_cost_per_second");
  }
  if (mode === "audio_speech") set("character", "input_cost_per_character");
  if (mode === "chat") set("inputAudioSecond", "input_cost_per_audio_per_second");
  if (mode === "chat" || mode === "embedding") set("inputVideoSecond", "input_cost_per_video_per_second");
  set("request", "input_cost_per_request", "input_cost_per_query");
  set("page", "ocr_cost_per_page");
  const search = searchPrices(row);
  if (search.medium !== undefined) units.webSearch = decimal(search.medium);
  return units;
}

function unitVariants(row: LiteLlmRow): NonNullable<PriceDraft["variants"]> {
  const { low, medium, high } = searchPrices(row);
  const searches = Object.entries({ low, high }).filter(([, usd]) => usd !== undefined && usd !== medium);
  const hd = row.output_cost_per_second_1080p;
  return [
    ...searches.map(([size, usd]) => ["webSearch", null, size, decimal(usd as number)] as const),
    ...(typeof hd === "number"
      ? [["outputVideoSecond", null, "1080p", priceText(hd, "outputVideoSecond")] as const]
      : []),
  ];
}

function searchPrices(row: LiteLlmRow): { low?: number; medium?: number; high?: number } {
  const prices = (row.search_context_cost_per_query ?? {}) as Readonly<Record<string, number>>;
  const of = (size: string): number | undefined => prices[`search_context_size_${size}`] || undefined;
  const [low, medium, high] = ["low", "medium", "high"].map(of);
  return { ...(low && { low }), ...(medium && { medium }), ...(high && { high }) };
}

/**
 * Prices by quality and size, for a model that is priced by the picture. The list holds them under keys of their own, such as
 * `hd/1024-x-1792/model`, for one pixel and rounded: the picture's price comes back to the tenth of a cent.
 */
export function imageVariants(model: string, list: Readonly<Record<string, LiteLlmRow>>): PriceDraft["variants"] {
  return Object.entries(list).flatMap(([key, row]) => {
    if (!key.endsWith(`/${model}`)) return [];
    const [, quality = null, width, height] = /^(?:([a-z]+)\/)?(\d+)-x-(\d+)\/[^/]+$/.exec(key) ?? [];
    const usd = row.input_cost_per_pixel;
    if (width === undefined || typeof usd !== "number" || usd <= 0) return [];
    const picture = (usd * Number(width) * Number(height)).toFixed(3);
    return [["image", quality, `${width}x${height}`, decimal(Number(picture))] as const];
  });
}

/** The standard rows that hold on `date` or later, again for the places of processing that cost a fixed part more. */
export function regionalPrices(rows: readonly PriceDraft[], row: LiteLlmRow, date: string): PriceDraft[] {
  const entry = (row.provider_specific_entry ?? {}) as Readonly<Record<string, number>>;
  const factors = {
    eu: row.regional_processing_uplift_multiplier_eu,
    us: row.regional_processing_uplift_multiplier_us ?? entry.us,
  };
  return rows
    .filter((draft) => draft.tier === undefined && draft.region === undefined && (draft.until ?? date) >= date)
    .flatMap((draft) =>
      Object.entries(factors).flatMap(([region, factor]) =>
        typeof factor === "number" && factor !== 1 ? [timesTokens({ ...draft, region }, factor)] : [],
      ),
    );
}

function timesTokens(draft: PriceDraft, factor: number): PriceDraft {
  const tokens = new Set<string>(tokenFields.map(([, name]) => name));
  const times = (rates: DraftRates): DraftRates =>
    Object.fromEntries(
      Object.entries(rates).map(([name, text]) => [name, tokens.has(name) ? decimal(Number(text) * factor) : text]),
    );
  return {
    ...draft,
    rates: times(draft.rates),
    ...(draft.above !== undefined && { above: draft.above.map(([bound, rates]) => [bound, times(rates)] as const) }),
  };
}
