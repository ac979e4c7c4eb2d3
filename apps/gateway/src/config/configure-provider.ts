import { GatewayError, type ProviderOptions, type ProviderPackage } from "@gw/core";
import type { BreakerOptions } from "@gw/failover";
import type { ProviderConfig } from "./config-schema.ts";
import type { ConfiguredProvider, ProviderKey } from "./configured-provider.ts";
import { loadProviderPackage } from "./load-provider-package.ts";
import type { Settings } from "./settings.ts";

/**
 * A provider as a configuration names it, once for each of its keys.
 *
 * @throws {GatewayError} `invalid_request` naming the provider and field at fault.
 */
export async function configureProvider(
  name: string,
  config: ProviderConfig,
  settings: Settings,
): Promise<ConfiguredProvider> {
  const {
    package: packageName,
    models: _models,
    apiKey,
    apiKeys,
    region,
    zeroDataRetention = null,
    trainsOnData = null,
    quantization = null,
    breaker,
    connectTimeoutMs,
    firstContentTimeoutMs,
    idleTimeoutMs,
    ...rest
  } = config;
  const { vendor, environment, create } = await loadProviderPackage(packageName ?? `@gw/provider-${name}`);
  const options: ProviderOptions = {
    ...(rest as ProviderOptions),
    // A vendor whose address depends on the region takes it as an option of its package, which names its variable.
    ...(region !== undefined && environment?.options?.region !== undefined && { region }),
    id: name,
    timeouts: {
      ...settings.timeouts,
      ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
      ...(firstContentTimeoutMs !== undefined && { firstContentTimeoutMs }),
      ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    },
  };
  const texts = apiKeys ?? (apiKey === undefined ? [undefined] : [apiKey]);
  const keys = texts.map((entry, index): ProviderKey => {
    const { key, weight = 1 } = typeof entry === "object" ? entry : { key: entry };
    return {
      provider: build(name, create, { ...options, ...(key !== undefined && { apiKey: key }) }),
      weight,
      label: index === 0 ? name : `${name}#${index + 1}`,
    };
  });
  return {
    name,
    vendor,
    sandbox: false,
    keys,
    policy: { region: region ?? null, zeroDataRetention, trainsOnData, quantization },
    breaker: { ...settings.breaker, ...(breaker as Partial<BreakerOptions>) },
  };
}

function build(name: string, create: ProviderPackage["create"], options: ProviderOptions) {
  try {
    return create(options);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError("invalid_request", `providers.${name}: ${message}`, { param: `providers.${name}`, cause });
  }
}
