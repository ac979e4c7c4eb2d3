import type { Modality } from "@gw/core/types";
import type { CatalogModel, Offer } from "./catalog-model.ts";
import { providerNames } from "./data/provider-names.ts";
import { shippedModels } from "./data/shipped-models.ts";

/** Facts about models, found by any spelling of their names. */
export interface Catalog {
  /** The model of a name, with or without its author; `null` when it is not known. */
  find(name: string): CatalogModel | null;
  /**
   * A vendor's offer of a model. `offer.model` is what to send: the name itself where the vendor knows it so (a dated
   * snapshot stays dated), else the vendor's own spelling.
   */
  findOffer(vendor: string, name: string): Offer | null;
  /** The catalogue's name of a provider that has several. Unknown names stay as they are. */
  canonicalProvider(name: string): string;
  /** What a vendor's model can do; empty when it is not known. */
  modalities(vendor: string, name: string): readonly Modality[];
  models(): readonly CatalogModel[];
}

const dateOrLatest = /-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$/;

/** Makes a catalogue of what is shipped and of `more`, which wins where both name a model. */
export function createCatalog(more: readonly CatalogModel[] = []): Catalog {
  const byId = new Map([...shippedModels, ...more].map((model) => [model.id, model]));
  const byName = new Map<string, CatalogModel>();
  // Later entries win, so the best names are written last: a model's own over a snapshot's, newer models over older ones.
  const models = [...byId.values()].sort((one, other) => (one.releasedOn ?? "").localeCompare(other.releasedOn ?? ""));
  const index = (name: string, model: CatalogModel): void => {
    byName.set(spelling(name), model);
    byName.set(spelling(name.slice(name.indexOf("/") + 1)), model);
  };
  for (const model of models) index(undated(model.id), model);
  for (const model of models) for (const snapshot of model.snapshots) index(`${authorOf(model)}/${snapshot}`, model);
  for (const model of models) index(model.id, model);

  const canonicalProvider = (name: string): string => providerNames[name] ?? name;
  const find = (name: string): CatalogModel | null => {
    const slash = name.indexOf("/");
    const canonical = slash === -1 ? name : `${canonicalProvider(name.slice(0, slash))}${name.slice(slash)}`;
    return byName.get(spelling(canonical)) ?? byName.get(spelling(undated(canonical))) ?? null;
  };
  const modelAt = remember((vendor, name) => find(`${vendor}/${name}`) ?? find(name));
  const findOffer = remember((vendor, name): Offer | null => {
    const model = modelAt(vendor, name);
    const offer = model?.offers.find((one) => one.provider === vendor);
    if (model == null || offer === undefined) return null;
    // Whoever resells a model has names of its own for its snapshots.
    if (authorOf(model) !== vendor) return offer;
    const known = offer.model === name || model.snapshots.includes(name);
    const datedByVendor = undated(name) === offer.model && !name.endsWith("-latest");
    return known || datedByVendor ? { ...offer, model: name } : offer;
  });
  return {
    find,
    findOffer,
    canonicalProvider,
    modalities: (vendor, name) => modelAt(vendor, name)?.modalities ?? [],
    models: () => models,
  };
}

/** The catalogue as it is shipped. */
export const catalog: Catalog = createCatalog();

// Callers ask for the same few models again and again; the bound is for one that makes names up.
const maxRemembered = 1_000;

function remember<Answer>(look: (vendor: string, name: string) => Answer): (vendor: string, name: string) => Answer {
  const answers = new Map<string, Answer>();
  return (vendor, name) => {
    const key = `${vendor}/${name}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    if (answers.size >= maxRemembered) answers.clear();
    const answer = look(vendor, name);
    answers.set(key, answer);
    return answer;
  };
}

function spelling(name: string): string {
  return name.toLowerCase().replaceAll(".", "-");
}

function undated(name: string): string {
  return name.replace(dateOrLatest, "");
}

function authorOf(model: CatalogModel): string {
  return model.id.slice(0, model.id.indexOf("/"));
}
