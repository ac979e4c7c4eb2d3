import { catalog, type Offer, type PriceRow } from "@gw/catalog";
import type { JsonObject } from "@gw/core";
import { openAIChat } from "@gw/dialects";
import { describe, expect, it } from "vitest";
import { priceOf } from "../src/price-of.ts";
import { priceRowFor } from "../src/price-row-for.ts";
import { readUsage } from "./read-usage.ts";

// What other gateways were reported to bill wrongly. Usage objects are in the vendors' words; costs are worked out by hand from
// the prices that each test names, in USD per million tokens.

const rowOf = (vendor: string, model: string, at = "2026-08-21"): PriceRow =>
  priceRowFor(catalog.findOffer(vendor, model) as Offer, { atMs: Date.parse(at) }) as PriceRow;
const perMillion = (...amounts: [tokens: number, usd: number][]): bigint =>
  BigInt(Math.round(amounts.reduce((sum, [tokens, usd]) => sum + tokens * usd * 1_000, 0)));

describe("xAI", () => {
  const counts = {
    prompt_tokens: 1_000,
    completion_tokens: 100,
    total_tokens: 1_400,
    prompt_tokens_details: { cached_tokens: 600 },
    completion_tokens_details: { reasoning_tokens: 300 },
  };

  it("counts thoughts outside of the output: both are billed (1.25, cached 0.2, 2.5)", () => {
    const { costNanoUsd } = priceOf(readUsage("chat", counts), rowOf("xai", "grok-4.3"));
    expect(costNanoUsd).toBe(perMillion([400, 1.25], [600, 0.2], [400, 2.5]));
  });

  it("counts them inside in its other format", () => {
    const usage = readUsage("responses", {
      input_tokens: 1_000,
      input_tokens_details: { cached_tokens: 600 },
      output_tokens: 400,
      output_tokens_details: { reasoning_tokens: 300 },
      total_tokens: 1_400,
    });
    expect(priceOf(usage, rowOf("xai", "grok-4.3")).costNanoUsd).toBe(perMillion([400, 1.25], [600, 0.2], [400, 2.5]));
  });
});

describe("Gemini", () => {
  it("counts thoughts beside the candidates, and the prompt of tools beside the prompt (0.3, cached 0.03, 2.5)", () => {
    const usage = readUsage("gemini", {
      promptTokenCount: 1_000,
      toolUsePromptTokenCount: 200,
      cachedContentTokenCount: 500,
      candidatesTokenCount: 100,
      thoughtsTokenCount: 900,
      totalTokenCount: 2_200,
    });
    const { costNanoUsd } = priceOf(usage, rowOf("google", "gemini-2.5-flash"));
    expect(costNanoUsd).toBe(perMillion([700, 0.3], [500, 0.03], [1_000, 2.5]));
  });

  it("has dearer sound, and cached sound between (1, cached 0.1)", () => {
    const usage = readUsage("gemini", {
      promptTokenCount: 3_297,
      cachedContentTokenCount: 2_918,
      promptTokensDetails: [
        { modality: "TEXT", tokenCount: 2_976 },
        { modality: "AUDIO", tokenCount: 321 },
      ],
      candidatesTokenCount: 150,
      totalTokenCount: 3_447,
    });
    const row = rowOf("google", "gemini-2.5-flash");
    expect(priceOf(usage, row, [{ class: "cacheReadAudio", units: 284 }]).costNanoUsd).toBe(
      perMillion([342, 0.3], [37, 1], [2_634, 0.03], [284, 0.1], [150, 2.5]),
    );
    // Not told how much of the sound was cached, all of it is taken for fresh.
    expect(priceOf(usage, row).costNanoUsd).toBe(perMillion([58, 0.3], [321, 1], [2_918, 0.03], [150, 2.5]));
  });

  it("draws at the price of pictures (text 2.5, pictures 30)", () => {
    const usage = readUsage("gemini", {
      promptTokenCount: 10,
      candidatesTokenCount: 1_310,
      candidatesTokensDetails: [
        { modality: "IMAGE", tokenCount: 1_290 },
        { modality: "TEXT", tokenCount: 20 },
      ],
      totalTokenCount: 1_320,
    });
    expect(priceOf(usage, rowOf("google", "gemini-2.5-flash-image")).costNanoUsd).toBe(
      perMillion([10, 0.3], [1_290, 30], [20, 2.5]),
    );
  });
});

describe("Anthropic", () => {
  const counts = {
    input_tokens: 10,
    cache_read_input_tokens: 4_000,
    cache_creation_input_tokens: 3_000,
    cache_creation: { ephemeral_5m_input_tokens: 1_000, ephemeral_1h_input_tokens: 2_000 },
    output_tokens: 100,
    server_tool_use: { web_search_requests: 2 },
  };

  it("leaves cached tokens out of the input, and has two lives of a cache (5, 0.5, 6.25, 10, 25; searches 0.01)", () => {
    expect(priceOf(readUsage("messages", counts), rowOf("anthropic", "claude-opus-4-6")).costNanoUsd).toBe(
      perMillion([10, 5], [4_000, 0.5], [1_000, 6.25], [2_000, 10], [100, 25]) + 20_000_000n,
    );
  });

  it("takes writes for the short life where it does not say", () => {
    const { cache_creation: _, ...older } = counts;
    expect(priceOf(readUsage("messages", older), rowOf("anthropic", "claude-opus-4-6")).lines).toContainEqual({
      class: "cacheWrite5m",
      units: 3_000,
      costPicoUsd: 18_750_000_000n,
    });
  });

  it.each([
    [200_000, perMillion([200_000, 3], [1_000, 15])],
    [200_001, perMillion([200_001, 6], [1_000, 22.5])],
  ])("has a cliff past 200,000 tokens: %d (3 to 6, 15 to 22.5)", (tokens, costNanoUsd) => {
    const usage = readUsage("messages", { input_tokens: tokens, output_tokens: 1_000 });
    expect(priceOf(usage, rowOf("anthropic", "claude-sonnet-4-5")).costNanoUsd).toBe(costNanoUsd);
  });

  it("counts cached tokens for the cliff (cached 0.6 past it)", () => {
    const usage = readUsage("messages", { input_tokens: 1, cache_read_input_tokens: 200_000, output_tokens: 0 });
    expect(priceOf(usage, rowOf("anthropic", "claude-sonnet-4-5")).costNanoUsd).toBe(
      perMillion([1, 6], [200_000, 0.6]),
    );
  });
});

describe("Bedrock", () => {
  it("leaves cached tokens out of the input, too (5.5, 0.55, 6.875, 11, 27.5 in one region)", () => {
    const usage = readUsage("converse", {
      inputTokens: 10,
      cacheReadInputTokens: 4_000,
      cacheWriteInputTokens: 3_000,
      cacheDetails: [
        { ttl: "5m", inputTokens: 1_000 },
        { ttl: "1h", inputTokens: 2_000 },
      ],
      outputTokens: 100,
      totalTokens: 7_110,
    });
    expect(priceOf(usage, rowOf("bedrock", "us.anthropic.claude-opus-4-6-v1")).costNanoUsd).toBe(
      perMillion([10, 5.5], [4_000, 0.55], [1_000, 6.875], [2_000, 11], [100, 27.5]),
    );
  });
});

describe("Groq", () => {
  it("says its usage twice and is paid once (0.15, cached 0.075, 0.6)", () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 40 },
    };
    const observer = openAIChat.observer({ stream: true, hideUsage: false });
    const frames: JsonObject[] = [
      { choices: [{ index: 0, delta: { content: "x" } }] },
      { choices: [{ index: 0, delta: {}, finish_reason: "stop" }], x_groq: { id: "req_1", usage }, usage },
      { choices: [], usage },
    ];
    for (const frame of frames) observer.frame({ data: JSON.stringify(frame) });
    expect(priceOf(observer.observation().usage, rowOf("groq", "openai/gpt-oss-120b")).costNanoUsd).toBe(
      perMillion([60, 0.15], [40, 0.075], [50, 0.6]),
    );
  });
});

describe("Mistral", () => {
  it("counts sound beside the prompt: it is billed, though without a price of its own", () => {
    const usage = readUsage("chat", {
      prompt_tokens: 10,
      prompt_tokens_details: { audio_tokens: 400 },
      completion_tokens: 5,
      total_tokens: 415,
    });
    const row = { ...rowOf("mistral", "mistral-large-latest") };
    expect(priceOf(usage, row).costNanoUsd).toBe(perMillion([410, 0.5], [5, 1.5]));
    const dearer = { ...row, rates: { ...row.rates, inputAudio: { nanoUsd: 4_000_000_000, per: 1_000_000 } } };
    expect(priceOf(usage, dearer).costNanoUsd).toBe(perMillion([10, 0.5], [400, 4], [5, 1.5]));
  });
});

describe("DeepSeek", () => {
  it("says hits and misses of its cache beside their sum (0.66, hits 0.022, 1.98), and costs twice that in peak hours", () => {
    const usage = readUsage("chat", {
      prompt_tokens: 1_000,
      prompt_cache_hit_tokens: 900,
      prompt_cache_miss_tokens: 100,
      completion_tokens: 10,
      total_tokens: 1_010,
    });
    const [usual, peak] = ["2026-08-21T00:59:59Z", "2026-08-21T01:00:00Z"].map(
      (at) => priceOf(usage, rowOf("deepseek", "deepseek-v4-pro", at)).costNanoUsd,
    );
    expect(usual).toBe(perMillion([100, 0.66], [900, 0.022], [10, 1.98]));
    expect(peak).toBe(perMillion([100, 1.32], [900, 0.044], [10, 3.96]));
  });
});

describe("Azure's Grok", () => {
  it("says more cached than prompt tokens: both are billed", () => {
    const usage = readUsage("chat", {
      prompt_tokens: 5,
      prompt_tokens_details: { cached_tokens: 128 },
      completion_tokens: 10,
      total_tokens: 15,
    });
    expect(priceOf(usage, rowOf("xai", "grok-4.3")).costNanoUsd).toBe(perMillion([5, 1.25], [128, 0.2], [10, 2.5]));
  });
});

describe("tier cliffs", () => {
  it.each([
    ["openai", "gpt-5.5", 272_000, 5, 10],
    ["alibaba", "qwen3-max", 32_000, 1.2, 2.4],
    ["alibaba", "qwen3-max", 128_000, 2.4, 3],
    ["google", "gemini-2.5-pro", 200_000, 1.25, 2.5],
    ["xai", "grok-4.3", 200_000, 1.25, 2.5],
  ])("%s %s: up to and including %d at %d, past it at %d", (vendor, model, bound, below, above) => {
    const cost = (tokens: number): bigint =>
      priceOf(
        readUsage("chat", { prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens }),
        rowOf(vendor, model),
      ).costNanoUsd;
    expect([cost(bound), cost(bound + 1)]).toEqual([perMillion([bound, below]), perMillion([bound + 1, above])]);
  });
});

describe("absurd counts", () => {
  it.each([
    ["chat", { prompt_tokens: -5, completion_tokens: 10, total_tokens: 5 }],
    ["chat", { prompt_tokens: "12", completion_tokens: 10 }],
    ["chat", { completion_tokens: 10 }],
    ["responses", { input_tokens: -1, output_tokens: 10, total_tokens: 9 }],
    ["messages", { input_tokens: null, output_tokens: 10 }],
  ] as const)("of the input are unknown, and the cost a lower bound: %s %j", (form, counts) => {
    const priced = priceOf(readUsage(form, counts), rowOf("openai", "gpt-5.5"));
    expect([priced.costNanoUsd, priced.incomplete]).toEqual([perMillion([10, 30]), ["input"]]);
  });

  it("of the output, beside thoughts: fewer than none (recorded 2025) leaves the thoughts to pay", () => {
    const usage = readUsage("messages", {
      input_tokens: 10,
      output_tokens: -9,
      output_tokens_details: { thinking_tokens: 448 },
    });
    const priced = priceOf(usage, rowOf("anthropic", "claude-opus-4-6"));
    expect([priced.costNanoUsd, priced.incomplete]).toEqual([perMillion([10, 5], [448, 25]), ["output"]]);
  });
});
