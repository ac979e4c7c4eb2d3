import type { PriceRow, Rates } from "@gw/catalog";
import { type Usage, unknownUsage } from "@gw/core";
import { describe, expect, it } from "vitest";
import { priceOf } from "../src/price-of.ts";

/** `undefined` takes a price away. */
type RateChanges = { readonly [Name in keyof Rates]?: Rates[Name] | undefined };

/** USD per million tokens, as price lists write them. */
const perMillion = (usd: number) => ({ nanoUsd: Math.round(usd * 1e9), per: 1_000_000 });
const rates: Rates = {
  input: perMillion(3),
  output: perMillion(15),
  cacheRead: perMillion(0.3),
  cacheWrite5m: perMillion(3.75),
  cacheWrite1h: perMillion(6),
};
const row = (changes: Partial<PriceRow> = {}): PriceRow => ({
  id: "acme/one standard 00000000",
  serviceTier: "standard",
  region: null,
  validFrom: null,
  validUntil: null,
  rates,
  contextTiers: [],
  hours: [],
  variants: [],
  sources: [{ name: "test", date: null }],
  ...changes,
});
const usage = (counts: Partial<Usage>): Usage => ({ ...unknownUsage, ...counts });
const units = (priced: ReturnType<typeof priceOf>): object =>
  Object.fromEntries(priced.lines.map((line) => [line.class, line.units]));

describe("parts", () => {
  it("are paid at their own rate and taken out of their total", () => {
    const priced = priceOf(
      usage({
        inputTokens: 1_000,
        cacheReadTokens: 600,
        cacheWriteTokens: 300,
        cacheWrite1hTokens: 100,
        outputTokens: 50,
      }),
      row(),
    );
    expect(priced).toEqual({
      priceRow: "acme/one standard 00000000",
      lines: [
        { class: "input", units: 100, costPicoUsd: 300_000_000n },
        { class: "cacheRead", units: 600, costPicoUsd: 180_000_000n },
        { class: "cacheWrite5m", units: 200, costPicoUsd: 750_000_000n },
        { class: "cacheWrite1h", units: 100, costPicoUsd: 600_000_000n },
        { class: "output", units: 50, costPicoUsd: 750_000_000n },
      ],
      costNanoUsd: 2_580_000n,
      incomplete: [],
    });
  });

  it.each<[string, Partial<Usage>, RateChanges, object]>([
    ["cached tokens", { cacheReadTokens: 40 }, { cacheRead: undefined }, { input: 100 }],
    ["sound", { inputAudioTokens: 40 }, {}, { input: 100 }],
    ["pictures", { inputImageTokens: 40 }, {}, { input: 100 }],
    ["sound with a price", { inputAudioTokens: 40 }, { inputAudio: perMillion(9) }, { input: 60, inputAudio: 40 }],
    ["pictures with a price", { inputImageTokens: 40 }, { inputImage: perMillion(9) }, { input: 60, inputImage: 40 }],
  ])("of the input without a price are input: %s", (_name, counts, changes, expected) => {
    const priced = priceOf(
      usage({ inputTokens: 100, outputTokens: 0, ...counts }),
      row({ rates: clean({ ...rates, ...changes }) }),
    );
    expect([units(priced), priced.incomplete]).toEqual([expected, []]);
  });

  it.each<[string, Partial<Usage>, RateChanges, object]>([
    ["thoughts", { reasoningTokens: 40 }, {}, { output: 100 }],
    ["thoughts with a price", { reasoningTokens: 40 }, { reasoning: perMillion(9) }, { output: 60, reasoning: 40 }],
    ["sound", { outputAudioTokens: 40 }, { outputAudio: perMillion(9) }, { output: 60, outputAudio: 40 }],
    ["pictures", { outputImageTokens: 40 }, { outputImage: perMillion(9) }, { output: 60, outputImage: 40 }],
    ["nothing but pictures", {}, { output: undefined, outputImage: perMillion(9) }, { outputImage: 100 }],
  ])("of the output: %s", (_name, counts, changes, expected) => {
    const priced = priceOf(
      usage({ inputTokens: 0, outputTokens: 100, ...counts }),
      row({ rates: clean({ ...rates, ...changes }) }),
    );
    expect([units(priced), priced.incomplete]).toEqual([expected, []]);
  });

  it("that were written to a cache cost at least what input does", () => {
    const { cacheWrite5m: _short, cacheWrite1h: _long, ...without } = rates;
    const priced = priceOf(usage({ inputTokens: 100, cacheWriteTokens: 40, outputTokens: 0 }), row({ rates: without }));
    expect([units(priced), priced.incomplete]).toEqual([{ input: 100 }, ["cacheWrite5m"]]);
  });

  it("of one hour cost at least what those of five minutes do", () => {
    const { cacheWrite1h: _, ...shorter } = rates;
    const priced = priceOf(
      usage({ inputTokens: 100, cacheWriteTokens: 100, cacheWrite1hTokens: 100, outputTokens: 0 }),
      row({ rates: shorter }),
    );
    expect([units(priced), priced.costNanoUsd, priced.incomplete]).toEqual([
      { cacheWrite5m: 100 },
      375_000n,
      ["cacheWrite1h"],
    ]);
  });

  it("that overlap are paid once: cached sound is no fresh sound", () => {
    const withAudio = row({ rates: { ...rates, inputAudio: perMillion(10), cacheReadAudio: perMillion(1) } });
    const counts = usage({ inputTokens: 100, cacheReadTokens: 80, inputAudioTokens: 70, outputTokens: 0 });
    expect(units(priceOf(counts, withAudio))).toEqual({ inputAudio: 20, cacheRead: 30, cacheReadAudio: 50 });
    expect(units(priceOf(counts, withAudio, [{ class: "cacheReadAudio", units: 60 }]))).toEqual({
      input: 10,
      inputAudio: 10,
      cacheRead: 20,
      cacheReadAudio: 60,
    });
  });

  it("that exceed their total are believed", () => {
    const priced = priceOf(usage({ inputTokens: 10, cacheReadTokens: 40, outputTokens: 5, reasoningTokens: 9 }), row());
    expect(units(priced)).toEqual({ cacheRead: 40, output: 9 });
    const withAudio = row({ rates: { ...rates, inputAudio: perMillion(10), cacheReadAudio: perMillion(1) } });
    const sound = usage({ inputTokens: 10, cacheReadTokens: 40, inputAudioTokens: 5, outputTokens: 0 });
    expect(units(priceOf(sound, withAudio))).toEqual({ cacheRead: 35, cacheReadAudio: 5 });
  });
});

describe("what is not known", () => {
  it("is not 0", () => {
    const priced = priceOf(unknownUsage, row());
    expect(priced).toEqual({ priceRow: row().id, lines: [], costNanoUsd: 0n, incomplete: ["input", "output"] });
  });

  it("of a total leaves its parts to pay", () => {
    const priced = priceOf(usage({ cacheReadTokens: 1_000, outputTokens: 10 }), row());
    expect([units(priced), priced.costNanoUsd, priced.incomplete]).toEqual([
      { cacheRead: 1_000, output: 10 },
      450_000n,
      ["input"],
    ]);
    const thoughts = priceOf(usage({ inputTokens: 10, reasoningTokens: 10 }), row());
    expect([units(thoughts), thoughts.incomplete]).toEqual([{ input: 10, output: 10 }, ["output"]]);
  });

  it.each([-1, -9, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("is a count of %d", (absurd) => {
    expect(priceOf(usage({ inputTokens: absurd, outputTokens: 10 }), row())).toMatchObject({
      costNanoUsd: 150_000n,
      incomplete: ["input"],
    });
    expect(priceOf(usage({ inputTokens: 10, cacheReadTokens: absurd, outputTokens: 0 }), row())).toMatchObject({
      costNanoUsd: 30_000n,
      incomplete: ["cacheRead"],
    });
    const seconds = priceOf(unknownUsage, row({ rates: { inputAudioSecond: { nanoUsd: 1, per: 1 } } }), [
      { class: "inputAudioSecond", units: absurd === 1.5 || absurd === 2 ** 53 ? Number.NaN : absurd },
    ]);
    expect([seconds.lines, seconds.incomplete]).toEqual([[], ["inputAudioSecond"]]);
  });

  it("costs nothing where nothing is charged", () => {
    const { output: _, ...embeds } = rates;
    expect(priceOf(usage({ inputTokens: 10 }), row({ rates: embeds })).incomplete).toEqual([]);
    expect(
      priceOf(usage({ inputTokens: 10 }), row({ rates: { ...embeds, output: perMillion(0) } })).incomplete,
    ).toEqual([]);
  });

  it("is a price that no row has", () => {
    const priced = priceOf(usage({ inputTokens: 10, outputTokens: 10, webSearches: 2 }), row({ rates: {} }));
    expect([priced.costNanoUsd, priced.incomplete]).toEqual([0n, ["input", "output", "webSearch"]]);
  });
});

describe("context tiers", () => {
  const tiered = row({
    contextTiers: [
      { aboveInputTokens: 1_000, rates: { ...rates, input: perMillion(6), output: perMillion(22.5) } },
      { aboveInputTokens: 5_000, rates: { ...rates, input: perMillion(9), output: perMillion(30) } },
    ],
  });

  it.each([
    [1_000, 3_000_000n + 150_000n],
    [1_001, 6_006_000n + 225_000n],
    [5_000, 30_000_000n + 225_000n],
    [5_001, 45_009_000n + 300_000n],
  ])("are cliffs: %d input tokens", (inputTokens, costNanoUsd) => {
    expect(priceOf(usage({ inputTokens, outputTokens: 10 }), tiered).costNanoUsd).toBe(costNanoUsd);
  });

  it("count cached tokens", () => {
    const counts = { inputTokens: 1_001, cacheReadTokens: 1_000, outputTokens: 0 };
    expect(priceOf(usage(counts), tiered).costNanoUsd).toBe(300_000n + 6_000n);
  });

  it("count known parts where the total is unknown", () => {
    expect(priceOf(usage({ cacheReadTokens: 900, cacheWriteTokens: 101, outputTokens: 10 }), tiered).costNanoUsd).toBe(
      270_000n + 378_750n + 225_000n,
    );
  });
});

describe("other units", () => {
  it("are paid by their number, fractions too", () => {
    const speech = row({ rates: { inputAudioSecond: { nanoUsd: 4_300_000, per: 60 } } });
    // 12.5 seconds of 0.0043 USD a minute are 895,833.33 nano-USD.
    expect(priceOf(unknownUsage, speech, [{ class: "inputAudioSecond", units: 12.5 }])).toMatchObject({
      lines: [{ class: "inputAudioSecond", units: 12.5, costPicoUsd: 895_833_333n }],
      costNanoUsd: 895_833n,
      incomplete: [],
    });
  });

  it("of quality and size have prices of their own", () => {
    const pictures = row({
      rates: { image: { nanoUsd: 40_000_000, per: 1 } },
      variants: [
        { class: "image", quality: "hd", size: null, rate: { nanoUsd: 80_000_000, per: 1 } },
        { class: "image", quality: "hd", size: "1024x1792", rate: { nanoUsd: 120_000_000, per: 1 } },
      ],
    });
    const cost = (quality?: string, size?: string): bigint =>
      priceOf(unknownUsage, pictures, [
        { class: "image", units: 2, ...(quality !== undefined && { quality }), ...(size !== undefined && { size }) },
      ]).costNanoUsd;
    expect([cost(), cost("standard"), cost("hd"), cost("hd", "512x512"), cost("hd", "1024x1792")]).toEqual([
      80_000_000n,
      80_000_000n,
      160_000_000n,
      160_000_000n,
      240_000_000n,
    ]);
  });

  it("are missed where a row charges for nothing else", () => {
    const rerank = row({ rates: { request: { nanoUsd: 2_000_000, per: 1 } } });
    expect(priceOf(usage({ inputTokens: 900 }), rerank)).toMatchObject({ lines: [], incomplete: ["request"] });
    expect(priceOf(usage({ inputTokens: 900 }), rerank, [{ class: "request", units: 1 }])).toMatchObject({
      costNanoUsd: 2_000_000n,
      incomplete: [],
    });
  });

  it("are missed where every request costs something beside its tokens", () => {
    const online = row({ rates: { ...rates, request: { nanoUsd: 5_000_000, per: 1 } } });
    const counts = usage({ inputTokens: 0, outputTokens: 10 });
    expect(priceOf(counts, online)).toMatchObject({ costNanoUsd: 150_000n, incomplete: ["request"] });
    expect(priceOf(counts, online, [{ class: "request", units: 1 }])).toMatchObject({
      costNanoUsd: 5_150_000n,
      incomplete: [],
    });
  });

  it("are searches, counted once", () => {
    const search = row({
      rates: { ...rates, webSearch: { nanoUsd: 10_000_000, per: 1 } },
      variants: [{ class: "webSearch", quality: null, size: "high", rate: { nanoUsd: 14_000_000, per: 1 } }],
    });
    const counts = usage({ inputTokens: 0, outputTokens: 0, webSearches: 3 });
    expect(priceOf(counts, search).costNanoUsd).toBe(30_000_000n);
    expect(priceOf(counts, search, [{ class: "webSearch", units: 3, size: "high" }]).costNanoUsd).toBe(42_000_000n);
  });
});

describe("rounding", () => {
  it("happens once, half up", () => {
    const fine = row({ rates: { input: { nanoUsd: 1, per: 4 }, output: { nanoUsd: 1, per: 4 } } });
    const cost = (inputTokens: number, outputTokens: number): bigint =>
      priceOf(usage({ inputTokens, outputTokens }), fine).costNanoUsd;
    // A quarter each would be 0 twice; the half that they make is 1.
    expect([cost(1, 0), cost(1, 1), cost(2, 3), cost(2, 0)]).toEqual([0n, 1n, 1n, 1n]);
  });

  it("loses nothing between rates of different units", () => {
    const mixed = row({ rates: { input: { nanoUsd: 1, per: 3 }, output: { nanoUsd: 1, per: 7 } } });
    // 1/3 + 1/7 = 10/21, 2/3 + 1/7 = 17/21.
    expect(priceOf(usage({ inputTokens: 1, outputTokens: 1 }), mixed).costNanoUsd).toBe(0n);
    expect(priceOf(usage({ inputTokens: 2, outputTokens: 1 }), mixed).costNanoUsd).toBe(1n);
  });

  it("is exact beyond what a number holds", () => {
    const dear = row({ rates: { input: { nanoUsd: 600_000_000_000, per: 1_000_000 }, output: perMillion(0) } });
    expect(priceOf(usage({ inputTokens: 9_007_199_254_740_991, outputTokens: 0 }), dear).costNanoUsd).toBe(
      5_404_319_552_844_594_600_000n,
    );
  });
});

function clean(changes: RateChanges): Rates {
  return Object.fromEntries(Object.entries(changes).filter(([, rate]) => rate !== undefined)) as Rates;
}
