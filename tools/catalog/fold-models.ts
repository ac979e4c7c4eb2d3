import type { CatalogFileModel, CatalogFilePrice } from "../../packages/catalog/src/catalog-file.ts";

/** A vendor's part of the catalogue. */
export interface VendorPart {
  readonly models: readonly CatalogFileModel[];
  readonly prices: readonly CatalogFilePrice[];
}

const dated = /-(?:\d{8}|\d{4}-\d{2}-\d{2})$/;
const region = /^(?:global|us|eu|apac|au|jp|us-gov)\./;
/** Which of several ids of the same price names the model: one that can be called, and newer Claude only through profiles. */
const preferred = [/^global\./, /^us\.anthropic\./, /^(?!(?:us|eu|apac|au|jp|us-gov)\.)/, /^us\./];

/**
 * A dated id that costs what its undated one costs is a snapshot of it; one with a price of its own is a model of its own. What is
 * compared are tokens of input and output, reads of a cache and its writes of five minutes: sources do not know the rest of each id
 * equally well.
 */
export function foldSnapshots(part: VendorPart): VendorPart {
  const ids = new Set(part.models.map(({ id }) => id));
  return fold(part, ({ id }) => {
    const base = id.replace(dated, "");
    return base !== id && ids.has(base) ? base : null;
  });
}

/** Ids for single regions that cost the same are one model. */
export function foldRegions(part: VendorPart): VendorPart {
  const groups = Map.groupBy(part.models, (model) => ownId(model).replace(region, ""));
  const named = new Map<string, string>();
  for (const group of groups.values()) {
    const left = group.toSorted((one, other) => rank(one) - rank(other));
    for (let first = left.shift(); first !== undefined; first = left.shift()) {
      const base = first;
      const same = left.filter((model) => costAlike(rowsOf(part, base), rowsOf(part, model)));
      for (const model of same) {
        named.set(model.id, base.id);
        left.splice(left.indexOf(model), 1);
      }
    }
  }
  return fold(part, ({ id }) => named.get(id) ?? null);
}

function rank(model: CatalogFileModel): number {
  const at = preferred.findIndex((pattern) => pattern.test(ownId(model)));
  return at === -1 ? preferred.length : at;
}

function fold(part: VendorPart, baseOf: (model: CatalogFileModel) => string | null): VendorPart {
  const byId = new Map(part.models.map((model) => [model.id, model]));
  let prices = [...part.prices];
  for (const model of part.models) {
    const base = byId.get(baseOf(model) ?? "");
    if (base === undefined) continue;
    const [kept, folded] = [rowsOf({ prices }, base), rowsOf({ prices }, model)];
    if (!costAlike(kept, folded)) continue;
    byId.delete(model.id);
    byId.set(base.id, merged(base, model));
    prices = prices.filter((row) => !kept.includes(row) && !folded.includes(row));
    prices.push(...fuller(kept, folded).map((row) => ({ ...row, of: offerOf(base) })));
  }
  return { models: [...byId.values()], prices };
}

function merged(base: CatalogFileModel, model: CatalogFileModel): CatalogFileModel {
  const snapshots = [...(base.snapshots ?? []), ownId(model), ...(model.snapshots ?? [])].sort();
  // With the day of its only snapshot's end its own is known.
  const retiresOn = base.retiresOn ?? (snapshots.length === 1 ? model.retiresOn : undefined);
  return { ...base, snapshots, ...(retiresOn !== undefined && { retiresOn, deprecated: true as const }) };
}

/** True when what both price costs the same; sources do not know each id of a model equally well. */
function costAlike(one: readonly CatalogFilePrice[], other: readonly CatalogFilePrice[]): boolean {
  if (one.length === 0 || other.length === 0) return one.length === other.length;
  return one.every((row) =>
    other.every((twin) => placeOf(twin) !== placeOf(row) || row.until !== twin.until || figures(row) === figures(twin)),
  );
}

/** Of each tier, region and part of the day the rows of whichever side knows more of them. */
function fuller(one: readonly CatalogFilePrice[], other: readonly CatalogFilePrice[]): CatalogFilePrice[] {
  const [ours, theirs] = [Map.groupBy(one, placeOf), Map.groupBy(other, placeOf)];
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((place) => {
    const [mine, yours] = [ours.get(place) ?? [], theirs.get(place) ?? []];
    return yours.length > mine.length ? yours : mine;
  });
}

function placeOf({ tier, region: where, hours }: CatalogFilePrice): string {
  return `${tier ?? "standard"} ${where ?? ""} ${hours ?? ""}`;
}

function figures({ rates, above }: CatalogFilePrice): string {
  return JSON.stringify([rates.input, rates.output, rates.cacheRead, rates.cacheWrite5m, above ?? []]);
}

function rowsOf(
  { prices }: { readonly prices: readonly CatalogFilePrice[] },
  model: CatalogFileModel,
): CatalogFilePrice[] {
  const of = offerOf(model);
  return prices.filter((row) => row.of === of);
}

function offerOf(model: CatalogFileModel): string {
  return model.offers?.[0] ?? model.id;
}

function ownId(model: CatalogFileModel): string {
  return model.id.slice(model.id.indexOf("/") + 1);
}
