import { describe, expect, it } from "vitest";
import { genaiPrices, withHistory } from "../../../tools/catalog/genai-history.ts";
import type { GenaiModel, GenaiPrices } from "../../../tools/catalog/sources.ts";
import { catalog } from "../src/index.ts";

const vendor = { vendor: "acme", litellm: ["acme"] };
const model = (prices: GenaiPrices): GenaiModel => ({ id: "one", match: {}, prices });
const ratesOf = (prices: GenaiPrices) => genaiPrices("acme/one", model(prices), vendor)[0]?.rates;

describe("prices of genai-prices", () => {
  it("are of the class that their name says, and those of other units are left out", () => {
    expect(
      ratesOf({
        input_mtok: 1,
        input_image_mtok: 2,
        cache_write_5m_mtok: 3,
        cache_write_1h_mtok: 4,
        requests_kcount: 5,
      }),
    ).toEqual({ input: "1", inputImage: "2", cacheWrite5m: "3", cacheWrite1h: "4" });
  });

  it("count by the five minutes where a write has both names", () => {
    expect(ratesOf({ cache_write_5m_mtok: 3, cache_write_mtok: 2 })).toEqual({ cacheWrite5m: "3" });
  });

  it("complete a list's price with what pictures cost", () => {
    const listed = { of: "acme/one", rates: { input: "1" }, sources: "litellm 2026-08-01" };
    expect(withHistory([listed], [model({ input_mtok: 1, input_image_mtok: 2 })], vendor)).toEqual([
      {
        of: "acme/one",
        rates: { input: "1", inputImage: "2" },
        sources: "litellm 2026-08-01, genai-prices 2026-09-23",
      },
    ]);
    const rows = catalog.find("google/gemini-embedding-2")?.offers[0]?.prices ?? [];
    expect(rows.map(({ validFrom, validUntil, rates }) => [validFrom, validUntil, rates.inputImage])).toEqual([
      [null, "2026-09-23", undefined],
      ["2026-09-23", null, { nanoUsd: 450_000_000, per: 1_000_000 }],
    ]);
  });
});
