import { describe, expect, it } from "vitest";
import { foldSnapshots } from "../../../tools/catalog/fold-models.ts";
import { genaiPrices, withHistory } from "../../../tools/catalog/genai-history.ts";
import { regionalPrices } from "../../../tools/catalog/litellm-prices.ts";
import type { GenaiModel, GenaiPeriod } from "../../../tools/catalog/sources.ts";
import type { VendorSources } from "../../../tools/catalog/vendors.ts";

const vendor: VendorSources = { vendor: "acme", litellm: ["acme"] };
const sources = "genai-prices 2026-09-23";
const cost = (input: number) => ({ input_mtok: input, output_mtok: 10 });
const always = (input: number): GenaiPeriod => ({ prices: cost(input) });
const since = (day: string, input: number): GenaiPeriod => ({ constraint: { start_date: day }, prices: cost(input) });
const daily = (start: string, end: string, input: number): GenaiPeriod => ({
  constraint: { start_time: `${start}:00Z`, end_time: `${end}:00Z` },
  prices: cost(input),
});
const model = (...prices: GenaiPeriod[]): GenaiModel => ({ id: "one", match: {}, prices });
const row = (input: string, fields: object = {}) => ({
  of: "acme/one",
  ...fields,
  rates: { input, output: "10" },
  sources,
});

describe("hours of genai-prices", () => {
  it("hold from the last day before them on, and those of one price are one row", () => {
    const one = model(
      always(1),
      since("2026-08-17", 2),
      daily("01:00", "04:00", 4),
      daily("06:00", "10:00", 4),
      daily("12:00", "13:00", 3),
    );
    expect(genaiPrices("acme/one", one, vendor)).toEqual([
      row("1", { until: "2026-08-17" }),
      row("2", { from: "2026-08-17" }),
      row("4", { from: "2026-08-17", hours: ["01:00-04:00", "06:00-10:00"] }),
      row("3", { from: "2026-08-17", hours: ["12:00-13:00"] }),
    ]);
  });

  it("have held ever since where no day is before them, and end on the next day that is told", () => {
    const one = model(always(1), daily("22:30", "01:00", 2), since("2026-08-17", 3), daily("22:00", "00:00", 2));
    expect(genaiPrices("acme/one", one, vendor)).toEqual([
      row("1", { until: "2026-08-17" }),
      row("2", { until: "2026-08-17", hours: ["22:30-24:00", "00:00-01:00"] }),
      row("3", { from: "2026-08-17" }),
      row("2", { from: "2026-08-17", hours: ["22:00-24:00"] }),
    ]);
  });

  it("hold on weekdays alone from the day on that is known of a vendor", () => {
    const one = model(always(1), daily("01:00", "04:00", 4));
    const on = (weekdayHoursFrom: string) => genaiPrices("acme/one", one, { ...vendor, weekdayHoursFrom }).slice(1);
    expect(on("2026-08-23")).toEqual([
      row("4", { until: "2026-08-23", hours: ["01:00-04:00"] }),
      row("4", { from: "2026-08-23", hours: ["Mon-Fri 01:00-04:00"] }),
    ]);
    const dated = model(
      always(1),
      since("2026-08-17", 2),
      daily("01:00", "04:00", 4),
      since("2026-08-20", 3),
      daily("01:00", "04:00", 5),
    );
    const rows = genaiPrices("acme/one", dated, { ...vendor, weekdayHoursFrom: "2026-08-20" });
    expect(rows.filter(({ hours }) => hours !== undefined)).toEqual([
      row("4", { from: "2026-08-17", until: "2026-08-20", hours: ["01:00-04:00"] }),
      row("5", { from: "2026-08-20", hours: ["Mon-Fri 01:00-04:00"] }),
    ]);
  });

  it("are added to a list's price where the price of the whole day agrees with it", () => {
    const listed = { of: "acme/one", rates: { input: "1", output: "10" }, sources: "litellm 2026-08-01" };
    const hours = { hours: ["01:00-04:00"] };
    expect(withHistory([listed], [model(always(1), daily("01:00", "04:00", 4))], vendor)).toEqual([
      listed,
      row("4", hours),
    ]);
    expect(withHistory([listed], [model(always(4), daily("01:00", "04:00", 1))], vendor)).toEqual([listed]);
  });
});

describe("rows of hours", () => {
  const peak = row("4", { hours: ["01:00-04:00"] });

  it("stay rows of hours in places that cost a part more", () => {
    const uplift = { regional_processing_uplift_multiplier_eu: 1.1 };
    expect(regionalPrices([row("1"), peak], uplift, "2026-08-01")).toEqual([
      { ...row("1.1"), region: "eu", rates: { input: "1.1", output: "11" } },
      { ...peak, region: "eu", rates: { input: "4.4", output: "11" } },
    ]);
  });

  it("neither keep a snapshot apart that costs the same by day, nor go with it", () => {
    const models = ["acme/one", "acme/one-20260801"].map((id) => ({ id, sources }));
    const snapshot = (input: string, fields: object = {}) => ({ ...row(input, fields), of: "acme/one-20260801" });
    expect(foldSnapshots({ models, prices: [row("1"), peak, snapshot("1")] })).toEqual({
      models: [{ id: "acme/one", snapshots: ["one-20260801"], sources }],
      prices: [row("1"), peak],
    });
    const dearer = { models, prices: [row("1"), peak, snapshot("1"), snapshot("5", { hours: ["01:00-04:00"] })] };
    expect(foldSnapshots(dearer)).toEqual(dearer);
  });
});
