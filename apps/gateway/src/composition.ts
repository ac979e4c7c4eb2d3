import type { ProviderEnvironment } from "@gw/core";
import type { BreakerOptions } from "@gw/failover";
import type { Config, ProviderConfig } from "./config/config-schema.ts";
import { configureProvider } from "./config/configure-provider.ts";
import { configuredCatalog } from "./config/configured-models.ts";
import type { ConfiguredProvider } from "./config/configured-provider.ts";
import { installedProviderPackages, loadProviderPackage } from "./config/load-provider-package.ts";
import { defaultSettings, type Settings } from "./config/settings.ts";
import { configuredLimits, type GatewayLimit } from "./money/gateway-limit.ts";
import type { ModelDirectory } from "./pipeline/resolve.ts";
import { CandidateIndex, type ConfiguredOffer } from "./routing/candidates.ts";
import { compileRoutes } from "./routing/compile-routes.ts";
import { SessionAffinity } from "./routing/session-affinity.ts";
import { TargetSpeeds } from "./routing/target-speeds.ts";

/** Vendors that the sandbox plays, and where each is reached. */
export type SandboxVendors = Readonly<Record<string, string>>;

/** Everything that a configuration decides. A reload makes a new one; running calls keep the one they began with. */
export interface Composition extends ModelDirectory {
  readonly settings: Settings;
  readonly limits: readonly GatewayLimit[];
  /** True when at least one provider answers from the sandbox. */
  readonly sandbox: boolean;
  close(): Promise<void>;
}

/**
 * Builds the providers and the model directory that a configuration describes.
 *
 * Without `providers` in it, each installed provider package switches itself on by the environment variables it declares.
 *
 * @param options.sandbox asked for only when the sandbox has to answer for somebody
 * @param options.previous what calls have taught so far: a reload forgets no session
 * @throws {GatewayError} `invalid_request` naming the provider, route and field at fault.
 */
export async function compose(options: {
  readonly config: Config;
  readonly environment: NodeJS.ProcessEnv;
  readonly sandboxMode: "auto" | "on" | "off";
  readonly sandbox: () => Promise<SandboxVendors>;
  readonly previous?: Pick<Composition, "affinity" | "speeds">;
}): Promise<Composition> {
  const { config, environment, sandboxMode, previous } = options;
  const settings = settingsOf(config);
  const providers = new Map<string, ConfiguredProvider>();
  const close = async (): Promise<void> => {
    const keys = [...providers.values()].flatMap((provider) => provider.keys);
    await Promise.all(keys.map(({ provider }) => provider.close()));
  };
  try {
    for (const [name, provider] of Object.entries(config.providers ?? (await fromEnvironment(environment)))) {
      providers.set(name, await configureProvider(name, provider, settings));
    }
    if (sandboxMode === "on" || (sandboxMode === "auto" && providers.size === 0)) {
      for (const [vendor, baseUrl] of Object.entries(await options.sandbox())) {
        if (providers.has(vendor)) continue;
        const configured = await configureProvider(vendor, { apiKey: "sandbox", baseUrl }, settings);
        providers.set(vendor, { ...configured, sandbox: true });
      }
    }
    return {
      settings,
      limits: configuredLimits(config),
      ...directoryOf(config, providers),
      affinity: previous?.affinity ?? new SessionAffinity(),
      speeds: previous?.speeds ?? new TargetSpeeds(),
      sandbox: [...providers.values()].some((configured) => configured.sandbox),
      close,
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

function directoryOf(config: Config, providers: ReadonlyMap<string, ConfiguredProvider>) {
  const aliases = new Map<string, string>();
  const offers = new Map<string, readonly ConfiguredOffer[]>();
  for (const [name, model] of Object.entries(config.models ?? {})) {
    if (typeof model === "string") aliases.set(name, model);
    else offers.set(name, model.offers);
  }
  const catalog = configuredCatalog(config);
  const candidates = new CandidateIndex(catalog, providers, offers);
  const routes = compileRoutes(config.routes ?? {}, aliases, (ref) => candidates.knows(ref));
  return { catalog, providers, aliases, routes, candidates };
}

function settingsOf(config: Config): Settings {
  const { connectTimeoutMs, firstContentTimeoutMs, idleTimeoutMs } = config;
  return {
    host: config.host ?? defaultSettings.host,
    port: config.port ?? defaultSettings.port,
    maxBodyBytes: config.maxBodyBytes ?? defaultSettings.maxBodyBytes,
    deadlineMs: config.deadlineMs ?? defaultSettings.deadlineMs,
    maxAttempts: config.maxAttempts ?? defaultSettings.maxAttempts,
    shutdownGraceMs: config.shutdownGraceMs ?? defaultSettings.shutdownGraceMs,
    commitAfterMs: config.commitAfterMs ?? defaultSettings.commitAfterMs,
    heartbeatMs: config.heartbeatMs ?? defaultSettings.heartbeatMs,
    stalledReaderMs: config.stalledReaderMs ?? defaultSettings.stalledReaderMs,
    onDisconnect: config.onDisconnect ?? defaultSettings.onDisconnect,
    disconnectGraceMs: config.disconnectGraceMs ?? defaultSettings.disconnectGraceMs,
    streamRetainMs: config.streamRetainMs ?? defaultSettings.streamRetainMs,
    metrics: config.metrics ?? defaultSettings.metrics,
    holdWaitMs: config.holdWaitMs ?? defaultSettings.holdWaitMs,
    fitMaxTokens: config.fitMaxTokens ?? defaultSettings.fitMaxTokens,
    unpricedModels: config.unpricedModels ?? defaultSettings.unpricedModels,
    breaker: { ...defaultSettings.breaker, ...(config.breaker as Partial<BreakerOptions>) },
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
