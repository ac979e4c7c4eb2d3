import type { PriceDraft } from "./price-draft.ts";

/** A figure of a source that is not taken over, and why. */
export interface SuspectFigure {
  readonly source: string;
  readonly vendor: string;
  /** The whole of the vendor's id. */
  readonly model: RegExp;
  /** The fields of the source that are not read; the whole row when there are none. */
  readonly fields?: readonly RegExp[];
  readonly reason: string;
}

/** Figures that were looked at and are left out. Zeros of what is sold, and tiers that cost what the standard costs, are left out by rule. */
export const suspectFigures: readonly SuspectFigure[] = [
  {
    source: "litellm",
    vendor: "google",
    model: /^gemini-1\.5-flash$/,
    reason: "listed as an embedding model with a chat model's prices; retired on 2025-09-29",
  },
  {
    source: "litellm",
    vendor: "deepseek",
    model: /./,
    fields: [/^cache_creation_/],
    reason: "states 0 for cache writes, which this vendor neither reports nor prices",
  },
  {
    source: "litellm",
    vendor: "google",
    model: /^gemma-/,
    reason: "states 0 for every unit of a model whose paid use no source prices",
  },
  {
    source: "litellm",
    vendor: "jina",
    model: /./,
    fields: [/^output_cost_per_token$/],
    reason: "a reranker gives no tokens",
  },
  {
    source: "litellm",
    vendor: "openai",
    model: /^gpt-4o-mini-tts/,
    fields: [/^output_cost_per_second$/, /^output_cost_per_token$/],
    reason:
      "prices the same sound by the second, by the text token and by the audio token; the vendor bills audio tokens",
  },
];

/** Why a service tier's row is not believed, or `null`. */
export function suspectReason(standard: PriceDraft, other: PriceDraft): string | null {
  const same =
    JSON.stringify([standard.rates.input, standard.rates.output]) ===
    JSON.stringify([other.rates.input, other.rates.output]);
  return same ? "costs what the standard tier costs" : null;
}
