import { describe, expect, it } from "vitest";
import { catalog, loadCatalog, type PriceRowFigures, parsePriceRowId, priceRowId } from "../src/index.ts";

const figures: PriceRowFigures = {
  serviceTier: "standard",
  region: null,
  validFrom: null,
  hours: [],
  rates: { input: { nanoUsd: 1, per: 1 } },
  contextTiers: [],
  variants: [],
};

describe("parsePriceRowId", () => {
  it("reads the id of every row of the shipped catalogue", () => {
    let rows = 0;
    for (const { offers } of catalog.models()) {
      for (const { provider, model, prices } of offers) {
        for (const { id, serviceTier, region } of prices) {
          expect(parsePriceRowId(id)).toEqual({ offer: `${provider}/${model}`, serviceTier, region });
          rows += 1;
        }
      }
    }
    expect(rows).toBeGreaterThan(1_000);
  });

  it.each([
    { validFrom: "2026-08-23" },
    { serviceTier: "flex" as const, region: "eu-west-1" },
    { serviceTier: "priority" as const, region: "us", validFrom: "2026-08-23" },
  ])("reads %j, of a model whose name has blanks and a tier's name", (more) => {
    const { serviceTier, region } = { ...figures, ...more };
    const id = priceRowId("acme", "large batch v1", { ...figures, ...more });
    expect(parsePriceRowId(id)).toEqual({ offer: "acme/large batch v1", serviceTier, region });
  });

  it("reads a row of some hours", () => {
    const prices = [
      { of: "acme/m", hours: ["Mon-Fri 01:00-04:00", "06:00-10:00"], rates: { input: "1" }, sources: "acme" },
    ];
    const models = loadCatalog({ schemaVersion: 1, models: [{ id: "acme/m", sources: "acme" }], prices });
    const id = models[0]?.offers[0]?.prices[0]?.id ?? "";
    expect(id).toContain("01:00-04:00");
    expect(parsePriceRowId(id)).toEqual({ offer: "acme/m", serviceTier: "standard", region: null });
  });

  it("does not read what is no id of one row", () => {
    const id = priceRowId("acme", "m", figures);
    for (const other of ["", "acme/m", id.slice(0, -1), `${id} `, id.replace("standard", "scale")]) {
      expect(parsePriceRowId(other)).toBeNull();
    }
  });
});
