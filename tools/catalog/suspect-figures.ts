import type { PriceDraft } from "./price-draft.ts";

/** Figures of a source that are not taken over, and why. */
export interface SuspectFigures {
  readonly source: "litellm" | "models.dev" | "portkey" | "genai-prices";
  readonly vendor: string;
  /** The vendor's ids. */
  readonly model: RegExp;
  /** The fields of the source that are not read; the whole row when there are none. */
  readonly fields?: RegExp;
  readonly reason: string;
}

const tokenPrices = /cost_per_token|token_cost|tiered_pricing/;

/**
 * Figures that were looked at and are left out; where a list's prices are, those of genai-prices or models.dev stand in. Zeros of
 * what is sold, and tiers that cost what the standard costs, are left out by rule.
 *
 * A list is the base unless two others, one of them newer, agree with each other against it. An alias that has moved on is no
 * such case: the list has its newest target.
 */
const suspectFigures: readonly SuspectFigures[] = [
  {
    source: "litellm",
    vendor: "google",
    model: /^gemini-1\.5-flash$/,
    reason: "an embedding model with a chat model's prices; retired on 2025-09-29",
  },
  {
    source: "litellm",
    vendor: "google",
    model: /^gemma-/,
    reason: "0 for every unit of a model whose paid use no source prices",
  },
  {
    source: "litellm",
    vendor: "google",
    model: /^gemini-2\.5-flash-preview-tts$/,
    fields: tokenPrices,
    reason: "the prices of the text model; models.dev has those of speech",
  },
  {
    source: "litellm",
    vendor: "google",
    model: /^gemini-3\.1-flash-image/,
    fields: tokenPrices,
    reason: "half of what genai-prices and models.dev ask for input",
  },
  {
    source: "litellm",
    vendor: "google",
    model: /^gemini-3\.6-flash$/,
    fields: tokenPrices,
    reason: "the price from 2027 on; genai-prices has the one before, too",
  },
  {
    source: "litellm",
    vendor: "anthropic",
    model: /^claude-3-(?:haiku|opus)-/,
    fields: /above_1hr/,
    reason: "the figure of another model: 24 times, and less than half of, the input",
  },
  {
    source: "models.dev",
    vendor: "anthropic",
    model: /^claude-3-sonnet-/,
    fields: /^cache_write$/,
    reason: "a tenth of the input; it is the price of reading",
  },
  {
    source: "models.dev",
    vendor: "minimax",
    model: /-highspeed$/,
    fields: /^cache_write$/,
    reason: "less than the input; it is the price of the slower model",
  },
  {
    source: "litellm",
    vendor: "bedrock",
    model: /^eu\.anthropic\.claude-3-5-haiku-/,
    fields: tokenPrices,
    reason: "the prices of Claude 3 Haiku",
  },
  {
    source: "litellm",
    vendor: "bedrock",
    model: /^mistral\.mistral-large-2402/,
    fields: tokenPrices,
    reason: "twice what genai-prices and Portkey ask",
  },
  {
    source: "portkey",
    vendor: "bedrock",
    model: /^amazon\.nova-/,
    fields: /^cache_/,
    reason: "cache reads at the price of input, and writes at that of output",
  },
  {
    source: "litellm",
    vendor: "mistral",
    model: /^(?:codestral-latest|mistral-medium|open-mistral-nemo(?:-2407)?)$/,
    fields: tokenPrices,
    reason: "older prices: genai-prices and Portkey agree on lower ones",
  },
  {
    source: "litellm",
    vendor: "deepseek",
    model: /^deepseek-(?:chat|reasoner)$/,
    fields: tokenPrices,
    reason: "the price of V3.2; models.dev and Portkey have that of the model that answers now",
  },
  {
    source: "genai-prices",
    vendor: "deepseek",
    model: /^deepseek-(?:chat|reasoner)$/,
    reason: "the prices and hours of 2025",
  },
  {
    source: "litellm",
    vendor: "deepseek",
    model: /./,
    fields: /^cache_creation_/,
    reason: "0 for cache writes, which this vendor neither reports nor prices",
  },
  {
    source: "litellm",
    vendor: "alibaba",
    model: /^qwen3-next-80b-/,
    fields: tokenPrices,
    reason: "less than a third of what models.dev and Portkey ask",
  },
  {
    source: "litellm",
    vendor: "together",
    model: /^Qwen\/Qwen3-235B-A22B-Instruct-2507-tput$/,
    fields: tokenPrices,
    reason: "ten times the output price of models.dev and Portkey: a slipped point",
  },
  { source: "litellm", vendor: "jina", model: /./, fields: /^output_cost/, reason: "a reranker gives no tokens" },
  {
    source: "litellm",
    vendor: "openai",
    model: /^gpt-4o-mini-tts/,
    fields: /^output_cost_per_(?:second|token)$/,
    reason: "the same sound by the second, by the text token and by the audio token; the vendor bills audio tokens",
  },
];

/** True where all of LiteLLM's token prices of a model are left out. */
export function hasSuspectPrices(vendor: string, model: string): boolean {
  return suspectFigures.some(
    (one) => one.source === "litellm" && one.vendor === vendor && one.fields === tokenPrices && one.model.test(model),
  );
}

/** What a source says of a model without the figures that are left out; `null` when that is all of it. */
export function withoutSuspects<Row>(
  source: SuspectFigures["source"],
  vendor: string,
  model: string,
  row: Row,
): Row | null {
  const suspects = suspectFigures.filter(
    (one) => one.source === source && one.vendor === vendor && one.model.test(model),
  );
  if (suspects.some(({ fields }) => fields === undefined)) return null;
  return suspects.reduce((rest, { fields }) => withoutFields(rest, fields as RegExp) as Row, row);
}

function withoutFields(value: unknown, fields: RegExp): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([field]) => !fields.test(field))
      .map(([field, inner]) => [field, withoutFields(inner, fields)]),
  );
}

/** Why a service tier's row is not believed, or `null`. */
export function suspectReason(standard: PriceDraft, other: PriceDraft): string | null {
  const same =
    JSON.stringify([standard.rates.input, standard.rates.output]) ===
    JSON.stringify([other.rates.input, other.rates.output]);
  return same ? "costs what the standard tier costs" : null;
}
