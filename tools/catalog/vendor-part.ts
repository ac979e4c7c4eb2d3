import type { CatalogFileModel } from "../../packages/catalog/src/catalog-file.ts";
import { foldRegions, foldSnapshots, type VendorPart } from "./fold-models.ts";
import { genaiModel, withHistory } from "./genai-history.ts";
import { imageVariants, litellmPrices, regionalPrices } from "./litellm-prices.ts";
import { isListed, modelFacts } from "./model-facts.ts";
import { modelsDevPrices } from "./models-dev-prices.ts";
import { withSecondSource } from "./portkey-tiers.ts";
import type { PriceDraft } from "./price-draft.ts";
import type { LiteLlmRow, Sources } from "./sources.ts";
import { suspectFigures } from "./suspect-figures.ts";
import { everywhere, retiredBefore, sourceDates, type VendorSources } from "./vendors.ts";

/** One vendor's models and prices, from all sources. */
export function vendorPart(vendor: VendorSources, sources: Sources): VendorPart {
  const rows = litellmRows(vendor, sources);
  const facts = new Map(Object.entries(sources.modelsDev[vendor.modelsDev ?? ""]?.models ?? {}));
  const genai = sources.genai.find(({ id }) => id === vendor.genai)?.models ?? [];
  const second = vendor.portkey === undefined ? {} : sources.portkey(vendor.portkey);
  const models: CatalogFileModel[] = [];
  const prices: PriceDraft[] = [];
  for (const ownId of new Set([...rows.keys(), ...(vendor.pricedOnly ? [] : facts.keys())])) {
    const row = rows.get(ownId);
    const fact = facts.get(ownId);
    if (vendor.confirmed && fact === undefined && genaiModel(genai, ownId) === undefined) continue;
    if (!isWanted(vendor, ownId, row) || !isListed(row, fact)) continue;
    const id = `${vendor.vendor}/${withoutPrefix(ownId, vendor.sentPrefix)}`;
    const of = `${vendor.vendor}/${ownId}`;
    models.push({ ...modelFacts(id, ownId, row, fact), ...(of !== id && { offers: [of] }) });
    const listed = row === undefined ? modelsDevPrices(of, fact) : litellmPrices(of, row, fact?.cost?.input === 0);
    const pictured = listed.map((draft) => withImageVariants(draft, imageVariants(ownId, sources.litellm)));
    const completed = withSecondSource(pictured, second[ownId] ?? second[withoutPrefix(ownId, vendor.sentPrefix)]);
    // An id without a place costs what the one for all places does.
    const dated = withHistory(completed, [genaiModel(genai, ownId), genaiModel(genai, `global.${ownId}`)]);
    prices.push(...dated, ...(row === undefined ? [] : regionalPrices(dated, row, sourceDates.litellm)));
    prices.push(...placePrices(vendor, ownId, dated, sources));
  }
  const part = { models, prices };
  return foldSnapshots(vendor.pricedOnly ? foldRegions(part) : part);
}

function litellmRows({ vendor, litellm, sentPrefix }: VendorSources, sources: Sources): Map<string, LiteLlmRow> {
  const bare = new Map<string, LiteLlmRow>();
  const prefixed = new Map<string, LiteLlmRow>();
  for (const [key, row] of Object.entries(sources.litellm)) {
    if (!litellm.includes(row.litellm_provider ?? "")) continue;
    const id = withoutPrefix(key, `${litellm[0]}/`);
    const sound = withoutSuspects(vendor, id, row);
    if (sound !== null) (id === key ? bare : prefixed).set(id, sound);
  }
  // Short forms of ids that the vendor does not take.
  if (sentPrefix !== undefined) for (const id of prefixed.keys()) if (!id.startsWith(sentPrefix)) prefixed.delete(id);
  // Where keys have a prefix, those without are older copies; rows whose every key lacks it are the vendor's own spelling.
  return prefixed.size > bare.size ? prefixed : new Map([...bare, ...prefixed]);
}

function withoutSuspects(vendor: string, id: string, row: LiteLlmRow): LiteLlmRow | null {
  const suspects = suspectFigures.filter((one) => one.vendor === vendor && one.model.test(id));
  if (suspects.some(({ fields }) => fields === undefined)) return null;
  const fields = suspects.flatMap((one) => one.fields ?? []);
  return Object.fromEntries(Object.entries(row).filter(([field]) => !fields.some((pattern) => pattern.test(field))));
}

function isWanted(vendor: VendorSources, id: string, row: LiteLlmRow | undefined): boolean {
  if (everywhere.test(id) || vendor.leave?.test(id)) return false;
  if (row?.deprecation_date !== undefined && row.deprecation_date < retiredBefore) return false;
  return vendor.host === true || !id.includes("/");
}

function withImageVariants(draft: PriceDraft, variants: PriceDraft["variants"] = []): PriceDraft {
  return variants.length > 0 && draft.rates.image !== undefined ? { ...draft, variants } : draft;
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
