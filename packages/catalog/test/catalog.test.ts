import { describe, expect, it } from "vitest";
import { catalog, createCatalog } from "../src/index.ts";

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
    ["aws-bedrock/amazon.nova-pro-v1:0", "bedrock/amazon.nova-pro-v1:0"],
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
  ])("%s is sent %s as %s", (vendor, name, sent) => {
    expect(catalog.findOffer(vendor, name)?.model).toBe(sent);
  });

  it("offers nothing of another vendor", () => {
    expect(catalog.findOffer("openai", "claude-opus-4-6")).toBeNull();
  });
});

describe("prices", () => {
  const usdPerMillion = (rate: { nanoUsd: number; per: number } | null | undefined): number | null =>
    rate == null ? null : (rate.nanoUsd / rate.per) * 1e-3;

  // Each figure stands in two of the sources: LiteLLM's list of 2026-08-01, models.dev of 2026-07-02, genai-prices.
  it.each([
    ["gpt-5.5", 5, 30, 0.5],
    ["gpt-5.4-mini", 0.75, 4.5, 0.075],
    ["claude-opus-4-6", 5, 25, 0.5],
    ["claude-sonnet-5", 2, 10, 0.2],
    ["gemini-2.5-pro", 1.25, 10, 0.125],
  ])("%s costs %d in, %d out, %d from the cache", (name, input, output, cacheRead) => {
    const price = catalog.find(name)?.offers[0]?.price;
    expect([usdPerMillion(price?.input), usdPerMillion(price?.output), usdPerMillion(price?.cacheRead)]).toEqual([
      input,
      output,
      cacheRead,
    ]);
  });

  it("are each vendor's own", () => {
    const offers = catalog.find("claude-opus-4-6")?.offers ?? [];
    expect(offers.map(({ provider, price }) => [provider, usdPerMillion(price?.output)])).toEqual([
      ["anthropic", 25],
      ["bedrock", 25],
    ]);
    expect(usdPerMillion(catalog.findOffer("bedrock", "us.anthropic.claude-opus-4-6-v1")?.price?.output)).toBe(27.5);
  });

  it("says that it does not know a price", () => {
    expect(catalog.find("gemma-4-31b-it")?.offers[0]?.price).toBeNull();
    expect(catalog.findOffer("bedrock", "anthropic.claude-mythos-preview")?.price).toBeNull();
  });

  it("are whole numbers of nano-USD", () => {
    for (const model of catalog.models()) {
      for (const rate of Object.values(model.offers[0]?.price ?? {})) {
        if (rate !== null)
          expect(rate, model.id).toEqual({ nanoUsd: expect.toSatisfy(Number.isSafeInteger), per: 1_000_000 });
      }
    }
  });
});

describe("createCatalog", () => {
  const own = {
    ...(catalog.find("gpt-5.5") as NonNullable<ReturnType<typeof catalog.find>>),
    id: "house/llama-4",
    snapshots: [],
    offers: [{ provider: "house", model: "llama-4", price: null }],
  };

  it("adds models, and lets them win over shipped ones", () => {
    expect(createCatalog([own]).findOffer("house", "llama-4")?.model).toBe("llama-4");
    expect(createCatalog([{ ...own, id: "openai/gpt-5.5" }]).find("gpt-5.5")?.offers[0]?.provider).toBe("house");
    expect(catalog.find("house/llama-4")).toBeNull();
  });
});

it("names a source and its date for every model", () => {
  for (const model of catalog.models()) {
    expect(model.sources, model.id).not.toHaveLength(0);
    for (const source of model.sources) expect(source.date).toMatch(/^2026-\d\d-\d\d$/);
  }
});
