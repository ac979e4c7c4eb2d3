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

  it("finds the price of the day", () => {
    const sold = catalog.findOffer("openai", "gpt-5.6") as Offer;
    const input = (iso: string, region: string | null): number | undefined =>
      priceRowFor(sold, { atMs: Date.parse(iso), region })?.rates.input?.nanoUsd;
    expect([input("2026-08-20T12:00:00Z", null), input("2026-08-21T12:00:00Z", null)]).toEqual([5e9, 4e9]);
    expect([input("2026-08-20T12:00:00Z", "us"), input("2026-08-21T12:00:00Z", "us")]).toEqual([5.5e9, 4.4e9]);
  });
});
