import { catalog, type Offer } from "@gw/catalog";
import { isJsonObject, type JsonObject } from "@gw/core";
import { describe, expect, it } from "vitest";
import { priceOf } from "../src/price-of.ts";
import { priceRowFor } from "../src/price-row-for.ts";
import type { ExtraUnits, PricedUsage } from "../src/priced-usage.ts";
import { genaiTokenNanoUsd, oracleSkipReason } from "./genai-oracle.ts";
import { modelsDevTokenNanoUsd } from "./models-dev-oracle.ts";
import { type RecordedUsage, recordedUsages, recordingsSkipReason } from "./recorded-usages.ts";

const skipped = recordingsSkipReason || oracleSkipReason;
// The second opinions are older than the prices of 2026-08-17 that go by the hour of the day.
const day = "2026-08-16";

/** What genai-prices calls the vendors of recordings, and the way in which they count. */
const oracles: Readonly<Record<string, readonly [provider: string, flavor: string]>> = {
  "anthropic messages": ["anthropic", "default"],
  "bedrock converse": ["aws", "default"],
  "cerebras chat": ["cerebras", "chat"],
  "google generateContent": ["google", "default"],
  "groq chat": ["groq", "default"],
  "mistral chat": ["mistral", "default"],
  "mistral embeddings": ["mistral", "default"],
  "moonshot chat": ["moonshotai", "chat"],
  "openai chat": ["openai", "chat"],
  "openai embeddings": ["openai", "embeddings"],
  "openai responses": ["openai", "responses"],
  "perplexity chat": ["perplexity", "default"],
  "xai chat": ["x-ai", "chat"],
};

/** What models.dev calls vendors that genai-prices does not know, or not by their current prices. */
const plainOracles: Readonly<Record<string, string>> = {
  alibaba: "alibaba",
  deepseek: "deepseek",
  moonshot: "moonshotai",
  together: "togetherai",
  zai: "zai",
};

const elsewhere = "a host that the catalogue does not have";
const gone = "retired: not in the catalogue";
/** Recordings that nothing was found to confirm: how many, and why. */
const exceptions: Readonly<Record<string, readonly [number, string]>> = {
  azure: [34, elsewhere],
  "bedrock-mantle": [4, elsewhere],
  "google-vertex": [26, elsewhere],
  huggingface: [8, elsewhere],
  ollama: [5, "a server of one's own: only a configuration knows its price"],
  openrouter: [23, elsewhere],
  "anthropic claude-3-5-haiku-20241022": [1, gone],
  "bedrock amazon.titan-text-express-v1": [1, gone],
  "bedrock amazon.titan-text-lite-v1": [1, gone],
  "groq llama3-8b-8192": [2, gone],
  "groq moonshotai/kimi-k2-instruct": [2, gone],
  "mistral mistral-small-latest": [13, "the alias has moved on: genai-prices has its older target"],
  "mistral mistral-tiny": [2, gone],
  "openai gpt-4-vision-preview": [1, gone],
  "openai gpt-4o-audio-preview": [1, "genai-prices lacks the price of its sound"],
  "openai null": [1, "the recording names no model"],
  "together mistralai/Mixtral-8x7B-Instruct-v0.1": [1, gone],
  "voyage voyage-3-lite": [1, "no second opinion on how it counts; 12 tokens at 0.02 USD per million are 240 nano-USD"],
};

describe.skipIf(skipped !== "")(`recorded usages${skipped}`, () => {
  const usages = recordedUsages();

  it("cost what their vendor or genai-prices says, or are listed", () => {
    const outcomes = Map.groupBy(usages, (one) => (isConfirmed(one) ? "confirmed" : nameOf(one)));
    const confirmed = outcomes.get("confirmed")?.length;
    outcomes.delete("confirmed");
    const listed = Object.entries(exceptions).map(([name, [count]]) => [name, count]);
    expect(Object.fromEntries([...outcomes].map(([name, same]) => [name, same.length]))).toEqual(
      Object.fromEntries(listed),
    );
    expect([usages.length, confirmed]).toEqual([371, 244]);
  });

  it("cost to the last digit what xAI says, thoughts and cached tokens included", () => {
    const stated = usages.filter(({ vendor, usage }) => vendor === "xai" && ticksOf(usage.raw) !== null);
    const differences = stated.map((one) => Number(priced(one)?.costNanoUsd) - (ticksOf(one.usage.raw) ?? 0) / 10);
    expect(differences).toEqual(Array(stated.length).fill(0));
    expect(stated).toHaveLength(22);
  });

  it("cost for a search what Perplexity says", () => {
    const stated = usages.filter(({ vendor, kind }) => vendor === "perplexity" && kind === "chat");
    const requests = stated.map((one) => [
      Number(priced(one)?.lines.find((line) => line.class === "request")?.costPicoUsd) / 1e12,
      (one.usage.raw as { cost: { request_cost: number } }).cost.request_cost,
    ]);
    expect(requests.map(([ours]) => ours)).toEqual(requests.map(([, theirs]) => theirs));
    expect(requests).toHaveLength(4);
  });
});

function nameOf({ vendor, model }: RecordedUsage): string {
  return catalog.models().some(({ id }) => id.startsWith(`${vendor}/`)) ? `${vendor} ${model}` : vendor;
}

function isConfirmed(one: RecordedUsage): boolean {
  const ours = priced(one);
  if (ours === null) return false;
  const { vendor, kind, model, usage } = one;
  const ticks = vendor === "xai" ? ticksOf(usage.raw) : null;
  if (ticks !== null) return Number(ours.costNanoUsd) === ticks / 10;
  const cost = statedCost(usage.raw);
  if (cost !== null) return Number(ours.costNanoUsd) === cost;
  const [provider, flavor] = oracles[`${vendor} ${kind}`] ?? ["", ""];
  const theirs = [
    genaiTokenNanoUsd(provider, flavor, model ?? "", usage.raw, day),
    modelsDevTokenNanoUsd(plainOracles[vendor] ?? "", model ?? "", usage.raw),
  ];
  const tokens = ours.lines.filter((line) => line.class !== "webSearch" && line.class !== "request");
  const picoUsd = tokens.reduce((sum, line) => sum + line.costPicoUsd, 0n);
  return theirs.some((nano) => nano !== null && Math.round(nano * 1e3) === Number(picoUsd));
}

function priced({ vendor, model, usage }: RecordedUsage): PricedUsage | null {
  const offer = model === null ? null : offerOf(vendor, decodeURIComponent(model));
  const row = offer === null ? null : priceRowFor(offer, { atMs: Date.parse(day) });
  return row === null ? null : priceOf(usage, row, requestOf(usage.raw));
}

/** The index of the recordings cuts ids at a colon. */
function offerOf(vendor: string, model: string): Offer | null {
  return catalog.findOffer(vendor, model) ?? catalog.findOffer(vendor, `${model}:0`);
}

/** A vendor that bills a search for every request says how large it was. */
function requestOf(raw: unknown): ExtraUnits[] {
  const size = (raw as JsonObject).search_context_size;
  return typeof size === "string" ? [{ class: "request", units: 1, size }] : [];
}

/** In nano-USD, where the vendor states it exactly and not rounded part by part. */
function statedCost(raw: unknown): number | null {
  const { input_cost: input, total_cost: total } = ((raw as JsonObject).cost ?? {}) as JsonObject;
  return typeof total === "number" && input === total ? Math.round(total * 1e12) / 1e3 : null;
}

/** 1e-10 USD. */
function ticksOf(raw: unknown): number | null {
  return isJsonObject(raw) && typeof raw.cost_in_usd_ticks === "number" ? raw.cost_in_usd_ticks : null;
}
