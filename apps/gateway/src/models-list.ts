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

/** The models that enabled providers offer, and the aliases. */
export function listModels(composition: Composition): ModelEntry[] {
  const { providers, catalog, aliases } = composition;
  const enabled = new Set([...providers].flatMap(([name, { vendor }]) => [name, vendor]));
  const offered = catalog.models().filter((model) => model.offers.some((offer) => enabled.has(offer.provider)));
  const named = [...aliases.keys()].map((id): ModelEntry => ({ id, object: "model", created: 0, owned_by: "gateway" }));
  return [...offered.map(catalogued), ...named];
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
