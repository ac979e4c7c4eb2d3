import type { CatalogFileModel } from "../../packages/catalog/src/catalog-file.ts";
import type { VendorPart } from "./fold-models.ts";

/** How a reseller calls another author's models: the first of these ids that it has is offered. */
const resold = {
  vendor: "bedrock",
  author: "anthropic",
  // The profile for all regions is served in all of them, and at the model's own price.
  idsOf: (model: string) =>
    ["global.", "us.", ""].map((place) => new RegExp(`^${place}anthropic\\.${model}(?:-v\\d+(?::\\d+)?)?$`)),
};

/** Models with open weights that several vendors serve and their author does not. */
const openWeights = ["openai/gpt-oss-120b", "openai/gpt-oss-20b"];
const openWeightAuthors = ["deepseek", "moonshot", "minimax", "zai", "alibaba", "mistral"];

/** Adds to each author's models who else offers them. */
export function withOtherOffers(
  parts: ReadonlyMap<string, VendorPart>,
  hosts: readonly string[],
): Map<string, VendorPart> {
  const all = new Map(parts);
  const hosted = hosts.flatMap((host) =>
    (parts.get(host)?.models ?? []).map((model) => ({ name: plainName(model.id), offer: offerOf(model), model })),
  );
  const offersOf = (name: string): string[] => {
    const found = hosted.filter((one) => one.name === name);
    // One of each vendor: a host's faster or cheaper copies have names of their own.
    return [...new Map(found.reverse().map(({ offer }) => [offer.split("/", 1)[0], offer])).values()].sort();
  };
  for (const author of openWeightAuthors) {
    all.set(
      author,
      eachModel(all.get(author), (model) => addOffers(model, offersOf(plainName(model.id)))),
    );
  }
  all.set(
    resold.author,
    eachModel(all.get(resold.author), (model) => addOffers(model, resellerOffer(parts, model))),
  );
  for (const id of openWeights) {
    const offers = offersOf(plainName(id));
    const facts = hosted.find(({ name, model }) => name === plainName(id) && model.contextTokens !== undefined)?.model;
    const author = id.split("/", 1)[0] as string;
    const part = all.get(author);
    if (facts === undefined || part === undefined) continue;
    all.set(author, { ...part, models: [...part.models, { ...facts, id, offers }] });
  }
  return all;
}

function resellerOffer(parts: ReadonlyMap<string, VendorPart>, model: CatalogFileModel): string[] {
  const theirs = parts.get(resold.vendor)?.models ?? [];
  const ids = [model.id, ...(model.snapshots ?? [])].map((id) => id.slice(id.indexOf("/") + 1));
  const offer = ids
    .flatMap(resold.idsOf)
    .map((pattern) => theirs.find((one) => pattern.test(one.id.slice(one.id.indexOf("/") + 1))))
    .find((one) => one !== undefined);
  return offer === undefined ? [] : [offerOf(offer)];
}

function addOffers(model: CatalogFileModel, offers: readonly string[]): CatalogFileModel {
  return offers.length === 0 ? model : { ...model, offers: [...(model.offers ?? [model.id]), ...offers] };
}

function eachModel(part: VendorPart | undefined, change: (model: CatalogFileModel) => CatalogFileModel): VendorPart {
  return { models: (part?.models ?? []).map(change), prices: part?.prices ?? [] };
}

function offerOf(model: CatalogFileModel): string {
  return model.offers?.[0] ?? model.id;
}

/** A model's name without author and place, in one spelling: hosts write `Kimi-K2.5` and `kimi-k2p5`. */
function plainName(id: string): string {
  return id
    .slice(id.lastIndexOf("/") + 1)
    .toLowerCase()
    .replace(/(\d)p(\d)/g, "$1-$2")
    .replaceAll(".", "-");
}
