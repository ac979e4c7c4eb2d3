import type { CatalogFileModel } from "../../packages/catalog/src/catalog-file.ts";
import { foldRegions, foldSnapshots, type VendorPart } from "./fold-models.ts";
import { genaiModel, genaiPrices, withHistory } from "./genai-history.ts";
import { imageVariants, litellmPrices, regionalPrices } from "./litellm-prices.ts";
import { isListed, modelFacts, youngerModel } from "./model-facts.ts";
import { modelsDevPrices } from "./models-dev-prices.ts";
import { withSecondSource } from "./portkey-tiers.ts";
import type { PriceDraft } from "./price-draft.ts";
import type { GenaiModel, LiteLlmRow, ModelsDevRow, Sources } from "./sources.ts";
import { hasSuspectPrices, withoutSuspects } from "./suspect-figures.ts";
import { everywhere, retiredBefore, sourceDates, type VendorSources } from "./vendors.ts";

/** One vendor's models and prices, from all sources. */
export function vendorPart(vendor: VendorSources, sources: Sources): VendorPart {
  const rows = litellmRows(vendor, sources);
  const facts = new Map(Object.entries(sources.modelsDev[vendor.modelsDev ?? ""]?.models ?? {}));
  const genai = genaiModels(vendor, sources);
  const models: CatalogFileModel[] = [];
  const prices: PriceDraft[] = [];
  for (const ownId of new Set([...rows.keys(), ...(vendor.pricedOnly ? [] : facts.keys())])) {
    const row = rows.get(ownId);
    const fact = withoutSuspects("models.dev", vendor.vendor, ownId, facts.get(ownId)) ?? undefined;
    if (vendor.confirmed && fact === undefined && genaiModel(genai, ownId) === undefined) continue;
    if (!isWanted(vendor, ownId, row) || !isListed(row, fact)) continue;
    const id = `${vendor.vendor}/${withoutPrefix(ownId, vendor.sentPrefix)}`;
    const of = `${vendor.vendor}/${ownId}`;
    const alias = vendor.aliases?.[ownId];
    models.push({
      ...modelFacts(id, ownId, row, fact),
      ...(alias !== undefined && { snapshots: [alias] }),
      ...(of !== id && { offers: [of] }),
    });
    const dated = datedPrices(of, row, fact, vendor, sources);
    prices.push(...dated, ...(row === undefined ? [] : regionalPrices(dated, row, sourceDates.litellm)));
    prices.push(...placePrices(vendor, ownId, dated, sources));
  }
  for (const [ownId, modality] of Object.entries(vendor.younger ?? {})) {
    const id = `${vendor.vendor}/${ownId}`;
    const known = genaiModel(genai, ownId);
    if (known === undefined || models.some((model) => model.id === id)) continue;
    models.push(youngerModel(id, modality, known));
    prices.push(...genaiPrices(id, known, vendor));
  }
  const part = { models, prices };
  return foldSnapshots(vendor.pricedOnly ? foldRegions(part) : part);
}

/** A model's price rows at all times, without those of single places. */
function datedPrices(
  of: string,
  row: LiteLlmRow | undefined,
  fact: ModelsDevRow | undefined,
  vendor: VendorSources,
  sources: Sources,
): PriceDraft[] {
  const id = withoutPrefix(of, `${vendor.vendor}/`);
  const genai = genaiModels(vendor, sources);
  if (row !== undefined && hasSuspectPrices(vendor.vendor, id)) {
    const others = genaiPrices(of, withoutSuspects("genai-prices", vendor.vendor, id, genaiModel(genai, id)), vendor);
    return others.length > 0 ? others : modelsDevPrices(of, fact);
  }
  const listed = row === undefined ? modelsDevPrices(of, fact) : litellmPrices(of, row, fact?.cost?.input === 0);
  const second = vendor.portkey === undefined ? {} : sources.portkey(vendor.portkey);
  const pictured = listed
    .map((draft) => withImageVariants(draft, imageVariants(id, sources.litellm)))
    .map((draft) => (vendor.searchesEachRequest?.test(id) ? searchAsRequest(draft) : draft));
  const known = second[id] ?? second[withoutPrefix(id, vendor.sentPrefix)];
  const completed = withSecondSource(pictured, withoutSuspects("portkey", vendor.vendor, id, known) ?? undefined);
  // An id without a place costs what the one for all places does.
  return withHistory(completed, [genaiModel(genai, id), genaiModel(genai, `global.${id}`)], vendor);
}

function genaiModels({ genai }: VendorSources, sources: Sources): readonly GenaiModel[] {
  return sources.genai.find(({ id }) => id === genai)?.models ?? [];
}

function litellmRows({ vendor, litellm, sentPrefix }: VendorSources, sources: Sources): Map<string, LiteLlmRow> {
  const bare = new Map<string, LiteLlmRow>();
  const prefixed = new Map<string, LiteLlmRow>();
  for (const [key, row] of Object.entries(sources.litellm)) {
    if (!litellm.includes(row.litellm_provider ?? "")) continue;
    const id = withoutPrefix(key, `${litellm[0]}/`);
    const sound = withoutSuspects("litellm", vendor, id, row);
    if (sound !== null) (id === key ? bare : prefixed).set(id, sound);
  }
  // Short forms of ids that the vendor does not take.
  if (sentPrefix !== undefined) for (const id of prefixed.keys()) if (!id.startsWith(sentPrefix)) prefixed.delete(id);
  // Where keys have a prefix, those without are older copies; rows whose every key lacks it are the vendor's own spelling.
  return prefixed.size > bare.size ? prefixed : new Map([...bare, ...prefixed]);
}

function isWanted(vendor: VendorSources, id: string, row: LiteLlmRow | undefined): boolean {
  if (everywhere.test(id) || vendor.leave?.test(id)) return false;
  if (row?.deprecation_date !== undefined && row.deprecation_date < retiredBefore) return false;
  return vendor.host === true || !id.includes("/");
}

function withImageVariants(draft: PriceDraft, variants: PriceDraft["variants"] = []): PriceDraft {
  return variants.length > 0 && draft.rates.image !== undefined ? { ...draft, variants } : draft;
}

function searchAsRequest({ rates: { webSearch, ...rates }, variants, ...draft }: PriceDraft): PriceDraft {
  return {
    ...draft,
    rates: { ...rates, ...(webSearch !== undefined && { request: webSearch }) },
    ...(variants !== undefined && {
      variants: variants.map(([name, ...rest]) => [name === "webSearch" ? "request" : name, ...rest] as const),
    }),
  };
}

function withoutPrefix(text: string, prefix = ""): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

/** Rows of the places that LiteLLM's list prices by a key of their own, `vendor/place/model`, where they cost something else. */
function placePrices(
  vendor: VendorSources,
  id: string,
  rows: readonly PriceDraft[],
  { litellm }: Sources,
): PriceDraft[] {
  const standard = rows.find((row) => row.tier === undefined && row.until === undefined);
  const of = `${vendor.vendor}/${id}`;
  return Object.entries(litellm).flatMap(([key, row]) => {
    const [name, place = "", model, ...more] = key.split("/");
    if (name !== vendor.litellm[0] || model !== id || more.length > 0 || !/^[a-z]+(?:-[a-z]+)+-\d$/.test(place))
      return [];
    return litellmPrices(of, row, false)
      .filter((draft) => JSON.stringify(draft.rates) !== JSON.stringify(standard?.rates))
      .map((draft) => ({ ...draft, region: place }));
  });
}
