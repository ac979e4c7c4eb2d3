import type { CatalogModel } from "@gw/catalog";
import type { JsonValue } from "@gw/core";
import type { Composition } from "./composition.ts";

/** A model as `/v1/models` lists it: OpenAI's fields, with what the catalogue knows beside. */
export interface ModelEntry {
  readonly id: string;
  readonly object: "model";
  readonly created: number;
  readonly owned_by: string;
  readonly [field: string]: unknown;
}

/** The models that enabled providers offer: the catalogue's, the configured ones, and the aliases. */
export function listModels(composition: Composition): ModelEntry[] {
  const entries = new Map<string, ModelEntry>();
  const vendors = new Map([...composition.providers].map(([name, { vendor }]) => [vendor, name]));
  for (const model of composition.catalog.models()) {
    if (model.offers.some((offer) => vendors.has(offer.provider))) entries.set(model.id, catalogued(model));
  }
  for (const [name, { models }] of composition.providers) {
    for (const model of models) entries.set(`${name}/${model}`, plain(`${name}/${model}`, name));
  }
  for (const alias of composition.aliases.keys()) entries.set(alias, plain(alias, "gateway"));
  return [...entries.values()];
}

/** One entry, by any spelling of its name. */
export function modelEntry(name: string, composition: Composition): ModelEntry | null {
  const entries = listModels(composition);
  const canonical = composition.catalog.find(name)?.id;
  return entries.find((entry) => entry.id === name) ?? entries.find((entry) => entry.id === canonical) ?? null;
}

function catalogued(model: CatalogModel): ModelEntry {
  const { id, ...facts } = model;
  return { id, object: "model", created: 0, owned_by: id.split("/", 1)[0] ?? id, ...(snakeCased(facts) as object) };
}

function plain(id: string, owner: string): ModelEntry {
  return { id, object: "model", created: 0, owned_by: owner };
}

/** The catalogue's facts in the case that JSON of this API has; amounts beyond safe integers as text. */
function snakeCased(value: unknown): JsonValue {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Array.isArray(value)) return value.map(snakeCased);
  if (typeof value !== "object" || value === null) return value as JsonValue;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCased(item),
    ]),
  );
}
