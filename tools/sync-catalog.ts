import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { CatalogModel, Offer, Rate, TokenPrice } from "../packages/catalog/src/catalog-model.ts";

// Writes packages/catalog/src/data/*.gen.json from the price data beside the repository. Figures are carried over with their
// source; nothing else of a source is. LiteLLM's list is the base for prices, models.dev for limits and modalities.
//
//   node --conditions=@gw/source tools/sync-catalog.ts [--sources ../shared/prices]

interface LiteLlmRow {
  readonly litellm_provider?: string;
  readonly mode?: string;
  readonly max_input_tokens?: number;
  readonly max_output_tokens?: number;
  readonly deprecation_date?: string;
  readonly [field: string]: unknown;
}

interface ModelsDevRow {
  readonly release_date?: string;
  readonly status?: string;
  readonly reasoning?: boolean;
  readonly tool_call?: boolean;
  readonly structured_output?: boolean;
  readonly cost?: Readonly<Record<string, unknown>>;
  readonly limit?: { readonly context?: number; readonly input?: number; readonly output?: number };
  readonly modalities?: { readonly input?: readonly string[]; readonly output?: readonly string[] };
}

const vendors = [
  { vendor: "openai", litellm: ["openai"], prefix: "", modelsDev: "openai" },
  { vendor: "anthropic", litellm: ["anthropic"], prefix: "", modelsDev: "anthropic" },
  { vendor: "google", litellm: ["gemini"], prefix: "gemini/", modelsDev: "google" },
  { vendor: "bedrock", litellm: ["bedrock", "bedrock_converse"], prefix: "", modelsDev: "amazon-bedrock" },
];
/** Who serves models of another author, and how it calls them: the first of these ids that it has is offered. */
const resellers = [
  {
    vendor: "bedrock",
    author: "anthropic",
    // The profile for all regions is served in all of them, and at the model's own price.
    idsOf: (model: string) =>
      ["global.", "us.", ""].map((region) => new RegExp(`^${region}anthropic\\.${model}(?:-v\\d+(?::\\d+)?)?$`)),
  },
];
const litellmSource = { name: "litellm", date: "2026-08-01" };
const modelsDevSource = { name: "models.dev", date: "2026-07-02" };
const textModes = ["chat", "responses"];
// Fine-tunes have prices of their own; live and media models come with their modalities.
const left =
  /^(ft:|gemini-exp|learnlm|lyria|gemini-gemma|gemini-robotics|gemini-omni)|live|native-audio|-tts|image|container|realtime/;
const dated = /-(\d{8}|\d{4}-\d{2}-\d{2})$/;

const folder = process.argv[process.argv.indexOf("--sources") + 1] ?? "";
const sources = process.argv.includes("--sources") ? folder : "../shared/prices";
if (!existsSync(`${sources}/litellm.json`)) throw new Error(`There is no price data in ${sources}`);
const litellm = JSON.parse(readFileSync(`${sources}/litellm.json`, "utf8")) as Record<string, LiteLlmRow>;
const modelsDev = JSON.parse(readFileSync(`${sources}/models-dev.json`, "utf8")) as Record<
  string,
  { readonly models: Readonly<Record<string, ModelsDevRow>> }
>;

const catalog = new Map<string, CatalogModel[]>();
for (const { vendor, litellm: names, prefix, modelsDev: factsName } of vendors) {
  const prices = new Map<string, LiteLlmRow>();
  for (const [key, row] of Object.entries(litellm)) {
    if (names.includes(row.litellm_provider ?? "") && key.startsWith(prefix)) prices.set(key.slice(prefix.length), row);
  }
  const facts = new Map(Object.entries(modelsDev[factsName]?.models ?? {}));
  const ids = [...new Set([...prices.keys(), ...facts.keys()])]
    .filter((id) => wanted(id, prices.get(id), facts.get(id)))
    // A reseller's facts include what only its other endpoints serve.
    .filter((id) => vendor !== "bedrock" || (prices.has(id) && /^[a-z0-9-]+\.[^@]+$/.test(id)));
  const rows = ids.map((id) => modelOf(vendor, id, prices.get(id), facts.get(id)));
  catalog.set(
    vendor,
    foldSnapshots(rows).sort((one, other) => one.id.localeCompare(other.id)),
  );
}
for (const { vendor, author, idsOf } of resellers) {
  const theirs = (catalog.get(vendor) ?? []).flatMap((model) => model.offers);
  const offerOf = (model: CatalogModel): Offer | undefined =>
    [model.id.slice(author.length + 1), ...model.snapshots]
      .flatMap(idsOf)
      .map((pattern) => theirs.find((offer) => pattern.test(offer.model)))
      .find((offer) => offer !== undefined);
  const withOffers = (catalog.get(author) ?? []).map((model) => {
    const offer = offerOf(model);
    return offer === undefined ? model : { ...model, offers: [...model.offers, offer] };
  });
  catalog.set(author, withOffers);
}
mkdirSync("packages/catalog/src/data", { recursive: true });
for (const [vendor, models] of catalog) {
  writeFileSync(`packages/catalog/src/data/${vendor}.gen.json`, `${JSON.stringify(models, null, 1)}\n`);
  process.stdout.write(`${vendor}: ${models.length} models\n`);
}

function wanted(id: string, price: LiteLlmRow | undefined, facts: ModelsDevRow | undefined): boolean {
  if (left.test(id) || id.includes("/")) return false;
  if (price !== undefined) return textModes.includes(price.mode ?? "") || price.mode === "embedding";
  return facts?.modalities?.output?.includes("text") === true;
}

function modelOf(
  vendor: string,
  id: string,
  price: LiteLlmRow | undefined,
  facts: ModelsDevRow | undefined,
): CatalogModel {
  const embeds = price?.mode === "embedding" || id.includes("embedding");
  return {
    id: `${vendor}/${id}`,
    modalities: [embeds ? "embed" : "text"],
    input: facts?.modalities?.input ?? inputsOf(price),
    output: embeds ? [] : (facts?.modalities?.output ?? ["text"]),
    reasoning: facts?.reasoning ?? flag(price, "supports_reasoning"),
    tools: embeds ? false : (facts?.tool_call ?? flag(price, "supports_function_calling")),
    structuredOutput: embeds ? false : (facts?.structured_output ?? flag(price, "supports_response_schema")),
    contextTokens: positive(facts?.limit?.context),
    maxInputTokens: positive(facts?.limit?.input) ?? positive(price?.max_input_tokens),
    maxOutputTokens: embeds ? null : (positive(facts?.limit?.output) ?? positive(price?.max_output_tokens)),
    releasedOn: facts?.release_date ?? null,
    deprecated: facts?.status === "deprecated" || price?.deprecation_date !== undefined,
    snapshots: [],
    offers: [{ provider: vendor, model: id, price: priceOf(price, facts) }],
    sources: [...(price === undefined ? [] : [litellmSource]), ...(facts === undefined ? [] : [modelsDevSource])],
  };
}

function inputsOf(price: LiteLlmRow | undefined): string[] {
  const inputs = ["text"];
  if (price?.supports_vision === true) inputs.push("image");
  if (price?.supports_pdf_input === true) inputs.push("pdf");
  if (price?.supports_audio_input === true) inputs.push("audio");
  return inputs;
}

function priceOf(price: LiteLlmRow | undefined, facts: ModelsDevRow | undefined): TokenPrice | null {
  const rate = (field: string, factsField: string): Rate | null =>
    perToken(price?.[field]) ?? (price === undefined ? perMillion(facts?.cost?.[factsField]) : null);
  const input = rate("input_cost_per_token", "input");
  // A list that says 0 for a model that is sold does not know its price.
  if (input === null || input.nanoUsd === 0) return null;
  return {
    input,
    output: rate("output_cost_per_token", "output"),
    cacheRead: rate("cache_read_input_token_cost", "cache_read"),
    cacheWrite5m: rate("cache_creation_input_token_cost", "cache_write"),
    cacheWrite1h: perToken(price?.cache_creation_input_token_cost_above_1hr),
    inputAudio: rate("input_cost_per_audio_token", "input_audio"),
    outputAudio: rate("output_cost_per_audio_token", "output_audio"),
  };
}

function perToken(usd: unknown): Rate | null {
  return typeof usd === "number" ? perMillion(Math.round(usd * 1e15) / 1e9) : null;
}

function perMillion(usd: unknown): Rate | null {
  return typeof usd === "number" ? { nanoUsd: Math.round(usd * 1e9), per: 1_000_000 } : null;
}

function positive(value: number | undefined): number | null {
  return value !== undefined && value > 0 ? value : null;
}

function flag(price: LiteLlmRow | undefined, name: string): boolean | null {
  return typeof price?.[name] === "boolean" ? (price[name] as boolean) : null;
}

/** A dated id that costs what its undated one costs is a snapshot of it; one with a price of its own is a model of its own. */
function foldSnapshots(rows: readonly CatalogModel[]): CatalogModel[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const snapshots = new Map<string, string[]>();
  for (const row of rows) {
    const base = byId.get(row.id.replace(dated, ""));
    if (base === undefined || base === row) continue;
    if (JSON.stringify(base.offers[0]?.price) !== JSON.stringify(row.offers[0]?.price)) continue;
    byId.delete(row.id);
    snapshots.set(base.id, [...(snapshots.get(base.id) ?? []), row.offers[0]?.model ?? ""]);
  }
  return [...byId.values()].map((row) => ({ ...row, snapshots: snapshots.get(row.id)?.sort() ?? [] }));
}
