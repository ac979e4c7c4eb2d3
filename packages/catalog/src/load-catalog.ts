import { GatewayError } from "@gw/core";
import { type CatalogFile, catalogFileVersion } from "./catalog-file.ts";
import type { CatalogModel } from "./catalog-model.ts";
import { type PriceClass, priceClasses } from "./price-class.ts";
import { parseHours } from "./price-hours.ts";
import { serviceTiers } from "./price-row.ts";
import { parseRate } from "./rate-text.ts";
import { readCatalogFiles } from "./read-catalog-file.ts";

type Check = (value: unknown, path: string) => void;
type Shape = Readonly<Record<string, Check>>;

const modalities = ["text", "embed", "rerank", "image", "video", "speech", "transcribe"];

/**
 * Reads a published catalogue, so that fresh facts need no new version of this package:
 * `createCatalog(loadCatalog(JSON.parse(text)))`.
 *
 * Everything is checked, and nothing is taken of a file that is not sound: a price that is half understood is worse than none.
 *
 * @throws {GatewayError} `invalid_request`, its `param` the place in the file: `prices[3].rates.input`.
 */
export function loadCatalog(json: unknown): readonly CatalogModel[] {
  if (!isObject(json)) throw invalid("catalog", "an object");
  if (json.schemaVersion !== catalogFileVersion) throw invalid("schemaVersion", `${catalogFileVersion}`);
  checkShape(json, "", { schemaVersion: () => {}, models: listOf(modelShape), prices: listOf(priceShape) }, [
    "models",
    "prices",
  ]);
  const file = json as unknown as CatalogFile;
  refuseDoubles(
    file.models.map(({ id }) => id),
    "models",
  );
  refuseDoubles(
    file.prices.map(({ of, tier = "standard", region = "", from = "", hours = [] }) =>
      [of, tier, region, from, hours.toSorted().join()].join(" "),
    ),
    "prices",
  );
  const offered = new Set(file.models.flatMap((model) => model.offers ?? [model.id]));
  file.prices.forEach(({ of }, at) => {
    if (!offered.has(of)) throw invalid(`prices[${at}].of`, "an offer of one of the models");
  });
  return readCatalogFiles([file]);
}

const required = { model: ["id", "sources"], price: ["of", "rates", "sources"] };

const flag: Check = (value, path) => expect(typeof value === "boolean", path, "true or false");
const tokens: Check = (value, path) =>
  expect(Number.isSafeInteger(value) && Number(value) > 0, path, "a count above 0");
const name: Check = (value, path) => expect(matches(value, /^[^/\s]+\/\S.*$/), path, "provider/model");
const text: Check = (value, path) =>
  expect(typeof value === "string" && value !== "", path, "a text that is not empty");
const date: Check = (value, path) =>
  expect(matches(value, /^\d{4}-\d{2}-\d{2}$/) && !Number.isNaN(Date.parse(String(value))), path, "a date, YYYY-MM-DD");
const hours: Check = (value, path) =>
  expect(typeof value === "string" && parseHours(value) !== null, path, "hours of the day, HH:MM-HH:MM");
const sources: Check = (value, path) =>
  expect(matches(value, /^\S+( \d{4}-\d{2}-\d{2})?(, \S+( \d{4}-\d{2}-\d{2})?)*$/), path, "names with their dates");
const oneOf =
  (known: readonly string[]): Check =>
  (value, path) =>
    expect(known.includes(value as string), path, `one of ${known.join(", ")}`);
const listOf =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) throw invalid(path, "a list");
    for (const [at, item] of value.entries()) check(item, `${path}[${at}]`);
  };

function modelShape(value: unknown, path: string): void {
  checkShape(
    value,
    path,
    {
      id: name,
      modalities: listOf(oneOf(modalities)),
      input: listOf(text),
      output: listOf(text),
      reasoning: flag,
      tools: flag,
      structuredOutput: flag,
      contextTokens: tokens,
      maxInputTokens: tokens,
      maxOutputTokens: tokens,
      tokenizer: text,
      releasedOn: date,
      deprecated: flag,
      retiresOn: date,
      snapshots: listOf(text),
      offers: listOf(name),
      sources,
    },
    required.model,
  );
}

function priceShape(value: unknown, path: string): void {
  checkShape(
    value,
    path,
    {
      of: name,
      tier: oneOf(serviceTiers),
      region: text,
      from: date,
      until: date,
      hours: listOf(hours),
      rates,
      above: aboveShape,
      variants: listOf(variantShape),
      sources,
    },
    required.price,
  );
}

function rates(value: unknown, path: string): void {
  if (!isObject(value)) throw invalid(path, "an object of prices by class");
  for (const [priceClass, price] of Object.entries(value)) rate(priceClass, price, `${path}.${priceClass}`);
}

function rate(priceClass: unknown, price: unknown, path: string): void {
  oneOf(priceClasses)(priceClass, path);
  const exact = typeof price === "string" ? parseRate(price, priceClass as PriceClass) : null;
  expect(exact !== null, path, "USD in decimals, as text");
}

function aboveShape(value: unknown, path: string): void {
  let below = 0;
  listOf((item, at) => {
    if (!Array.isArray(item) || item.length !== 2) throw invalid(at, "a bound and its prices");
    tokens(item[0], `${at}[0]`);
    expect(item[0] > below, `${at}[0]`, "a bound above the one before");
    below = item[0];
    rates(item[1], `${at}[1]`);
  })(value, path);
}

function variantShape(value: unknown, path: string): void {
  if (!Array.isArray(value) || value.length !== 4) throw invalid(path, "class, quality, size and price");
  for (const at of [1, 2]) if (value[at] !== null) text(value[at], `${path}[${at}]`);
  rate(value[0], value[3], `${path}[3]`);
}

function checkShape(value: unknown, path: string, shape: Shape, needed: readonly string[]): void {
  if (!isObject(value)) throw invalid(path, "an object");
  const at = (key: string): string => (path === "" ? key : `${path}.${key}`);
  for (const key of needed) expect(value[key] !== undefined, at(key), "given");
  for (const [key, field] of Object.entries(value)) {
    const check = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (check === undefined) throw invalid(at(key), `a field that version ${catalogFileVersion} has`);
    check(field, at(key));
  }
}

function refuseDoubles(keys: readonly string[], path: string): void {
  const seen = new Set<string>();
  keys.forEach((key, at) => {
    expect(!seen.has(key), `${path}[${at}]`, "named once");
    seen.add(key);
  });
}

function expect(holds: boolean, path: string, what: string): void {
  if (!holds) throw invalid(path, what);
}

function invalid(path: string, what: string): GatewayError {
  return new GatewayError("invalid_request", `${path}: expected ${what}`, { param: path });
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
