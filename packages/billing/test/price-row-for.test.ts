import { catalog, type Offer, type PriceRow, type ServiceTier } from "@gw/catalog";
import { describe, expect, it } from "vitest";
import { priceRowFor } from "../src/price-row-for.ts";

const row = (id: string, changes: Partial<PriceRow> = {}): PriceRow => ({
  id,
  serviceTier: "standard",
  region: null,
  validFrom: null,
  validUntil: null,
  rates: {},
  contextTiers: [],
  hours: [],
  variants: [],
  sources: [],
  ...changes,
});
const offer: Offer = {
  provider: "acme",
  model: "one",
  prices: [
    row("past", { validUntil: "2026-09-01" }),
    row("now", { validFrom: "2026-09-01" }),
    row("eu", { region: "eu", validFrom: "2026-09-01" }),
    row("batch", { serviceTier: "batch", validUntil: "2026-09-01" }),
  ],
};
const at = (iso: string, serviceTier?: ServiceTier, region?: string | null): string | undefined =>
  priceRowFor(offer, {
    atMs: Date.parse(iso),
    ...(serviceTier !== undefined && { serviceTier }),
    ...(region !== undefined && { region }),
  })?.id;

describe("priceRowFor", () => {
  it("changes at midnight UTC", () => {
    expect([at("2026-08-31T23:59:59.999Z"), at("2026-09-01T00:00:00Z")]).toEqual(["past", "now"]);
  });

  it("prefers the row of the place, and takes the general one elsewhere", () => {
    const places = ["eu", "us", null].map((region) => at("2026-10-01T00:00:00Z", "standard", region));
    expect(places).toEqual(["eu", "now", "now"]);
    expect(at("2026-08-01T00:00:00Z", "standard", "eu")).toBe("past");
  });

  it("knows no price of a service tier that has none", () => {
    expect(at("2026-08-01T00:00:00Z", "batch")).toBe("batch");
    expect(at("2026-10-01T00:00:00Z", "batch")).toBeUndefined();
    expect(at("2026-08-01T00:00:00Z", "priority")).toBeUndefined();
    expect(priceRowFor({ provider: "acme", model: "two", prices: [] }, { atMs: 0 })).toBeNull();
  });

  describe("in hours of the day", () => {
    const hours = [
      { weekdays: null, fromMinute: 60, untilMinute: 240 },
      { weekdays: [1, 5], fromMinute: 1_380, untilMinute: 1_440 },
    ] as const;
    const rows = [row("peak", { hours }), row("day"), row("eu", { region: "eu" })];
    const idAt = (iso: string, prices = rows, region: string | null = null): string | undefined =>
      priceRowFor({ provider: "acme", model: "one", prices }, { atMs: Date.parse(iso), region })?.id;

    it.each([
      ["2026-11-30T00:59:59.999Z", "day"],
      ["2026-11-30T01:00:00.000Z", "peak"],
      ["2026-11-30T03:59:59.999Z", "peak"],
      ["2026-11-30T04:00:00.000Z", "day"],
      // A Friday, a Saturday, a Sunday and a Monday.
      ["2026-11-27T23:00:00.000Z", "peak"],
      ["2026-11-27T23:59:59.999Z", "peak"],
      ["2026-11-28T00:00:00.000Z", "day"],
      ["2026-11-28T23:00:00.000Z", "day"],
      ["2026-11-29T23:00:00.000Z", "day"],
      ["2026-11-30T23:00:00.000Z", "peak"],
    ])("%s: %s", (iso, id) => {
      expect(idAt(iso)).toBe(id);
      expect(idAt(iso, rows.toReversed())).toBe(id);
    });

    it("leaves the place its own price", () => {
      expect([idAt("2026-11-30T01:00:00Z", rows, "eu"), idAt("2026-11-30T01:00:00Z", rows, "us")]).toEqual([
        "eu",
        "peak",
      ]);
      const own = [...rows, row("eu peak", { region: "eu", hours })];
      expect([idAt("2026-11-30T01:00:00Z", own, "eu"), idAt("2026-11-30T04:00:00Z", own, "eu")]).toEqual([
        "eu peak",
        "eu",
      ]);
    });

    it("knows no price outside hours that stand alone", () => {
      expect(idAt("2026-11-30T04:00:00Z", [row("peak", { hours })])).toBeUndefined();
    });

    it("finds the price of the hour, and of weekends", () => {
      const sold = catalog.findOffer("deepseek", "deepseek-v4-pro") as Offer;
      const outputAt = (iso: string): number | undefined =>
        priceRowFor(sold, { atMs: Date.parse(iso) })?.rates.output?.nanoUsd;
      expect(
        [
          "2026-08-16T02:00:00Z",
          "2026-08-17T00:59:59Z",
          "2026-08-17T01:00:00Z",
          "2026-08-17T04:00:00Z",
          "2026-08-17T06:00:00Z",
          "2026-08-17T10:00:00Z",
          // The last Saturday of the old rule, the first Sunday of the new one, the Monday and the Saturday after it.
          "2026-08-22T02:00:00Z",
          "2026-08-23T02:00:00Z",
          "2026-08-24T02:00:00Z",
          "2026-08-29T02:00:00Z",
        ].map(outputAt),
      ).toEqual([0.87e9, 1.98e9, 3.96e9, 1.98e9, 3.96e9, 1.98e9, 3.96e9, 1.98e9, 3.96e9, 1.98e9]);
    });
  });

  it("finds the price of the day", () => {
    const sold = catalog.findOffer("openai", "gpt-5.6") as Offer;
    const input = (iso: string, region: string | null): number | undefined =>
      priceRowFor(sold, { atMs: Date.parse(iso), region })?.rates.input?.nanoUsd;
    expect([input("2026-08-20T12:00:00Z", null), input("2026-08-21T12:00:00Z", null)]).toEqual([5e9, 4e9]);
    expect([input("2026-08-20T12:00:00Z", "us"), input("2026-08-21T12:00:00Z", "us")]).toEqual([5.5e9, 4.4e9]);
  });
});
