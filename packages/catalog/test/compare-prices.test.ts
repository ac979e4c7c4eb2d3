import { expect, it } from "vitest";
import { catalog, comparePrices, createCatalog, loadCatalog, type PriceRow, priceRowId } from "../src/index.ts";

const sources = "acme 2026-11-01";
const catalogOf = (...prices: object[]): { models(): ReturnType<typeof loadCatalog> } => {
  const models = loadCatalog({
    schemaVersion: 1,
    models: [{ id: "acme/one", sources }],
    prices: prices.map((row) => ({ of: "acme/one", sources, ...row })),
  });
  return { models: () => models };
};
const place = {
  offer: "acme/one",
  serviceTier: "standard",
  region: null,
  validFrom: null,
  hours: [],
  aboveInputTokens: null,
  variant: null,
};
const perMillion = (usd: number) => ({ nanoUsd: usd * 1e9, per: 1_000_000 });

it("finds nothing where all is alike", () => {
  expect(comparePrices(catalog, createCatalog())).toEqual([]);
  const one = catalogOf({ rates: { input: "3", inputAudioSecond: "0.06/60" }, above: [[200, { input: "6" }]] });
  const other = catalogOf({ rates: { inputAudioSecond: "0.001", input: "3.00" }, above: [[200, { input: "6" }]] });
  expect(comparePrices(one, other)).toEqual([]);
});

it("names each price that differs, or that one side lacks", () => {
  const one = catalogOf({ rates: { input: "3", output: "15", cacheRead: "0.3" } });
  const other = catalogOf({ rates: { input: "4", output: "15", cacheWrite5m: "4" } });
  expect(comparePrices(one, other)).toEqual([
    { ...place, class: "input", one: perMillion(3), other: perMillion(4) },
    { ...place, class: "cacheRead", one: perMillion(0.3), other: null },
    { ...place, class: "cacheWrite5m", one: null, other: perMillion(4) },
  ]);
});

it("compares a tier with what the other side charges there", () => {
  const one = catalogOf({ rates: { input: "3", output: "15" }, above: [[200, { input: "6" }]] });
  const other = catalogOf({ rates: { input: "3", output: "15" } });
  expect(comparePrices(one, other)).toEqual([
    { ...place, class: "input", aboveInputTokens: 200, one: perMillion(6), other: perMillion(3) },
  ]);
  expect(comparePrices(other, one)).toEqual([
    { ...place, class: "input", aboveInputTokens: 200, one: perMillion(3), other: perMillion(6) },
  ]);
});

it("compares tiers with different bounds", () => {
  const one = catalogOf({ rates: { input: "3" }, above: [[100, { input: "6" }]] });
  const other = catalogOf({ rates: { input: "3" }, above: [[200, { input: "6" }]] });
  expect(comparePrices(one, other)).toEqual([
    { ...place, class: "input", aboveInputTokens: 100, one: perMillion(6), other: perMillion(3) },
  ]);
});

it("compares prices of quality and size", () => {
  const one = catalogOf({ rates: { image: "0.04" }, variants: [["image", "hd", null, "0.08"]] });
  const other = catalogOf({ rates: { image: "0.04" }, variants: [["image", "hd", "1024x1024", "0.08"]] });
  const rate = { nanoUsd: 80_000_000, per: 1 };
  expect(comparePrices(one, other)).toEqual([
    { ...place, class: "image", variant: { quality: "hd", size: null }, one: rate, other: null },
    { ...place, class: "image", variant: { quality: "hd", size: "1024x1024" }, one: null, other: rate },
  ]);
});

it("matches rows of the same hours, in any order", () => {
  const base = { rates: { input: "3" } };
  const one = catalogOf(base, { hours: ["06:00-10:00", "01:00-04:00"], rates: { input: "6" } });
  const same = catalogOf(base, { hours: ["01:00-04:00", "06:00-10:00"], rates: { input: "6" } });
  const dearer = catalogOf(base, { hours: ["01:00-04:00", "06:00-10:00"], rates: { input: "7" } });
  const weekdays = catalogOf(base, { hours: ["Mon-Fri 01:00-04:00"], rates: { input: "6" } });
  const id = (catalogue: typeof one): string => catalogue.models()[0]?.offers[0]?.prices[1]?.id ?? "";
  const hours = ["01:00-04:00", "06:00-10:00"];
  expect(comparePrices(one, same)).toEqual([]);
  expect(comparePrices(one, dearer)).toEqual([
    { ...place, hours, class: "input", one: perMillion(6), other: perMillion(7) },
  ]);
  expect(comparePrices(one, weekdays)).toEqual([
    { ...place, hours, class: null, one: id(one), other: null },
    { ...place, hours: ["Mon-Fri 01:00-04:00"], class: null, one: null, other: id(weekdays) },
  ]);
});

it("names rows that one side lacks", () => {
  const one = catalogOf({ rates: { input: "3" } }, { tier: "batch", rates: { input: "1.5" } });
  const other = catalogOf({ rates: { input: "3" } }, { from: "2027-01-01", rates: { input: "4" } });
  const id = (catalogue: typeof one, at: number): string => catalogue.models()[0]?.offers[0]?.prices[at]?.id ?? "";
  expect(comparePrices(one, other)).toEqual([
    { ...place, serviceTier: "batch", class: null, one: id(one, 1), other: null },
    { ...place, validFrom: "2027-01-01", class: null, one: null, other: id(other, 1) },
  ]);
});

it("has ids that never come to mean other figures", () => {
  const figures = {
    serviceTier: "standard",
    region: null,
    validFrom: null,
    rates: { input: perMillion(3) },
    contextTiers: [],
    hours: [],
    variants: [],
  } as const satisfies Omit<PriceRow, "id" | "validUntil" | "sources">;
  const id = priceRowId("acme", "one", figures);
  const others = [
    { ...figures, rates: { input: perMillion(4) } },
    { ...figures, rates: { output: perMillion(3) } },
    { ...figures, serviceTier: "batch" as const },
    { ...figures, region: "eu" },
    { ...figures, validFrom: "2027-01-01" },
    { ...figures, contextTiers: [{ aboveInputTokens: 200, rates: figures.rates }] },
    { ...figures, hours: [{ weekdays: null, fromMinute: 60, untilMinute: 240 }] },
    { ...figures, hours: [{ weekdays: [1, 5], fromMinute: 60, untilMinute: 240 }] as const },
    { ...figures, hours: [{ weekdays: null, fromMinute: 60, untilMinute: 250 }] },
    { ...figures, variants: [{ class: "image" as const, quality: "hd", size: null, rate: perMillion(1) }] },
  ].map((other) => priceRowId("acme", "one", other));
  expect(new Set([id, ...others]).size).toBe(11);
  expect(priceRowId("acme", "one", { ...figures, hours: [] })).toBe(id);
  const parts = [
    { weekdays: null, fromMinute: 60, untilMinute: 240 },
    { weekdays: null, fromMinute: 360, untilMinute: 600 },
  ];
  const inHours = priceRowId("acme", "one", { ...figures, hours: parts });
  expect(priceRowId("acme", "one", { ...figures, hours: parts.toReversed() })).toBe(inHours);
  expect(inHours).toBe("acme/one standard 01:00-04:00,06:00-10:00 d8da54f7");
  expect(priceRowId("acme", "one", { ...figures, rates: { input: { nanoUsd: 3_000, per: 1 } } })).toBe(id);
  // Ledgers hold it: it must not change with a version of this package.
  expect(id).toBe("acme/one standard d8da54f7");
});
