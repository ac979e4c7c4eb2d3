import { type CatalogModel, createCatalog } from "@gw/catalog";
import type { Capabilities, Provider, TextCapabilities } from "@gw/core";
import { defaultBreaker } from "@gw/failover";
import type { ConfiguredProvider, DataPolicy } from "../../src/config/configured-provider.ts";
import { defaultSettings } from "../../src/config/settings.ts";
import type { ModelDirectory } from "../../src/pipeline/resolve.ts";
import { CandidateIndex, type ConfiguredOffer } from "../../src/routing/candidates.ts";
import { compileRoutes } from "../../src/routing/compile-routes.ts";
import { SessionAffinity } from "../../src/routing/session-affinity.ts";
import { TargetSpeeds } from "../../src/routing/target-speeds.ts";

/** What a provider of these tests is. Without more it can do all of text, and states nothing of its policy. */
export interface ProviderFacts {
  readonly vendor?: string;
  readonly capabilities?: Capabilities;
  readonly policy?: Partial<DataPolicy>;
  readonly sandbox?: boolean;
}

const allOfText = {
  tools: true,
  structuredOutput: true,
  imageInput: true,
  documentInput: true,
  audioInput: true,
  videoInput: true,
} as TextCapabilities;

/** Capabilities for text, all but some. */
export function textWithout(...lacking: readonly (keyof TextCapabilities)[]): Capabilities {
  return { text: { ...allOfText, ...Object.fromEntries(lacking.map((name) => [name, false])) } };
}

/** A directory of providers with the shipped catalogue, in which `models` are known besides. */
export function directoryOf(options: {
  readonly providers: Readonly<Record<string, ProviderFacts>>;
  readonly aliases?: Readonly<Record<string, string>>;
  readonly offers?: Readonly<Record<string, readonly ConfiguredOffer[]>>;
  readonly routes?: Parameters<typeof compileRoutes>[0];
  readonly models?: readonly CatalogModel[];
}): ModelDirectory {
  const catalog = createCatalog(options.models);
  const providers = new Map(
    Object.entries(options.providers).map(([name, facts]) => [name, configuredProvider(name, facts)]),
  );
  const aliases = new Map(Object.entries(options.aliases ?? {}));
  const candidates = new CandidateIndex(catalog, providers, new Map(Object.entries(options.offers ?? {})));
  return {
    settings: defaultSettings,
    catalog,
    providers,
    aliases,
    candidates,
    routes: compileRoutes(options.routes ?? {}, aliases, (ref) => candidates.knows(ref)),
    affinity: new SessionAffinity(),
    speeds: new TargetSpeeds(),
  };
}

function configuredProvider(name: string, facts: ProviderFacts): ConfiguredProvider {
  const capabilities = facts.capabilities ?? { text: allOfText };
  const provider: Provider = { id: name, capabilities, close: async () => {} };
  return {
    name,
    vendor: facts.vendor ?? name,
    sandbox: facts.sandbox ?? false,
    keys: [{ provider, weight: 1, label: name }],
    breaker: defaultBreaker,
    policy: { region: null, zeroDataRetention: null, trainsOnData: null, quantization: null, ...facts.policy },
  };
}

/** A model that exists in these tests only, with offers of `provider: [USD per million of input, of output]` or of no known price. */
export function madeUpModel(
  id: string,
  offers: Readonly<Record<string, readonly [input: number, output: number] | null>>,
  facts: Partial<CatalogModel> = {},
): CatalogModel {
  const rate = (usd: number) => ({ nanoUsd: usd * 1e9, per: 1_000_000 });
  return {
    id,
    modalities: ["text"],
    input: [],
    output: [],
    reasoning: null,
    tools: null,
    structuredOutput: null,
    contextTokens: null,
    maxInputTokens: null,
    maxOutputTokens: null,
    tokenizer: null,
    releasedOn: null,
    deprecated: false,
    retiresOn: null,
    snapshots: [],
    offers: Object.entries(offers).map(([provider, price]) => ({
      provider,
      model: id.slice(id.indexOf("/") + 1),
      prices:
        price === null
          ? []
          : [
              {
                id: `${provider} ${id}`,
                serviceTier: "standard",
                region: null,
                validFrom: null,
                validUntil: null,
                rates: { input: rate(price[0]), output: rate(price[1]) },
                contextTiers: [],
                hours: [],
                variants: [],
                sources: [],
              },
            ],
    })),
    sources: [],
    ...facts,
  };
}
