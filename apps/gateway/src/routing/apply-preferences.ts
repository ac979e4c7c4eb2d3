import type { Catalog } from "@gw/catalog";
import { GatewayError } from "@gw/core";
import type { ConfiguredProvider } from "../config/configured-provider.ts";
import type { Candidate } from "./candidates.ts";
import { cheapestFirst, fastestFirst, leastFirst, preferring } from "./ordering.ts";
import type { ProviderPreferences } from "./provider-preferences.ts";
import type { TargetSpeeds } from "./target-speeds.ts";

/** What names of providers are understood by. */
interface Providers {
  readonly catalog: Catalog;
  readonly providers: ReadonlyMap<string, ConfiguredProvider>;
}

/**
 * Leaves out what a caller does not want.
 *
 * @param needs what the request needs, as `needsOf` finds it
 * @throws {GatewayError} `model_not_found` with the wish that left nothing in `param`.
 */
export function onlyWanted(
  candidates: readonly Candidate[],
  wishes: ProviderPreferences,
  needs: number,
  directory: Providers,
): readonly Candidate[] {
  const { only, ignore, quantizations, maxPrice } = wishes;
  const named = (names: readonly string[], { target }: Candidate) =>
    names.some((name) => isNamed(name, target.via, directory));
  let left = candidates;
  const keep = (field: string, holds: (candidate: Candidate) => boolean): void => {
    left = left.filter(holds);
    if (left.length > 0) return;
    const param = `provider.${field}`;
    throw new GatewayError("model_not_found", `${param} leaves no provider that offers the model`, { param });
  };
  if (only !== null) keep("only", (candidate) => named(only, candidate));
  if (ignore !== null) keep("ignore", (candidate) => !named(ignore, candidate));
  if (wishes.denyDataCollection) keep("data_collection", ({ target }) => target.via.policy.trainsOnData === false);
  if (wishes.zeroDataRetention) keep("zdr", ({ target }) => target.via.policy.zeroDataRetention === true);
  if (quantizations !== null) {
    keep("quantizations", ({ target }) => quantizations.includes(target.via.policy.quantization ?? "unknown"));
  }
  if (maxPrice !== null) keep("max_price", (candidate) => costsAtMost(maxPrice, candidate));
  if (wishes.requireParameters) keep("require_parameters", ({ lacks }) => (lacks & needs) === 0);
  return left;
}

/** In the order that a caller wants. */
export function inWantedOrder(
  candidates: readonly Candidate[],
  wishes: ProviderPreferences,
  directory: Providers & { readonly speeds: TargetSpeeds },
  random: () => number,
): readonly Candidate[] {
  const { speeds } = directory;
  const { order } = wishes;
  let left = candidates;
  if (wishes.sort?.by === "price") left = cheapestFirst(left);
  else if (wishes.sort !== null) left = fastestFirst(left, wishes.sort.by, speeds, random);
  const { minTokensPerSecond, maxLatencyMs } = wishes;
  if (minTokensPerSecond !== null || maxLatencyMs !== null) {
    left = preferring(
      left,
      ({ circuit }) =>
        (speeds.outputTokensPerSecond(circuit) ?? Number.POSITIVE_INFINITY) >= (minTokensPerSecond ?? 0) &&
        (speeds.firstContentMs(circuit) ?? 0) <= (maxLatencyMs ?? Number.POSITIVE_INFINITY),
    );
  }
  if (order === null) return left;
  return leastFirst(left, ({ target }) => {
    const place = order.findIndex((name) => isNamed(name, target.via, directory));
    return place === -1 ? null : place;
  });
}

/** Those that may answer where backup providers are not wanted: of `order`, or the first. */
export function withoutBackups(
  candidates: readonly Candidate[],
  { order }: ProviderPreferences,
  directory: Providers,
): readonly Candidate[] {
  if (order === null) return candidates.slice(0, 1);
  const listed = candidates.filter(({ target }) => order.some((name) => isNamed(name, target.via, directory)));
  if (listed.length > 0) return listed;
  const param = "provider.order";
  throw new GatewayError("model_not_found", `${param} names no provider that offers the model`, { param });
}

/** By the name it is configured under; a name that no provider has means the vendor, in any spelling. */
function isNamed(name: string, via: ConfiguredProvider, { catalog, providers }: Providers): boolean {
  if (providers.has(name)) return name === via.name;
  const vendor = name.toLowerCase();
  return via.vendor === vendor || via.vendor === catalog.canonicalProvider(vendor);
}

function costsAtMost(most: NonNullable<ProviderPreferences["maxPrice"]>, { price }: Candidate): boolean {
  const { inputUsdPerMillion: input, outputUsdPerMillion: output } = most;
  return (
    (input === null || (price !== null && price.inputPerMillion <= input)) &&
    (output === null || (price?.outputPerMillion != null && price.outputPerMillion <= output))
  );
}
