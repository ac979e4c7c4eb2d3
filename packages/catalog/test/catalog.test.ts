import { describe, expect, it } from "vitest";
import { catalog, createCatalog, type PriceRow, type Rate } from "../src/index.ts";

describe("find", () => {
  it.each([
    ["anthropic/claude-opus-4-6", "anthropic/claude-opus-4-6"],
    ["anthropic/claude-opus-4.6", "anthropic/claude-opus-4-6"],
    ["claude-opus-4.6", "anthropic/claude-opus-4-6"],
    ["CLAUDE-OPUS-4-6", "anthropic/claude-opus-4-6"],
    ["claude/claude-opus-4-6", "anthropic/claude-opus-4-6"],
    ["claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5"],
    ["claude-sonnet-4-5-latest", "anthropic/claude-sonnet-4-5"],
    ["claude-3.5-sonnet", "anthropic/claude-3-5-sonnet-20241022"],
    ["gpt-5.5", "openai/gpt-5.5"],
    ["openai/gpt-5.5-2026-04-23", "openai/gpt-5.5"],
    ["gpt-4.1", "openai/gpt-4.1"],
    ["gpt-4-1", "openai/gpt-4.1"],
    ["google-ai-studio/gemini-2.5-pro", "google/gemini-2.5-pro"],
    ["gemini/gemini-2.5-pro", "google/gemini-2.5-pro"],
    ["gemini-flash-latest", "google/gemini-flash-latest"],
    ["text-embedding-3-small", "openai/text-embedding-3-small"],
    ["bedrock/us.anthropic.claude-sonnet-5", "bedrock/us.anthropic.claude-sonnet-5"],
    ["bedrock/jp.anthropic.claude-sonnet-5", "bedrock/us.anthropic.claude-sonnet-5"],
    ["aws-bedrock/amazon.nova-pro-v1:0", "bedrock/amazon.nova-pro-v1:0"],
    ["grok/grok-4.3", "xai/grok-4.3"],
    ["x-ai/grok-4-3", "xai/grok-4.3"],
    ["grok-4.3-latest", "xai/grok-4.3-latest"],
    ["xai/grok-4-fast", "xai/grok-4-fast-reasoning"],
    ["moonshotai/kimi-k2.6", "moonshot/kimi-k2.6"],
    ["dashscope/qwen3-max", "alibaba/qwen3-max"],
    ["fireworks/accounts/fireworks/models/kimi-k2p6", "fireworks/kimi-k2p6"],
    ["fireworks/kimi-k2p6", "fireworks/kimi-k2p6"],
    ["gpt-oss-120b", "openai/gpt-oss-120b"],
    ["groq/openai/gpt-oss-120b", "groq/openai/gpt-oss-120b"],
    ["workers-ai/@cf/meta/llama-3.3-70b-instruct-fp8-fast", "workers-ai/@cf/meta/llama-3.3-70b-instruct-fp8-fast"],
  ])("%s is %s", (name, id) => {
    expect(catalog.find(name)?.id).toBe(id);
  });

  it.each(["", "/", "gpt", "openai/", "claude-opus-99", "anthropic/gpt-5.5"])("does not know %j", (name) => {
    expect(catalog.find(name)).toBeNull();
  });

  it("keeps a dated model that has a price of its own apart", () => {
    expect(catalog.find("gpt-4o-2024-05-13")?.id).toBe("openai/gpt-4o-2024-05-13");
    expect(catalog.find("gpt-4o-2024-08-06")?.id).toBe("openai/gpt-4o");
  });
});

describe("findOffer", () => {
  it.each([
    ["anthropic", "claude-sonnet-4.5", "claude-sonnet-4-5"],
    ["anthropic", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929"],
    ["anthropic", "claude-sonnet-4-5-20300101", "claude-sonnet-4-5-20300101"],
    ["anthropic", "claude-sonnet-4-5-latest", "claude-sonnet-4-5"],
    ["openai", "gpt-4-1", "gpt-4.1"],
    ["openai", "gpt-4.1-2025-04-14", "gpt-4.1-2025-04-14"],
    ["bedrock", "claude-opus-4-6", "global.anthropic.claude-opus-4-6-v1"],
    ["bedrock", "claude-opus-4.6-20260205", "global.anthropic.claude-opus-4-6-v1"],
    ["bedrock", "claude-sonnet-4-5-20250929", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"],
    ["bedrock", "claude-3-haiku-20240307", "us.anthropic.claude-3-haiku-20240307-v1:0"],
    ["bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"],
    ["fireworks", "kimi-k2.6", "accounts/fireworks/models/kimi-k2p6"],
    ["fireworks", "kimi-k2p6", "accounts/fireworks/models/kimi-k2p6"],
    ["together", "gpt-oss-120b", "openai/gpt-oss-120b"],
    ["groq", "openai/gpt-oss-120b", "openai/gpt-oss-120b"],
    ["workers-ai", "@cf/openai/gpt-oss-120b", "@cf/openai/gpt-oss-120b"],
  ])("%s is sent %s as %s", (vendor, name, sent) => {
    expect(catalog.findOffer(vendor, name)?.model).toBe(sent);
  });

  it("offers nothing of another vendor", () => {
    expect(catalog.findOffer("openai", "claude-opus-4-6")).toBeNull();
    expect(catalog.findOffer("openai", "gpt-oss-120b")).toBeNull();
  });

  it("prices a regional id as its like", () => {
    const [us, eu] = ["us", "eu"].map((place) => catalog.findOffer("bedrock", `${place}.anthropic.claude-opus-4-6-v1`));
    expect(eu?.prices).toEqual(us?.prices);
    expect(eu?.prices).not.toHaveLength(0);
  });
});

describe("modalities", () => {
  it.each([
    ["openai", "gpt-5.5", ["text"]],
    ["openai", "text-embedding-3-large", ["embed"]],
    ["openai", "whisper-1", ["transcribe"]],
    ["openai", "tts-1", ["speech"]],
    ["openai", "gpt-image-2", ["image"]],
    ["openai", "sora-2", ["video"]],
    ["google", "gemini-2.5-flash-image", ["text", "image"]],
    ["google", "gemini-2.5-pro-preview-tts", ["speech"]],
    ["cohere", "rerank-v3.5", ["rerank"]],
    ["google", "gemini-1.5-flash", []],
  ])("%s %s: %j", (vendor, name, modalities) => {
    expect(catalog.modalities(vendor, name)).toEqual(modalities);
  });
});

describe("tokenizer", () => {
  it.each([
    ["gpt-5.5", "o200k_base"],
    ["openai/gpt-4o-2024-08-06", "o200k_base"],
    ["gpt-4", "cl100k_base"],
    ["text-embedding-3-small", "cl100k_base"],
    ["gpt-oss-120b", "o200k_harmony"],
    ["groq/openai/gpt-oss-20b", "o200k_harmony"],
    ["bedrock/openai.gpt-oss-120b-1:0", "o200k_harmony"],
    ["claude-opus-4-6", null],
    ["gpt-4o-transcribe", null],
    ["gpt-audio", null],
  ])("of %s is %s", (name, encoding) => {
    const { tokenizer, sources } = catalog.find(name) ?? {};
    expect(tokenizer).toBe(encoding);
    expect(sources?.some((source) => source.name === "tiktoken")).toBe(encoding !== null);
  });
});

describe("what is shipped", () => {
  const priced = catalog.models().filter(({ offers }) => offers.some(({ prices }) => prices.length > 0));

  it("has prices of at least 70 models of at least 12 vendors, in every modality", () => {
    expect(priced.length).toBeGreaterThanOrEqual(70);
    expect(new Set(priced.flatMap(({ offers }) => offers.map(({ provider }) => provider))).size).toBeGreaterThanOrEqual(
      12,
    );
    expect(new Set(priced.flatMap(({ modalities }) => modalities))).toEqual(
      new Set(["text", "embed", "rerank", "image", "video", "speech", "transcribe"]),
    );
  });

  const rows = catalog.models().flatMap(({ offers }) => offers.flatMap(({ prices }) => prices));

  it("names a source and its date for every model and price row", () => {
    for (const { sources } of [...catalog.models(), ...rows]) {
      expect(sources).not.toHaveLength(0);
      for (const { date } of sources) expect(date).toMatch(/^2026-\d\d-\d\d$/);
    }
  });

  it("gives each row an id of its own", () => {
    const byId = Map.groupBy(new Set(rows), ({ id }) => id);
    expect([...byId.values()].filter((same) => same.length > 1)).toEqual([]);
  });

  it("holds exact prices only", () => {
    const rates = rows.flatMap((row) => [
      ...Object.values(row.rates),
      ...row.contextTiers.flatMap((tier) => Object.values(tier.rates)),
      ...row.variants.map(({ rate }) => rate),
    ]);
    expect(rates.filter((rate) => !isExact(rate))).toEqual([]);
  });

  it("has no figures that contradict each other", () => {
    const usd = (rate: Rate | undefined): number => (rate === undefined ? Number.NaN : rate.nanoUsd / rate.per);
    const problems = rows.flatMap(({ id, rates, contextTiers }) => {
      const { input, cacheRead, cacheWrite5m, cacheWrite1h } = rates;
      const above = contextTiers.flatMap((tier) =>
        Object.entries(tier.rates).map(([name, rate]) => [rate, rates[name as keyof typeof rates]] as const),
      );
      return [
        ...(usd(cacheRead) > usd(input) ? [`${id}: reading a cache costs more than input`] : []),
        ...(usd(cacheWrite5m) < usd(input) ? [`${id}: writing a cache costs less than input`] : []),
        ...(usd(cacheWrite1h) < usd(cacheWrite5m) ? [`${id}: a longer life costs less`] : []),
        ...(above.some(([more, less]) => usd(more) < usd(less)) ? [`${id}: a long input costs less`] : []),
        ...(rates.outputImage !== undefined && rates.image !== undefined ? [`${id}: a picture is paid twice`] : []),
      ];
    });
    expect(problems).toEqual([]);
  });

  it("has no two rows of an offer that hold at the same time", () => {
    for (const { provider, model, prices } of new Set(catalog.models().flatMap(({ offers }) => offers))) {
      const places = Map.groupBy(
        prices,
        ({ serviceTier, region, hours = [] }) => `${provider}/${model} ${serviceTier} ${region} ${hours.length > 0}`,
      );
      for (const [place, same] of places) {
        const inOrder = same.toSorted((one, other) => ((one.validFrom ?? "") < (other.validFrom ?? "") ? -1 : 1));
        inOrder.forEach((row, at) => {
          const next = inOrder[at + 1];
          if (next !== undefined)
            expect([place, row.validUntil !== null && row.validUntil <= (next.validFrom ?? "")]).toEqual([place, true]);
        });
      }
    }
  });
});

describe("prices", () => {
  const row = (name: string, pick: Partial<PriceRow> = {}): PriceRow | undefined =>
    catalog
      .find(name)
      ?.offers[0]?.prices.find((one) =>
        Object.entries({ serviceTier: "standard", region: null, validUntil: null, ...pick }).every(
          ([field, value]) => one[field as keyof PriceRow] === value,
        ),
      );

  // Each figure stands in two of the sources: LiteLLM's list of 2026-08-01, models.dev of 2026-07-02, genai-prices.
  it.each([
    ["gpt-5.5", 5, 30, 0.5],
    ["gpt-5.4-mini", 0.75, 4.5, 0.075],
    ["claude-opus-4-6", 5, 25, 0.5],
    ["gemini-2.5-pro", 1.25, 10, 0.125],
    ["deepseek-chat", 0.14, 0.28, 0.0028],
    ["codestral-latest", 0.3, 0.9, null],
    // Since 2026-08-17, outside peak hours (genai-prices of 2026-09-23).
    ["deepseek-v4-pro", 0.66, 1.98, 0.022],
    ["grok-4.3", 1.25, 2.5, 0.2],
    ["groq/openai/gpt-oss-120b", 0.15, 0.6, 0.075],
    ["mistral-large-latest", 0.5, 1.5, null],
  ])("%s costs %d in, %d out, %d from the cache", (name, input, output, cacheRead) => {
    const rates = row(name)?.rates;
    expect([rates?.input, rates?.output, rates?.cacheRead].map(usdPerMillion)).toEqual([input, output, cacheRead]);
  });

  it("change on a known day", () => {
    const standard = (name: string) =>
      (catalog.find(name)?.offers[0]?.prices ?? [])
        .filter(({ serviceTier, region }) => serviceTier === "standard" && region === null)
        .map(({ validFrom, validUntil, rates }) => [validFrom, validUntil, usdPerMillion(rates.input)]);
    expect(standard("gpt-5.6")).toEqual([
      [null, "2026-08-21", 5],
      ["2026-08-21", null, 4],
    ]);
    // A rise to 3 on 2026-09-01 was announced and withdrawn (genai-prices of 2026-09-23).
    expect(standard("claude-sonnet-5")).toEqual([[null, null, 2]]);
  });

  it("are those of the hours of a day, and of weekdays alone since 2026-08-23", () => {
    const peak = [
      { fromMinute: 60, untilMinute: 240 },
      { fromMinute: 360, untilMinute: 600 },
    ];
    const rows = (catalog.find("deepseek-v4-pro")?.offers[0]?.prices ?? []).map(
      ({ validFrom, validUntil, hours = [], rates }) => [validFrom, validUntil, hours, usdPerMillion(rates.output)],
    );
    expect(rows).toEqual([
      [null, "2026-08-17", [], 0.87],
      ["2026-08-17", null, [], 1.98],
      ["2026-08-17", "2026-08-23", peak.map((hours) => ({ weekdays: null, ...hours })), 3.96],
      ["2026-08-23", null, peak.map((hours) => ({ weekdays: [1, 5], ...hours })), 3.96],
    ]);
  });

  it("are cliffs for long inputs", () => {
    expect(
      row("gpt-5.5")?.contextTiers.map(({ aboveInputTokens, rates }) => [
        aboveInputTokens,
        usdPerMillion(rates.output),
      ]),
    ).toEqual([[272_000, 45]]);
    expect(
      row("qwen3-max")?.contextTiers.map(({ aboveInputTokens, rates }) => [
        aboveInputTokens,
        usdPerMillion(rates.input),
      ]),
    ).toEqual([
      [32_000, 2.4],
      [128_000, 3],
    ]);
    expect(usdPerMillion(row("claude-sonnet-4-5")?.contextTiers[0]?.rates.cacheWrite1h)).toBe(12);
  });

  it("differ by service tier", () => {
    const outputs = (["batch", "flex", "priority"] as const).map((serviceTier) =>
      usdPerMillion(row("gpt-5.5", { serviceTier })?.rates.output),
    );
    expect(outputs).toEqual([15, 15, 60]);
    // The list's figure is the standard one again.
    expect(row("gemini-2.5-pro", { serviceTier: "priority" })).toBeUndefined();
  });

  it("differ by region", () => {
    expect(usdPerMillion(row("claude-opus-4-6", { region: "us" })?.rates.output)).toBe(27.5);
    expect(usdPerMillion(row("gpt-5.5", { region: "eu" })?.rates.input)).toBe(5.5);
  });

  it("are each vendor's own", () => {
    const offers = catalog.find("claude-opus-4-6")?.offers ?? [];
    expect(offers.map(({ provider, prices }) => [provider, usdPerMillion(prices.at(-1)?.rates.output)])).toEqual([
      ["anthropic", 27.5],
      ["bedrock", 12.5],
    ]);
    const regional = catalog.findOffer("bedrock", "us.anthropic.claude-opus-4-6-v1");
    expect(usdPerMillion(regional?.prices[0]?.rates.output)).toBe(27.5);
  });

  it.each([
    ["openai/whisper-1", "inputAudioSecond", 0.0001, 1],
    ["deepgram/nova-3", "inputAudioSecond", 0.0043, 60],
    ["groq/whisper-large-v3", "inputAudioSecond", 0.111, 3_600],
    ["openai/tts-1", "character", 15, 1_000_000],
    ["openai/sora-2", "outputVideoSecond", 0.1, 1],
    ["google/imagen-4.0-generate-001", "image", 0.04, 1],
    ["cohere/rerank-v3.5", "request", 0.002, 1],
    ["mistral/mistral-ocr-latest", "page", 0.004, 1],
    ["anthropic/claude-opus-4-6", "webSearch", 0.01, 1],
    ["perplexity/sonar", "request", 0.008, 1],
  ] as const)("%s: %s costs %d USD for %d", (name, priceClass, usd, per) => {
    expect(row(name)?.rates[priceClass]).toEqual({ nanoUsd: Math.round(usd * 1e9), per });
  });

  it("of pictures differ by quality and size", () => {
    expect(row("dall-e-3")?.variants).toContainEqual({
      class: "image",
      quality: "hd",
      size: "1024x1792",
      rate: { nanoUsd: 120_000_000, per: 1 },
    });
  });

  it("says that it does not know a price", () => {
    expect(catalog.find("gemma-4-31b-it")?.offers[0]?.prices).toEqual([]);
    expect(catalog.findOffer("bedrock", "anthropic.claude-mythos-preview")?.prices).toEqual([]);
  });

  it("are 0 for what is free", () => {
    expect(row("zai/glm-4.7-flash")?.rates).toMatchObject({ input: { nanoUsd: 0 }, output: { nanoUsd: 0 } });
  });
});

describe("createCatalog", () => {
  const own = {
    ...(catalog.find("gpt-5.5") as NonNullable<ReturnType<typeof catalog.find>>),
    id: "house/llama-4",
    snapshots: [],
    offers: [{ provider: "house", model: "llama-4", prices: [] }],
  };

  it("adds models, and lets them win over shipped ones", () => {
    expect(createCatalog([own]).findOffer("house", "llama-4")?.model).toBe("llama-4");
    expect(createCatalog([{ ...own, id: "openai/gpt-5.5" }]).find("gpt-5.5")?.offers[0]?.provider).toBe("house");
    expect(catalog.find("house/llama-4")).toBeNull();
  });

  it("lets the last of two win", () => {
    const later = { ...own, contextTokens: 5 };
    expect(createCatalog([own, later]).find("house/llama-4")?.contextTokens).toBe(5);
  });
});

it("knows when a model ends", () => {
  expect(catalog.find("claude-opus-4-1-20250805")).toMatchObject({ deprecated: true, retiresOn: "2026-08-05" });
  expect(catalog.find("gpt-5.5")).toMatchObject({ deprecated: false, retiresOn: null, releasedOn: "2026-04-23" });
});

function usdPerMillion(rate: Rate | undefined): number | null {
  return rate === undefined ? null : Number(((rate.nanoUsd / rate.per) * 1e-3).toPrecision(10));
}

function isExact({ nanoUsd, per }: Rate): boolean {
  return Number.isSafeInteger(nanoUsd) && nanoUsd >= 0 && Number.isSafeInteger(per) && per > 0;
}
