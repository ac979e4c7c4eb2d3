import type { CatalogFilePrice } from "../../packages/catalog/src/catalog-file.ts";

/**
 * Lays new price rows over those that are published already. What was published stays what it was, unless a source tells that time
 * anew: a row whose figures have changed ends on the day of the new source, and the new figures begin then. So do rows of hours of the
 * day, apart from those of the whole day; changed hours are changed figures.
 */
export function continueHistory(
  published: readonly CatalogFilePrice[],
  fresh: readonly CatalogFilePrice[],
): CatalogFilePrice[] {
  const publishedByOffer = Map.groupBy(published, keyOf);
  return [...Map.groupBy(fresh, keyOf)].flatMap(([key, rows]) => {
    const before = publishedByOffer.get(key) ?? [];
    const today =
      rows
        .map(({ sources }) => lastDate(sources))
        .sort()
        .at(-1) ?? "";
    return [isOfWholeDay, isOfHours].flatMap((kind) => merge(before.filter(kind), rows.filter(kind), today));
  });
}

function isOfWholeDay({ hours }: CatalogFilePrice): boolean {
  return hours === undefined;
}

function isOfHours(row: CatalogFilePrice): boolean {
  return !isOfWholeDay(row);
}

function merge(
  published: readonly CatalogFilePrice[],
  fresh: readonly CatalogFilePrice[],
  today: string,
): CatalogFilePrice[] {
  const left = new Set(published);
  const merged = fresh.map((row) => {
    const twin = [...left].find((one) => figures(one) === figures(row) && (row.from ?? one.from) === one.from);
    if (twin !== undefined) {
      left.delete(twin);
      return twin.from === undefined ? row : { ...row, from: twin.from };
    }
    const before = [...left].find(
      (one) => one.until === undefined && (row.from === undefined || one.from === row.from),
    );
    if (before === undefined || row.until !== undefined) return row;
    return { ...row, from: lastDate(row.sources) };
  });
  const past = [...left].flatMap((row): CatalogFilePrice[] => {
    if (row.until !== undefined) return [row];
    const after = merged.filter((one) => (one.from ?? "") > (row.from ?? "")).map((one) => one.from as string);
    const until = fresh.length === 0 ? today : after.sort()[0];
    return until === undefined ? [] : [{ ...row, until }];
  });
  // Where a source by now tells a past of its own, that is how it was.
  const untold = past.filter((row) => !merged.some(({ from, until }) => from === row.from && until === row.until));
  return [...untold, ...merged].sort((one, other) => ((one.from ?? "") < (other.from ?? "") ? -1 : 1));
}

function keyOf(row: CatalogFilePrice): string {
  return [row.of, row.tier ?? "standard", row.region ?? ""].join(" ");
}

function figures({ hours, rates, above, variants }: CatalogFilePrice): string {
  const sorted = (texts: object): string => JSON.stringify(Object.entries(texts).sort());
  return [
    sorted(rates),
    ...(above ?? []).map(([bound, texts]) => `${bound}${sorted(texts)}`),
    JSON.stringify([variants ?? [], hours ?? []]),
  ].join();
}

function lastDate(sources: string): string {
  return (sources.match(/\d{4}-\d{2}-\d{2}/g) ?? []).sort().at(-1) ?? "";
}
