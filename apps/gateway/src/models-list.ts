import type { CatalogModel } from "@gw/catalog";
import type { JsonValue } from "@gw/core";
import type { Composition } from "./composition.ts";
import { followAliases } from "./routing/follow-aliases.ts";
import type { Principal } from "./tenant.ts";

/**
 * A model as `/v1/models` lists it: the fields that OpenAI's and Anthropic's SDKs read, with what the catalogue knows beside.
 */
export interface ModelEntry {
  readonly id: string;
  readonly object: "model";
  readonly type: "model";
  readonly display_name: string;
  /** Seconds since 1970; 0 where the day is not known, as OpenAI's type demands a number. */
  readonly created: number;
  /** ISO time; the epoch where the day is not known, as Anthropic has it. */
  readonly created_at: string;
  readonly owned_by: string;
  readonly [field: string]: unknown;
}

/** The models that enabled providers offer, and the aliases: those that a key may use. */
export function listModels(composition: Composition, { models }: Principal): ModelEntry[] {
  const { providers, catalog, aliases } = composition;
  const enabled = new Set([...providers].flatMap(([name, { vendor }]) => [name, vendor]));
  const offered = catalog.models().filter((model) => model.offers.some((offer) => enabled.has(offer.provider)));
  const allows = (names: readonly string[]): boolean => names.some((name) => models?.includes(name));
  const usable = models === null ? offered : offered.filter((model) => allows(namesOf(model, composition)));
  const names = [...aliases.keys()];
  const named = models === null ? names : names.filter((alias) => allows([alias, ...aliasedNames(alias, composition)]));
  return [...usable.map(catalogued), ...named.map((id) => entryOf(id, "gateway", null))];
}

/** One entry, by any spelling of its name; `null` also where the key may not use it. */
export function modelEntry(name: string, composition: Composition, principal: Principal): ModelEntry | null {
  const entries = listModels(composition, principal);
  const canonical = composition.catalog.find(name)?.id;
  return entries.find((entry) => entry.id === name) ?? entries.find((entry) => entry.id === canonical) ?? null;
}

/** What a key may name to be allowed a model: itself, its name at a provider, or the whole of that provider. */
function namesOf({ id, offers }: CatalogModel, { providers }: Composition): string[] {
  const own = [...providers].flatMap(([name, { vendor }]) =>
    offers
      .filter((offer) => offer.provider === name || offer.provider === vendor)
      .flatMap((offer) => [`${name}/${offer.model}`, `${name}/*`]),
  );
  return [id, ...own];
}

function aliasedNames(alias: string, composition: Composition): string[] {
  const ref = followAliases(alias, composition.aliases);
  if (ref.type === "route") return [`route/${ref.name}`];
  const name = ref.type === "model" ? `${ref.provider}/${ref.model}` : ref.name;
  const known = composition.catalog.find(name);
  if (known !== null) return namesOf(known, composition);
  return ref.type === "model" ? [name, `${ref.provider}/*`] : [name];
}

function catalogued(model: CatalogModel): ModelEntry {
  const { id, ...facts } = model;
  return { ...entryOf(id, id.split("/", 1)[0] ?? id, model.releasedOn), ...(snakeCased(facts) as object) };
}

function entryOf(id: string, owner: string, releasedOn: string | null): ModelEntry {
  const released = new Date(releasedOn ?? 0);
  return {
    id,
    object: "model",
    type: "model",
    display_name: id,
    created: released.getTime() / 1_000,
    created_at: released.toISOString(),
    owned_by: owner,
  };
}

/** A list of models as both SDKs page through it: this is the only page. */
export function modelsPage(entries: readonly ModelEntry[]): object {
  return {
    object: "list",
    data: entries,
    has_more: false,
    first_id: entries[0]?.id ?? null,
    last_id: entries.at(-1)?.id ?? null,
  };
}

/** A model as Gemini's clients read it. What is not known is left out. */
export function geminiModel(entry: ModelEntry): object {
  const { id, max_input_tokens, context_tokens, max_output_tokens, modalities } = entry;
  const inputTokenLimit = max_input_tokens ?? context_tokens ?? undefined;
  const generates = !Array.isArray(modalities) || modalities.includes("text");
  return {
    name: `models/${id}`,
    displayName: id,
    ...(inputTokenLimit !== undefined && { inputTokenLimit }),
    ...((max_output_tokens ?? undefined) !== undefined && { outputTokenLimit: max_output_tokens }),
    supportedGenerationMethods: generates ? ["generateContent", "streamGenerateContent", "countTokens"] : [],
  };
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
