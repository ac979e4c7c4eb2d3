import type { PriceRow } from "@gw/catalog";
import { describe, expect, it } from "vitest";
import { blendedUsdPerMillion, offerPrice } from "../../src/routing/offer-price.ts";

const row = (inputUsd: number, more: Partial<PriceRow> = {}): PriceRow => ({
  id: "row",
  serviceTier: "standard",
  region: null,
  validFrom: null,
  validUntil: null,
  rates: { input: { nanoUsd: inputUsd * 1e9, per: 1_000_000 }, output: { nanoUsd: 8_000_000, per: 1_000 } },
  contextTiers: [],
  hours: [],
  variants: [],
  sources: [],
  ...more,
});
const inputOf = (prices: PriceRow[], region: string | null, time: string) =>
  offerPrice({ provider: "a", model: "m", prices }, region, Date.parse(time))?.inputPerMillion ?? null;

describe("offerPrice", () => {
  it("is in USD per million, whatever the rate counts", () => {
    const price = offerPrice({ provider: "a", model: "m", prices: [row(2)] }, null, 0);
    expect(price).toEqual({ inputPerMillion: 2, outputPerMillion: 8 });
    expect(blendedUsdPerMillion(price)).toBe(3.5);
  });

  it("is the standard tier's, of the region or of everywhere, on the day", () => {
    const prices = [
      row(1, { serviceTier: "batch" }),
      row(2, { region: "eu" }),
      row(3, { validUntil: "2026-12-01" }),
      row(4, { validFrom: "2026-12-01" }),
    ];
    expect(inputOf(prices, null, "2026-11-30")).toBe(3);
    expect(inputOf(prices, null, "2026-12-01")).toBe(4);
    expect(inputOf(prices, "eu", "2026-12-01")).toBe(2);
    expect(inputOf(prices, "us", "2026-12-01")).toBe(4);
  });

  it("is that of the hour", () => {
    const peak = row(5, { hours: [{ weekdays: null, fromMinute: 60, untilMinute: 240 }] });
    for (const prices of [
      [row(2), peak],
      [peak, row(2)],
    ]) {
      expect(inputOf(prices, null, "2026-11-29T00:59:59Z")).toBe(2);
      expect(inputOf(prices, null, "2026-11-29T01:00:00Z")).toBe(5);
    }
  });

  it("is not known where no row says it, and no blend is then", () => {
    expect(inputOf([], null, "2026-11-29")).toBeNull();
    expect(inputOf([row(1, { rates: {} })], null, "2026-11-29")).toBeNull();
    expect(offerPrice(null, null, 0)).toBeNull();
    expect(blendedUsdPerMillion(null)).toBeNull();
    expect(blendedUsdPerMillion({ inputPerMillion: 1, outputPerMillion: null })).toBeNull();
  });
});
