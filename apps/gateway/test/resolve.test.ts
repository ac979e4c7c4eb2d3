import type { Capabilities } from "@gw/core";
import { describe, expect, it } from "vitest";
import { adminPrincipal } from "../src/tenant.ts";
import { directoryOf, madeUpModel, textWithout } from "./routing/directory.ts";
import { planOf, providersOf, targetsOf } from "./routing/resolved.ts";

const textAndEmbed: Capabilities = {
  ...textWithout(),
  embed: { nativeDialects: [], maxInputs: null, dimensions: true },
};
const house = madeUpModel("house/qwen3-32b", { house: null }, { modalities: [] });
const twin = madeUpModel("twin/qwen3-32b", { twin: null }, { modalities: [] });
const directory = directoryOf({
  providers: {
    anthropic: {},
    bedrock: {},
    openai: { capabilities: textAndEmbed },
    second: { vendor: "openai" },
    house: { vendor: "openai-compatible" },
    twin: { vendor: "openai-compatible" },
    xai: {},
  },
  aliases: { fast: "openai/gpt-5.4-mini", faster: "fast" },
  offers: { "meta/llama-9": [{ provider: "second", model: "llama9" }] },
  models: [house, twin],
});

describe("resolve", () => {
  it.each([
    ["anthropic/claude-opus-4-6", ["anthropic/claude-opus-4-6", "bedrock/global.anthropic.claude-opus-4-6-v1"]],
    ["anthropic/claude-opus-4.6", ["anthropic/claude-opus-4-6", "bedrock/global.anthropic.claude-opus-4-6-v1"]],
    ["claude-opus-4.6", ["anthropic/claude-opus-4-6", "bedrock/global.anthropic.claude-opus-4-6-v1"]],
    ["bedrock/claude-opus-4-6", ["bedrock/global.anthropic.claude-opus-4-6-v1", "anthropic/claude-opus-4-6"]],
    [
      "bedrock/global.anthropic.claude-opus-4-6-v1",
      ["bedrock/global.anthropic.claude-opus-4-6-v1", "anthropic/claude-opus-4-6"],
    ],
    ["openai/gpt-5.5", ["openai/gpt-5.5", "second/gpt-5.5"]],
    ["second/gpt-5.5", ["second/gpt-5.5", "openai/gpt-5.5"]],
    ["fast", ["openai/gpt-5.4-mini", "second/gpt-5.4-mini"]],
    ["faster", ["openai/gpt-5.4-mini", "second/gpt-5.4-mini"]],
    ["qwen3-32b", ["house/qwen3-32b", "twin/qwen3-32b"]],
  ])("%s goes to all who offer the same model: %j", (model, targets) => {
    expect(targetsOf(model, directory)).toEqual(targets);
  });

  it.each([
    ["anthropic/claude-of-tomorrow", ["anthropic/claude-of-tomorrow"]],
    ["anthropic/claude-opus-4-6-20991231", ["anthropic/claude-opus-4-6-20991231"]],
    ["second/qwen3-32b", ["second/qwen3-32b"]],
    ["house/qwen3-32b", ["house/qwen3-32b"]],
    ["house/gpt-5.5", ["house/gpt-5.5"]],
    ["house/org/model:tag", ["house/org/model:tag"]],
    ["grok/grok-of-tomorrow", ["xai/grok-of-tomorrow"]],
    ["meta/llama-9", ["second/llama9"]],
  ])("%s goes nowhere else where nobody says that it is the same model: %j", (model, targets) => {
    expect(targetsOf(model, directory)).toEqual(targets);
  });

  it("keeps a dated name dated, with each vendor's own spelling", () => {
    expect(targetsOf("anthropic/claude-sonnet-4-5-20250929", directory)).toEqual([
      "anthropic/claude-sonnet-4-5-20250929",
      "bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ]);
  });

  it("lets an offer of the configuration replace the catalogue's of the same provider", () => {
    const offers = { "anthropic/claude-opus-4-6": [{ provider: "bedrock", model: "eu.anthropic.claude-opus-4-6-v1" }] };
    const own = directoryOf({ providers: { anthropic: {}, bedrock: {} }, offers });
    const inEurope = "bedrock/eu.anthropic.claude-opus-4-6-v1";
    expect(targetsOf("anthropic/claude-opus-4-6", own)).toEqual(["anthropic/claude-opus-4-6", inEurope]);
    expect(targetsOf("bedrock/claude-opus-4-6", own)).toEqual([inEurope, "anthropic/claude-opus-4-6"]);
    expect(targetsOf("bedrock/eu.anthropic.claude-opus-4-6-v1", own)).toEqual([inEurope, "anthropic/claude-opus-4-6"]);
  });

  it("goes to a vendor's models under whatever name the vendor is configured", () => {
    const renamed = directoryOf({ providers: { eu: { vendor: "anthropic" }, us: { vendor: "anthropic" } } });
    expect(providersOf("anthropic/claude-opus-4-6", renamed)).toEqual(["eu", "us"]);
    expect(providersOf("us/claude-opus-4-6", renamed)).toEqual(["us", "eu"]);
  });

  it("never lets the sandbox stand in for a real provider, nor the other way round", () => {
    const mixed = directoryOf({ providers: { anthropic: {}, bedrock: { sandbox: true } } });
    expect(providersOf("anthropic/claude-opus-4-6", mixed)).toEqual(["anthropic"]);
    expect(providersOf("claude-opus-4-6", mixed)).toEqual(["anthropic"]);
    expect(providersOf("bedrock/claude-opus-4-6", mixed)).toEqual(["bedrock"]);
    const played = directoryOf({ providers: { anthropic: { sandbox: true }, bedrock: { sandbox: true } } });
    expect(providersOf("claude-opus-4-6", played)).toEqual(["anthropic", "bedrock"]);
  });

  it.each([
    ["nobody/gpt-5.5-of-nobody", "text", "model_not_found"],
    ["model-of-nobody", "text", "model_not_found"],
    ["route/smart", "text", "model_not_found"],
    ["@cf/meta/llama", "text", "model_not_found"],
    ["", "text", "model_string_malformed"],
    ["a b", "text", "model_string_malformed"],
    ["openai/gpt-5.5", "embed", "unsupported_capability"],
    ["openai/text-embedding-3-small", "text", "unsupported_capability"],
    ["anthropic/claude-opus-4-6", "embed", "unsupported_capability"],
  ] as const)("%s for %s is %s", (model, modality, code) => {
    expect(() => targetsOf(model, directory, { modality })).toThrow(expect.objectContaining({ code }));
  });

  it("asks for a modality only where it is", () => {
    expect(targetsOf("openai/text-embedding-3-small", directory, { modality: "embed" })).toEqual([
      "openai/text-embedding-3-small",
    ]);
  });

  it("lets a key use what it names, a whole provider, or nothing else", () => {
    const principal = { ...adminPrincipal, models: ["fast", "anthropic/*", "house/qwen3-32b"] };
    const allowed = (model: string) => targetsOf(model, directory, { principal });
    expect(allowed("fast")).toEqual(["openai/gpt-5.4-mini", "second/gpt-5.4-mini"]);
    expect(allowed("claude-opus-4.6")).toEqual(["anthropic/claude-opus-4-6"]);
    expect(allowed("qwen3-32b")).toEqual(["house/qwen3-32b"]);
    expect(() => allowed("openai/gpt-5.4-mini")).toThrow(expect.objectContaining({ code: "permission_denied" }));
  });

  it("means all offers of a model by its name, however the caller spells it", () => {
    const principal = { ...adminPrincipal, models: ["anthropic/claude-opus-4-6"] };
    for (const model of ["anthropic/claude-opus-4-6", "claude-opus-4.6"]) {
      expect(providersOf(model, directory, { principal })).toEqual(["anthropic", "bedrock"]);
    }
  });

  it("carries the gateway's bounds where nothing else sets them", () => {
    const { targets: _targets, ...plan } = planOf("openai/gpt-5.5", directory);
    expect(plan).toEqual({
      deadlineMs: 600_000,
      maxAttempts: 4,
      timeouts: {},
      strictParams: false,
      affinity: null,
    });
  });
});
