import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { catalog, type Offer } from "@gw/catalog";
import type { JsonObject, JsonValue } from "@gw/core";
import { describe, expect, it } from "vitest";
import { priceOf } from "../src/price-of.ts";
import { priceRowFor } from "../src/price-row-for.ts";
import type { ExtraUnits } from "../src/priced-usage.ts";
import { readUsage, type UsageForm } from "./read-usage.ts";

// Usage objects that vendors really sent, and what genai-prices (state of 2026-08-21) counts in them and asks for them.
const path = join(import.meta.dirname, "../../../../shared/prices/genai-prices.usages-dataset.json.gz");
const skipped = existsSync(path) ? "" : " (skipped: ../shared/prices is not here)";

interface Expected {
  readonly provider_id: string;
  readonly api_flavor: string;
  readonly input_price?: string;
  readonly output_price?: string;
}
interface Entry {
  readonly model?: string;
  readonly body: JsonObject;
  readonly extracted: readonly {
    readonly extractors: readonly Expected[];
    readonly usage: Readonly<Record<string, number>>;
  }[];
}

const entries: readonly Entry[] =
  skipped === "" ? (JSON.parse(gunzipSync(readFileSync(path)).toString()) as Entry[]) : [];

/** How each vendor's objects are read, by genai-prices' names of vendor and API. */
const forms: Readonly<Record<string, { readonly vendor: string; readonly form: UsageForm; readonly prefix?: string }>> =
  {
    "anthropic default": { vendor: "anthropic", form: "messages" },
    // Without a place in its id a Claude costs there what it costs in one region.
    "aws anthropic": { vendor: "bedrock", form: "messages", prefix: "us.anthropic." },
    "cerebras chat": { vendor: "cerebras", form: "chat" },
    "deepseek chat": { vendor: "deepseek", form: "chat" },
    "google chat": { vendor: "google", form: "chat" },
    "google default": { vendor: "google", form: "gemini" },
    "groq default": { vendor: "groq", form: "chat" },
    "mistral default": { vendor: "mistral", form: "chat" },
    "openai chat": { vendor: "openai", form: "chat" },
    "openai embeddings": { vendor: "openai", form: "embeddings" },
    "openai responses": { vendor: "openai", form: "responses" },
    "zai chat": { vendor: "zai", form: "chat" },
  };

/** What is expected and not met: how often, and why. */
const exceptions: Readonly<Record<string, readonly [number, string]>> = {
  "aws claude-sonnet-4-5-20250929": [2, "genai-prices lacks the tier of long inputs there"],
  "deepseek deepseek-reasoner": [1, "genai-prices has the hours of 2025, the catalogue the price of 2026-08-01"],
  "mistral ministral-8b-latest": [1, "the alias has moved on: genai-prices has its older target"],
  "mistral mistral-large-latest": [13, "the alias has moved on: genai-prices has its older target"],
  "mistral mistral-medium-latest": [40, "the alias has moved on: genai-prices has its older target"],
  "mistral mistral-small-latest": [3, "the alias has moved on: genai-prices has its older target"],
  "openai gpt-4o-audio-preview-2024-12-17": [2, "genai-prices lacks the price of its sound"],
  "aws openai.gpt-5.5": [4, "served by an endpoint of Bedrock that the catalogue does not have"],
  "aws openai.gpt-5.6-luna": [5, "served by an endpoint of Bedrock that the catalogue does not have"],
  "cerebras qwen-3-coder-480b": [2, "no longer served: not in the catalogue"],
  "deepseek deepseek-r1-distill-llama-70b": [2, "another vendor's model: matched by the beginning of its name"],
  "google anthropic/claude-sonnet-4.5": [1, "Claude on Vertex AI, which the catalogue does not have"],
  "google claude-3-7-sonnet": [1, "Claude on Vertex AI, which the catalogue does not have"],
  "google gemini-1.5-flash": [5, "retired: not in the catalogue"],
  "google gemini-2.0-flash-exp": [2, "retired: not in the catalogue"],
  "google gemini-2.5-pro-preview-05-06": [2, "retired: not in the catalogue"],
  "google google/gemini-2.0-flash-exp:free": [1, "another vendor's name: not in the catalogue"],
  "groq deepseek-r1-distill-llama-70b": [2, "retired: not in the catalogue"],
  "groq llama3-8b-8192": [1, "retired: not in the catalogue"],
  "openai computer-use-preview-2025-03-11": [1, "retired: not in the catalogue"],
  "openai gpt-4.5-preview-2025-02-27": [2, "retired: not in the catalogue"],
  "openai gpt-oss-120b": [8, "open weights, which their author does not serve"],
  "openai o1-mini-2024-09-12": [2, "retired: not in the catalogue"],
};

// The state does not know yet what changed on 2026-08-17 (prices of hours of the day) and on the day that it is of.
const atMs = Date.parse("2026-08-16T12:00:00Z");

describe.skipIf(skipped !== "")(`usages of genai-prices${skipped}`, () => {
  it("are counted alike", () => {
    const otherwise: string[] = [];
    let unread = 0;
    for (const entry of entries) {
      const form = formOf(entry.body);
      if (form === null) {
        unread += 1;
        continue;
      }
      const usage = readUsage(form.form, usageOf(entry.body));
      const [provider, flavor] = form.extractor;
      const theirs = entry.extracted.find(({ extractors }) =>
        extractors.some((one) => one.provider_id === provider && one.api_flavor === flavor),
      )?.usage;
      const counts = {
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        cache_read_tokens: usage.cacheReadTokens,
        cache_write_tokens: usage.cacheWriteTokens,
        cache_write_1h_tokens: usage.cacheWrite1hTokens,
        output_reasoning_tokens: usage.reasoningTokens,
        input_audio_tokens: usage.inputAudioTokens,
        output_audio_tokens: usage.outputAudioTokens,
        output_image_tokens: usage.outputImageTokens,
        web_searches: usage.webSearches,
      };
      const different = Object.entries(counts).filter(([name, count]) => (count ?? 0) !== (theirs?.[name] ?? 0));
      if (different.length > 0) otherwise.push(`${entry.model}: ${different.map(([name]) => name)}`);
    }
    // Its total hides thoughts that it gives no count for: they are billed.
    expect(otherwise).toEqual(Array(2).fill("gemini-2.5-pro-preview-05-06: output_tokens"));
    // Cohere's billed units have no reader among the wire formats.
    expect([entries.length, unread]).toEqual([1_577, 17]);
  });

  const outcomes = entries.flatMap((entry) =>
    entry.extracted.flatMap(({ extractors }) => extractors.map((expected) => outcomeOf(entry, expected))),
  );

  it("cost what is expected, or are listed", () => {
    const other = Map.groupBy(
      outcomes.filter(({ kind }) => kind === "other"),
      ({ name }) => name,
    );
    const listed = Object.entries(exceptions).map(([name, [count]]) => [name, count]);
    expect(Object.fromEntries([...other].map(([name, same]) => [name, same.length]))).toEqual(
      Object.fromEntries(listed),
    );
    expect(Map.groupBy(outcomes, ({ kind }) => kind).get("met")?.length).toBe(1_552);
  });
});

interface Outcome {
  /** `none`: no price is expected of a vendor that the catalogue has. */
  readonly kind: "met" | "other" | "none";
  readonly name: string;
}

function outcomeOf({ model, body }: Entry, expected: Expected): Outcome {
  const { provider_id: provider, api_flavor: flavor, input_price: input, output_price: output } = expected;
  const read = forms[`${provider} ${flavor}`];
  const name = `${provider} ${model}`;
  if (read === undefined || model === undefined || (input === undefined && output === undefined))
    return { kind: "none", name };
  const offer = offerOf(read, model);
  const row = offer === null ? null : priceRowFor(offer, { atMs });
  if (row === null) return { kind: "other", name };
  const priced = priceOf(readUsage(read.form, usageOf(body)), row, cachedAudio(body));
  // What is expected are the tokens: searches come on top.
  const tokens = priced.lines.filter((line) => line.class !== "webSearch");
  const picoUsd = tokens.reduce((sum, line) => sum + line.costPicoUsd, 0n);
  return { kind: picoUsd === pico(input) + pico(output) ? "met" : "other", name };
}

function offerOf(
  { vendor, prefix }: { readonly vendor: string; readonly prefix?: string },
  model: string,
): Offer | null {
  if (prefix === undefined || model.includes(".")) return catalog.findOffer(vendor, model);
  const ids = ["", "-v1", "-v1:0"].map((version) => `${prefix}${model}${version}`);
  return ids.map((id) => catalog.findOffer(vendor, id)).find((offer) => offer !== null) ?? null;
}

/** USD in decimals, also as `7E-7`, in pico-USD; none of the data is finer. */
function pico(usd = "0"): bigint {
  const [mantissa = "0", exponent = "0"] = usd.split("E");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  return BigInt(whole + fraction) * 10n ** BigInt(12 - fraction.length + Number(exponent));
}

function usageOf(body: JsonObject): JsonValue {
  return (body.usage ?? body.usageMetadata) as JsonValue;
}

function formOf(body: JsonObject): { readonly form: UsageForm; readonly extractor: readonly [string, string] } | null {
  if (body.usageMetadata !== undefined) return { form: "gemini", extractor: ["google", "default"] };
  const usage = (body.usage ?? {}) as JsonObject;
  if ("inputTokens" in usage) return { form: "converse", extractor: ["aws", "default"] };
  if ("completion_tokens" in usage) return { form: "chat", extractor: ["openai", "chat"] };
  if ("prompt_tokens" in usage) return { form: "embeddings", extractor: ["openai", "embeddings"] };
  if ("input_tokens" in usage && "total_tokens" in usage)
    return { form: "responses", extractor: ["openai", "responses"] };
  return "input_tokens" in usage ? { form: "messages", extractor: ["anthropic", "default"] } : null;
}

/** The one count that the neutral usage has no place for. */
function cachedAudio(body: JsonObject): ExtraUnits[] {
  const metadata = (body.usageMetadata ?? {}) as { cacheTokensDetails?: { modality: string; tokenCount: number }[] };
  const audio = metadata.cacheTokensDetails?.find(({ modality }) => modality === "AUDIO");
  return audio === undefined ? [] : [{ class: "cacheReadAudio", units: audio.tokenCount }];
}
