import { type CatalogModel, createCatalog } from "@gw/catalog";
import type { Capabilities, Provider, TextCapabilities } from "@gw/core";
import { describe, expect, it } from "vitest";
import { type ModelDirectory, resolve } from "../src/pipeline/resolve.ts";
import { adminPrincipal } from "../src/tenant.ts";

const text = {} as TextCapabilities;
const provider = (id: string, capabilities: Capabilities): Provider => ({ id, capabilities, close: async () => {} });
const configured = (id: string, vendor: string, capabilities: Capabilities = { text }) =>
  [id, { provider: provider(id, capabilities), vendor, sandbox: false }] as const;

const house: CatalogModel = {
  ...(createCatalog().models()[0] as CatalogModel),
  id: "house/qwen3-32b",
  modalities: [],
  snapshots: [],
  offers: [{ provider: "house", model: "qwen3-32b", price: null }],
};
const directory: ModelDirectory = {
  catalog: createCatalog([house]),
  providers: new Map([
    configured("anthropic", "anthropic"),
    configured("openai", "openai", { text, embed: { nativeDialects: [], maxInputs: null, dimensions: true } }),
    configured("second", "openai"),
    configured("house", "openai-compatible"),
    configured("xai", "xai"),
  ]),
  aliases: new Map([
    ["fast", "openai/gpt-5.4-mini"],
    ["faster", "fast"],
    ["loop", "pool"],
    ["pool", "loop"],
  ]),
  offers: new Map([["meta/llama-9", [{ provider: "second", model: "llama9" }]]]),
};

const names = (model: string, modality: "text" | "embed" = "text", principal = adminPrincipal): string[] =>
  resolve(model, modality, directory, principal).map((target) => `${target.provider.id}: ${target.model}`);

describe("resolve", () => {
  it.each([
    ["anthropic/claude-opus-4-6", ["anthropic: claude-opus-4-6"]],
    ["anthropic/claude-opus-4.6", ["anthropic: claude-opus-4-6"]],
    ["anthropic/claude-sonnet-4-5-20250929", ["anthropic: claude-sonnet-4-5-20250929"]],
    ["claude-sonnet-4-5-20250929", ["anthropic: claude-sonnet-4-5-20250929"]],
    ["claude-opus-4.6", ["anthropic: claude-opus-4-6"]],
    ["anthropic/claude-of-tomorrow", ["anthropic: claude-of-tomorrow"]],
    ["second/gpt-5.5", ["second: gpt-5.5"]],
    ["house/qwen3-32b", ["house: qwen3-32b"]],
    ["house/org/model:tag", ["house: org/model:tag"]],
    ["qwen3-32b", ["house: qwen3-32b"]],
    ["grok/grok-4", ["xai: grok-4"]],
    ["fast", ["openai: gpt-5.4-mini"]],
    ["faster", ["openai: gpt-5.4-mini"]],
    ["meta/llama-9", ["second: llama9"]],
  ])("%s goes to %j", (model, targets) => {
    expect(names(model)).toEqual(targets);
  });

  it.each([
    ["nobody/gpt-5.5", "text", "model_not_found"],
    ["model-of-nobody", "text", "model_not_found"],
    ["route/smart", "text", "model_not_found"],
    ["loop", "text", "model_not_found"],
    ["@cf/meta/llama", "text", "model_not_found"],
    ["", "text", "model_string_malformed"],
    ["a b", "text", "model_string_malformed"],
    ["openai/gpt-5.5", "embed", "unsupported_capability"],
    ["openai/text-embedding-3-small", "text", "unsupported_capability"],
    ["anthropic/claude-opus-4-6", "embed", "unsupported_capability"],
  ] as const)("%s for %s is %s", (model, modality, code) => {
    expect(() => names(model, modality)).toThrow(expect.objectContaining({ code }));
  });

  it("lets a key use what it names, a whole provider, or nothing else", () => {
    const key = { ...adminPrincipal, models: ["fast", "anthropic/*", "house/qwen3-32b"] };
    expect(names("fast", "text", key)).toEqual(["openai: gpt-5.4-mini"]);
    expect(names("claude-opus-4.6", "text", key)).toEqual(["anthropic: claude-opus-4-6"]);
    expect(names("qwen3-32b", "text", key)).toEqual(["house: qwen3-32b"]);
    expect(() => names("openai/gpt-5.4-mini", "text", key)).toThrow(
      expect.objectContaining({ code: "permission_denied" }),
    );
  });
});
