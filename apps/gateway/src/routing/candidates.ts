import type { Catalog, CatalogModel } from "@gw/catalog";
import { GatewayError, type Modality, type ModelRef } from "@gw/core";
import type { ConfiguredProvider } from "../config/configured-provider.ts";
import { circuitOf } from "./circuit-of.ts";
import { blendedUsdPerMillion, offerPrice, type TokenPriceUsd } from "./offer-price.ts";
import { lackingNeeds } from "./request-needs.ts";
import type { RouteTarget } from "./route-plan.ts";

/** A target, and what is known of it before anybody calls. */
export interface Candidate {
  readonly target: RouteTarget;
  readonly circuit: string;
  /** The catalogue's name of the model; `null` where it knows none. */
  readonly modelId: string | null;
  readonly price: TokenPriceUsd | null;
  /** For ordering; `null`: not known. */
  readonly blendedUsdPerMillion: number | null;
  /** Bits of `requestNeed` that it cannot meet. */
  readonly lacks: number;
}

/** What one model string of a configuration can be answered by, in order of preference; at least one. */
export type Candidates = readonly Candidate[];

/** What is configured about an offer that the catalogue does not have. */
export interface ConfiguredOffer {
  readonly provider: string;
  readonly model: string;
}

type NamedTarget = Pick<RouteTarget, "via" | "model">;

type NamedModel = Exclude<ModelRef, { type: "route" }>;

// Callers ask for the same few models again and again; the bound is for one that makes names up.
const maxRemembered = 1_000;

// A date that the catalogue does not list may be another model.
const dated = /-(\d{8}|\d{4}-\d{2}-\d{2})$/;

/** Finds who can answer for a model, and remembers it: nothing of it depends on the call. */
export class CandidateIndex {
  readonly #catalog: Catalog;
  readonly #providers: ReadonlyMap<string, ConfiguredProvider>;
  readonly #offers: ReadonlyMap<string, readonly ConfiguredOffer[]>;
  #byOffer: ReadonlyMap<string, CatalogModel> | null = null;
  readonly #remembered = new Map<string, Candidates>();

  constructor(
    catalog: Catalog,
    providers: ReadonlyMap<string, ConfiguredProvider>,
    offers: ReadonlyMap<string, readonly ConfiguredOffer[]>,
  ) {
    this.#catalog = catalog;
    this.#providers = providers;
    this.#offers = offers;
  }

  /** @throws {GatewayError} `model_not_found`; `unsupported_capability` when nobody has the modality for this model. */
  of(ref: NamedModel, modality: Modality): Candidates {
    const name = ref.type === "model" ? `${ref.provider}/${ref.model}` : ref.name;
    const key = `${modality} ${name}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const named = this.#targets(ref, name);
    if (named.length === 0) {
      throw new GatewayError("model_not_found", `No enabled provider offers the model ${name}`, { param: "model" });
    }
    const capable = named.filter((target) => this.#has(target, modality));
    if (capable.length === 0) {
      throw new GatewayError("unsupported_capability", `The model ${name} cannot do ${modality}`, { param: "model" });
    }
    const candidates = capable.map((target) => this.#candidate(target, modality));
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear();
    this.#remembered.set(key, candidates);
    return candidates;
  }

  /** Whether some enabled provider could be asked for the model, whatever for. */
  knows(ref: NamedModel): boolean {
    return this.#targets(ref, ref.type === "model" ? `${ref.provider}/${ref.model}` : ref.name).length > 0;
  }

  /** Whether the catalogue or the configuration says that a provider has a model of exactly this name. */
  lists(provider: string, model: string): boolean {
    const via = this.#providers.get(provider);
    if (via === undefined) return false;
    return this.#offered(via.name, model) !== undefined || this.#offered(via.vendor, model) !== undefined;
  }

  /** The named provider first, then whoever offers the same model, as far as anybody says that it is the same. */
  #targets(ref: NamedModel, name: string): NamedTarget[] {
    const first = ref.type === "model" ? this.#provider(ref.provider) : undefined;
    const known = first === undefined ? this.#catalog.find(name) : this.#modelAt(first, ref);
    const configured = this.#offers.get(known?.id ?? name) ?? this.#offers.get(name) ?? [];
    const targets: NamedTarget[] = [];
    const add = (via: ConfiguredProvider, model: string): void => {
      // One model of a provider, by whichever of its names comes first.
      if (!targets.some((target) => target.via === via)) targets.push({ via, model });
    };
    if (first !== undefined && ref.type === "model") add(first, this.#spelling(first, ref, configured));
    for (const { provider, model } of configured) {
      const via = this.#providers.get(provider);
      if (via !== undefined) add(via, model);
    }
    if (ref.type === "alias") {
      // Those whose own list of models has the bare name.
      for (const via of this.#providers.values()) if (this.#offered(via.name, name) !== undefined) add(via, name);
    }
    if (known !== null && isSameModel(known, name)) {
      for (const { provider, model } of known.offers) {
        // In the vendor's spelling of what was asked for: a dated name stays dated.
        const spelled = this.#catalog.findOffer(provider, bareName(name))?.model ?? model;
        for (const via of this.#sellersOf(provider)) add(via, spelled);
      }
    }
    return onOneSideOfTheSandbox(targets, first);
  }

  /** The model of which an offer is one, by `provider/model` as the vendor spells it. */
  #offered(provider: string, model: string): CatalogModel | undefined {
    this.#byOffer ??= this.#indexOffers();
    return this.#byOffer.get(`${provider}/${model}`);
  }

  // At the first question: until then the catalogue need not be read.
  #indexOffers(): ReadonlyMap<string, CatalogModel> {
    // The last one counts: what several vendors offer, over what one of them calls its own copy.
    const shipped = this.#catalog
      .models()
      .toSorted((one, other) => one.offers.length - other.offers.length)
      .map((model) => [model, model.offers] as const);
    const configured = [...this.#offers].flatMap(([id, offers]) => {
      const model = this.#catalog.find(id);
      return model === null ? [] : [[model, offers] as const];
    });
    return new Map(
      [...shipped, ...configured].flatMap(([model, offers]) =>
        offers.map((offer) => [`${offer.provider}/${offer.model}`, model]),
      ),
    );
  }

  #provider(name: string): ConfiguredProvider | undefined {
    return this.#providers.get(name) ?? this.#providers.get(this.#catalog.canonicalProvider(name));
  }

  /** Providers that sell what a vendor offers: the one of its name before those that are configured under other names. */
  #sellersOf(vendor: string): ConfiguredProvider[] {
    const named = this.#providers.get(vendor);
    const others = [...this.#providers.values()].filter((via) => via.vendor === vendor && via !== named);
    return named === undefined ? others : [named, ...others];
  }

  #modelAt({ name, vendor }: ConfiguredProvider, ref: NamedModel): CatalogModel | null {
    const model = ref.type === "model" ? ref.model : ref.name;
    for (const owner of [name, vendor]) {
      const offered = this.#offered(owner, model);
      if (offered !== undefined) return offered;
      if (this.#catalog.findOffer(owner, model) !== null) {
        return this.#catalog.find(`${owner}/${model}`) ?? this.#catalog.find(model);
      }
    }
    return null;
  }

  // What is configured for a provider by name comes before what its vendor offers.
  #spelling(
    { name, vendor }: ConfiguredProvider,
    { model }: Extract<NamedModel, { type: "model" }>,
    configured: readonly ConfiguredOffer[],
  ): string {
    if (this.#offered(name, model) !== undefined || this.#offered(vendor, model) !== undefined) return model;
    const own = configured.find((offer) => offer.provider === name);
    return (own ?? this.#catalog.findOffer(name, model) ?? this.#catalog.findOffer(vendor, model))?.model ?? model;
  }

  // What the catalogue does not know is left to the vendor to judge.
  #has({ via, model }: NamedTarget, modality: Modality): boolean {
    if (via.keys[0]?.provider.capabilities[modality] === undefined) return false;
    const offered = this.#offered(via.name, model) ?? this.#offered(via.vendor, model);
    const known = offered?.modalities ?? this.#catalog.modalities(via.vendor, model);
    return known.length === 0 || known.includes(modality);
  }

  #candidate({ via, model }: NamedTarget, modality: Modality): Candidate {
    const known = this.#modelAt(via, { type: "model", provider: via.name, model });
    const sold = known?.offers.find((offer) => offer.provider === via.name || offer.provider === via.vendor) ?? null;
    const price = offerPrice(sold, via.policy.region, Date.now());
    const capabilities = via.keys[0]?.provider.capabilities ?? {};
    const target: RouteTarget = { via, model, patch: null, facts: known, offer: sold };
    return {
      target,
      circuit: circuitOf(target),
      modelId: known?.id ?? null,
      price,
      blendedUsdPerMillion: blendedUsdPerMillion(price),
      lacks: modality === "text" ? lackingNeeds(capabilities, known) : 0,
    };
  }
}

function bareName(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}

function isSameModel(known: CatalogModel, name: string): boolean {
  const bare = bareName(name);
  if (!dated.test(bare) || known.id.endsWith(`/${bare}`) || known.snapshots.includes(bare)) return true;
  return known.offers.some(({ model }) => model === bare);
}

// A made-up answer must never stand in for a real one, and nothing is paid for in the sandbox's name.
function onOneSideOfTheSandbox(targets: NamedTarget[], first: ConfiguredProvider | undefined): NamedTarget[] {
  const sandbox = first?.sandbox ?? targets.every(({ via }) => via.sandbox);
  return targets.filter(({ via }) => via.sandbox === sandbox);
}
