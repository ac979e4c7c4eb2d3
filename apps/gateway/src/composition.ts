import { type CatalogModel, createCatalog, type Rate, type TokenPrice } from "@gw/catalog";
import { GatewayError, type ProviderEnvironment, type ProviderOptions } from "@gw/core";
import type { Config, ProviderConfig } from "./config/config-schema.ts";
import type { ConfiguredProvider } from "./config/configured-provider.ts";
import { installedProviderPackages, loadProviderPackage } from "./config/load-provider-package.ts";
import { defaultSettings, type Settings } from "./config/settings.ts";
import type { ModelDirectory } from "./pipeline/resolve.ts";

/** Vendors that the sandbox plays, and where each is reached. */
export type SandboxVendors = Readonly<Record<string, string>>;

/** Everything that a configuration decides. A reload makes a new one; running calls keep the one they began with. */
export interface Composition extends ModelDirectory {
  readonly settings: Settings;
  /** True when at least one provider answers from the sandbox. */
  readonly sandbox: boolean;
  close(): Promise<void>;
}

/**
 * Builds the providers and the model directory that a configuration describes.
 *
 * Without `providers` in it, each installed provider package switches itself on by the environment variables it declares.
 *
 * @param sandbox asked for only when the sandbox has to answer for somebody
 * @throws {GatewayError} `invalid_request` naming the provider and field at fault.
 */
export async function compose(options: {
  readonly config: Config;
  readonly environment: NodeJS.ProcessEnv;
  readonly sandboxMode: "auto" | "on" | "off";
  readonly sandbox: () => Promise<SandboxVendors>;
}): Promise<Composition> {
  const { config, environment, sandboxMode } = options;
  const settings = settingsOf(config);
  const providers = new Map<string, ConfiguredProvider>();
  const close = async (): Promise<void> => {
    await Promise.all([...providers.values()].map(({ provider }) => provider.close()));
  };
  try {
    for (const [name, provider] of Object.entries(config.providers ?? (await fromEnvironment(environment)))) {
      providers.set(name, await configure(name, provider, settings));
    }
    if (sandboxMode === "on" || (sandboxMode === "auto" && providers.size === 0)) {
      for (const [vendor, baseUrl] of Object.entries(await options.sandbox())) {
        if (providers.has(vendor)) continue;
        const configured = await configure(vendor, { apiKey: "sandbox", baseUrl }, settings);
        providers.set(vendor, { ...configured, sandbox: true });
      }
    }
  } catch (cause) {
    await close();
    throw cause;
  }
  const aliases = new Map<string, string>();
  const offers = new Map<string, readonly { provider: string; model: string }[]>();
  for (const [name, model] of Object.entries(config.models ?? {})) {
    if (typeof model === "string") aliases.set(name, model);
    else offers.set(name, model.offers);
  }
  return {
    settings,
    catalog: createCatalog(configuredModels(config)),
    providers,
    aliases,
    offers,
    sandbox: [...providers.values()].some((configured) => configured.sandbox),
    close,
  };
}

function settingsOf(config: Config): Settings {
  const { connectTimeoutMs, firstContentTimeoutMs, idleTimeoutMs } = config;
  return {
    host: config.host ?? defaultSettings.host,
    port: config.port ?? defaultSettings.port,
    maxBodyBytes: config.maxBodyBytes ?? defaultSettings.maxBodyBytes,
    deadlineMs: config.deadlineMs ?? defaultSettings.deadlineMs,
    shutdownGraceMs: config.shutdownGraceMs ?? defaultSettings.shutdownGraceMs,
    commitAfterMs: config.commitAfterMs ?? defaultSettings.commitAfterMs,
    heartbeatMs: config.heartbeatMs ?? defaultSettings.heartbeatMs,
    stalledReaderMs: config.stalledReaderMs ?? defaultSettings.stalledReaderMs,
    metrics: config.metrics ?? defaultSettings.metrics,
    timeouts: {
      ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
      ...(firstContentTimeoutMs !== undefined && { firstContentTimeoutMs }),
      ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    },
  };
}

async function fromEnvironment(environment: NodeJS.ProcessEnv): Promise<Record<string, ProviderConfig>> {
  const found: Record<string, ProviderConfig> = {};
  for (const name of installedProviderPackages()) {
    const { vendor, environment: names } = await loadProviderPackage(name);
    const options = names === null ? null : readOptions(names, environment);
    if (options !== null) found[vendor] = options;
  }
  return found;
}

/** A provider's options as the environment gives them, or `null` when they do not switch it on. */
function readOptions(names: ProviderEnvironment, environment: NodeJS.ProcessEnv): ProviderConfig | null {
  const { options, switchedOnBy = [["apiKey"]], ...common } = names;
  const found: Record<string, string> = {};
  for (const [option, variable] of Object.entries({ ...common, ...options })) {
    const value = environment[variable];
    if (value !== undefined && value !== "") found[option] = value;
  }
  return switchedOnBy.some((needed) => needed.every((option) => option in found)) ? found : null;
}

async function configure(name: string, config: ProviderConfig, settings: Settings): Promise<ConfiguredProvider> {
  const {
    package: packageName,
    models: _models,
    connectTimeoutMs,
    firstContentTimeoutMs,
    idleTimeoutMs,
    ...rest
  } = config;
  const { vendor, create } = await loadProviderPackage(packageName ?? `@gw/provider-${name}`);
  const timeouts = {
    ...settings.timeouts,
    ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
    ...(firstContentTimeoutMs !== undefined && { firstContentTimeoutMs }),
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
  };
  try {
    const provider = create({ ...(rest as ProviderOptions), id: name, timeouts });
    return { provider, vendor, sandbox: false };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError("invalid_request", `providers.${name}: ${message}`, { param: `providers.${name}`, cause });
  }
}

/** Models that a configuration adds to what is shipped. Nothing is known of them but what it says. */
function configuredModels(config: Config): CatalogModel[] {
  return Object.entries(config.providers ?? {}).flatMap(([provider, { models = [] }]) =>
    models.map((entry): CatalogModel => {
      const { id, price } = typeof entry === "string" ? { id: entry } : entry;
      return {
        id: `${provider}/${id}`,
        modalities: [],
        input: [],
        output: [],
        reasoning: null,
        tools: null,
        structuredOutput: null,
        contextTokens: null,
        maxInputTokens: null,
        maxOutputTokens: null,
        releasedOn: null,
        deprecated: false,
        snapshots: [],
        offers: [{ provider, model: id, price: price === undefined ? null : priceOf(price) }],
        sources: [{ name: "configuration", date: null }],
      };
    }),
  );
}

function priceOf(price: { readonly inputUsdPerMillion: number; readonly outputUsdPerMillion: number }): TokenPrice {
  const rate = (usd: number): Rate => ({ nanoUsd: Math.round(usd * 1e9), per: 1_000_000 });
  return {
    input: rate(price.inputUsdPerMillion),
    output: rate(price.outputUsdPerMillion),
    cacheRead: null,
    cacheWrite5m: null,
    cacheWrite1h: null,
    inputAudio: null,
    outputAudio: null,
  };
}
