import type { Modality } from "@gw/core/types";
import type { CatalogModel, Offer } from "./catalog-model.ts";
import { providerNames } from "./data/provider-names.ts";
import { shippedFiles } from "./data/shipped-files.ts";
import { readCatalogFiles } from "./read-catalog-file.ts";

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

/**
 * Makes a catalogue of what is shipped and of `more`, in which a later model wins over an earlier one of the same id, and
 * all of them over shipped ones: what {@link loadCatalog} read first, then a gateway's own.
 *
 * Nothing is read before the first question, so that a catalogue costs nothing where it is not asked.
 */
export function createCatalog(more: readonly CatalogModel[] = []): Catalog {
  let read: Index | undefined;
  const index = (): Index => {
    read ??= indexOf([...shippedModels(), ...more]);
    return read;
  };
  const canonicalProvider = (name: string): string => providerNames[name] ?? name;
  const find = (name: string): CatalogModel | null => {
    const { byName } = index();
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
    models: () => index().models,
  };
}

interface Index {
  readonly models: readonly CatalogModel[];
  readonly byName: ReadonlyMap<string, CatalogModel>;
}

/** Oldest models first, by every spelling that is understood. */
function indexOf(all: readonly CatalogModel[]): Index {
  const byId = new Map(all.map((model) => [model.id, model]));
  const byName = new Map<string, CatalogModel>();
  const models = [...byId.values()].sort((one, other) => compareText(one.releasedOn ?? "", other.releasedOn ?? ""));
  const index = (name: string, model: CatalogModel): void => {
    byName.set(spelling(name), model);
    byName.set(spelling(name.slice(name.indexOf("/") + 1)), model);
  };
  // Later entries win, so the best names are written last: a model's own over a snapshot's, newer models over older ones,
  // and what several vendors offer over what one of them calls its own copy.
  for (const model of models) {
    for (const offer of model.offers)
      if (offer.provider === authorOf(model)) index(`${offer.provider}/${offer.model}`, model);
  }
  for (const model of models) index(undated(model.id), model);
  for (const model of models) for (const snapshot of model.snapshots) index(`${authorOf(model)}/${snapshot}`, model);
  for (const model of models) index(model.id, model);
  for (const model of models) if (model.offers.length > 1) index(model.id, model);
  return { models, byName };
}

let shipped: readonly CatalogModel[] | undefined;

function shippedModels(): readonly CatalogModel[] {
  shipped ??= readCatalogFiles(shippedFiles);
  return shipped;
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

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
