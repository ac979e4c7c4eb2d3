import type { Catalog, Offer } from "@gw/catalog";
import { GatewayError, type Modality, type ModelRef, type Provider, parseModelString } from "@gw/core";
import type { ConfiguredProvider } from "../config/configured-provider.ts";
import type { Principal } from "../tenant.ts";

/** A provider and what it calls the model. */
export interface Target {
  readonly provider: Provider;
  readonly model: string;
}

/** What model strings are resolved against. */
export interface ModelDirectory {
  readonly catalog: Catalog;
  readonly providers: ReadonlyMap<string, ConfiguredProvider>;
  /** `models` of the configuration. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly offers: ReadonlyMap<string, readonly { readonly provider: string; readonly model: string }[]>;
}

const maxAliasSteps = 8;

/**
 * The targets that a model string names, in the order in which they should be tried.
 *
 * @throws {GatewayError} `model_string_malformed`; `model_not_found` for an unknown model or provider; `permission_denied`
 * when the key may not use it; `unsupported_capability` when no target has the modality.
 */
export function resolve(text: string, modality: Modality, directory: ModelDirectory, principal: Principal): Target[] {
  const ref = followAliases(text, directory);
  if (ref.type === "route")
    throw new GatewayError("model_not_found", `There is no route ${ref.name}`, { param: "model" });
  const named = namedTargets(ref, directory);
  if (named.length === 0) {
    throw new GatewayError("model_not_found", `No enabled provider offers the model ${text}`, { param: "model" });
  }
  const allowed = named.filter((target) => mayUse(principal, text, target));
  if (allowed.length === 0) {
    throw new GatewayError("permission_denied", `This key may not use the model ${text}`, { param: "model" });
  }
  const capable = allowed.filter((target) => offers(target, modality, directory));
  if (capable.length === 0) {
    throw new GatewayError("unsupported_capability", `The model ${text} cannot do ${modality}`, { param: "model" });
  }
  return capable;
}

function followAliases(text: string, directory: ModelDirectory): ModelRef {
  let name = text;
  for (let step = 0; step < maxAliasSteps; step += 1) {
    const next = directory.aliases.get(name);
    if (next === undefined) return parseModelString(name);
    name = next;
  }
  throw new GatewayError("model_not_found", `The alias ${text} leads in a circle`, { param: "model" });
}

function namedTargets(ref: Exclude<ModelRef, { type: "route" }>, directory: ModelDirectory): Target[] {
  const { catalog, providers } = directory;
  if (ref.type === "model") {
    const configured = providers.get(ref.provider) ?? providers.get(catalog.canonicalProvider(ref.provider));
    if (configured !== undefined) {
      const offer = offerOf(configured, ref.model, directory);
      return [{ provider: configured.provider, model: offer?.model ?? ref.model }];
    }
  }
  const name = ref.type === "model" ? `${ref.provider}/${ref.model}` : ref.name;
  const known = catalog.find(name);
  const offered = [
    ...(directory.offers.get(known?.id ?? name) ?? directory.offers.get(name) ?? []),
    ...(known?.offers ?? []),
  ];
  return offered.flatMap(({ provider, model }): Target[] => {
    const configured = providers.get(provider);
    if (configured === undefined) return [];
    // In the vendor's spelling of what was asked for: a dated name stays dated.
    return [{ provider: configured.provider, model: catalog.findOffer(provider, bareName(name))?.model ?? model }];
  });
}

function bareName(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}

// What is configured for a provider by name comes before what its vendor offers.
function offerOf(configured: ConfiguredProvider, model: string, { catalog }: ModelDirectory): Offer | null {
  return catalog.findOffer(configured.provider.id, model) ?? catalog.findOffer(configured.vendor, model);
}

function mayUse(principal: Principal, asked: string, target: Target): boolean {
  if (principal.models === null) return true;
  const full = `${target.provider.id}/${target.model}`;
  return principal.models.some(
    (allowed) => allowed === asked || allowed === full || allowed === `${target.provider.id}/*`,
  );
}

// What the catalogue does not know is left to the vendor to judge.
function offers(target: Target, modality: Modality, directory: ModelDirectory): boolean {
  if (target.provider.capabilities[modality] === undefined) return false;
  const vendor = directory.providers.get(target.provider.id)?.vendor ?? target.provider.id;
  const known = directory.catalog.modalities(vendor, target.model);
  return known.length === 0 || known.includes(modality);
}
