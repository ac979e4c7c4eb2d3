import type { CatalogFile, CatalogFileRates } from "../../packages/catalog/src/catalog-file.ts";
import { priceClasses } from "../../packages/catalog/src/price-class.ts";

const order = [
  "id",
  "of",
  "tier",
  "region",
  "from",
  "until",
  "hours",
  "modalities",
  "input",
  "output",
  "reasoning",
  "tools",
  "structuredOutput",
  "contextTokens",
  "maxInputTokens",
  "maxOutputTokens",
  "tokenizer",
  "releasedOn",
  "deprecated",
  "retiresOn",
  "snapshots",
  "offers",
  "rates",
  "above",
  "variants",
  "sources",
];

/** A catalogue as JSON with a model or price row on each line, so that a review sees what has changed. */
export function catalogText({ schemaVersion, models, prices }: CatalogFile): string {
  const lines = (rows: readonly object[]): string =>
    rows.map((row) => `\n${JSON.stringify(ordered(row, order))}`).join(",");
  const rows = prices.map(({ above, ...row }) => ({
    ...row,
    rates: orderedRates(row.rates),
    ...(above !== undefined && { above: above.map(([bound, rates]) => [bound, orderedRates(rates)]) }),
  }));
  return `{"schemaVersion":${schemaVersion},"models":[${lines(models)}\n],"prices":[${lines(rows)}\n]}\n`;
}

function orderedRates(rates: CatalogFileRates): object {
  return ordered(rates, priceClasses);
}

function ordered(fields: object, names: readonly string[]): object {
  const place = (name: string): number => names.indexOf(name);
  return Object.fromEntries(Object.entries(fields).sort(([one], [other]) => place(one) - place(other)));
}
