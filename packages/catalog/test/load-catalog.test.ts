import { isGatewayError } from "@gw/core";
import { describe, expect, it } from "vitest";
import { createCatalog, loadCatalog } from "../src/index.ts";

const sources = "acme 2026-11-01";
const file = {
  schemaVersion: 1,
  models: [
    {
      id: "acme/one",
      modalities: ["text"],
      input: ["text"],
      output: ["text"],
      reasoning: false,
      contextTokens: 1_000,
      tokenizer: "o200k_base",
      releasedOn: "2026-10-01",
      retiresOn: "2027-10-01",
      deprecated: true,
      snapshots: ["one-20261001"],
      offers: ["acme/one", "other/big/one"],
      sources,
    },
    { id: "openai/gpt-5.5", sources },
  ],
  prices: [
    {
      of: "acme/one",
      from: "2026-11-01",
      rates: { input: "0.0012345678912", output: "10" },
      above: [[200, { input: "1" }]],
      variants: [["webSearch", null, "high", "0.014"]],
      sources: `${sources}, more`,
    },
    {
      of: "acme/one",
      tier: "batch",
      region: "eu",
      until: "2026-12-01",
      hours: ["01:00-04:00", "Sat-Sun 22:30-24:00"],
      rates: { inputAudioSecond: "0.0043/60" },
      sources,
    },
    { of: "other/big/one", rates: {}, sources },
  ],
};

describe("loadCatalog", () => {
  it("reads everything that a file says, and makes the rest unknown", () => {
    const [one, two] = loadCatalog(file);
    expect(one).toEqual({
      id: "acme/one",
      modalities: ["text"],
      input: ["text"],
      output: ["text"],
      reasoning: false,
      tools: null,
      structuredOutput: null,
      contextTokens: 1_000,
      maxInputTokens: null,
      maxOutputTokens: null,
      tokenizer: "o200k_base",
      releasedOn: "2026-10-01",
      deprecated: true,
      retiresOn: "2027-10-01",
      snapshots: ["one-20261001"],
      sources: [{ name: "acme", date: "2026-11-01" }],
      offers: [
        {
          provider: "acme",
          model: "one",
          prices: [
            {
              id: "acme/one standard 2026-11-01 bf35d632",
              serviceTier: "standard",
              region: null,
              validFrom: "2026-11-01",
              validUntil: null,
              hours: [],
              // 13 decimals of a dollar: exact for ten thousand times as many tokens.
              rates: {
                input: { nanoUsd: 12_345_678_912, per: 10_000_000_000 },
                output: { nanoUsd: 10e9, per: 1_000_000 },
              },
              contextTiers: [
                {
                  aboveInputTokens: 200,
                  rates: { input: { nanoUsd: 1e9, per: 1_000_000 }, output: { nanoUsd: 10e9, per: 1_000_000 } },
                },
              ],
              variants: [{ class: "webSearch", quality: null, size: "high", rate: { nanoUsd: 14_000_000, per: 1 } }],
              sources: [
                { name: "acme", date: "2026-11-01" },
                { name: "more", date: null },
              ],
            },
            {
              id: "acme/one batch@eu 01:00-04:00,Sat-Sun 22:30-24:00 b38e2fd0",
              serviceTier: "batch",
              region: "eu",
              validFrom: null,
              validUntil: "2026-12-01",
              hours: [
                { weekdays: null, fromMinute: 60, untilMinute: 240 },
                { weekdays: [6, 7], fromMinute: 1_350, untilMinute: 1_440 },
              ],
              rates: { inputAudioSecond: { nanoUsd: 4_300_000, per: 60 } },
              contextTiers: [],
              variants: [],
              sources: [{ name: "acme", date: "2026-11-01" }],
            },
          ],
        },
        { provider: "other", model: "big/one", prices: [expect.objectContaining({ rates: {} })] },
      ],
    });
    expect(two).toMatchObject({ id: "openai/gpt-5.5", modalities: [], offers: [{ provider: "openai", prices: [] }] });
  });

  it("wins over what is shipped, and loses to what is configured", () => {
    const loaded = loadCatalog(file);
    expect(createCatalog(loaded).find("gpt-5.5")?.contextTokens).toBeNull();
    const [one] = loaded;
    if (one === undefined) throw new Error("nothing loaded");
    expect(createCatalog([...loaded, { ...one, contextTokens: 2_000 }]).find("acme/one")?.contextTokens).toBe(2_000);
  });

  const model = file.models[0] as object;
  const price = file.prices[0] as object;
  const withModel = (changes: object): object => ({ ...file, models: [{ ...model, ...changes }], prices: [] });
  const withHours = (...rows: string[][]): object => ({ ...file, prices: rows.map((hours) => ({ ...price, hours })) });
  const withPrice = (changes: object): object => ({ ...file, prices: [{ ...price, ...changes }] });

  it.each<[string, unknown]>([
    ["catalog", null],
    ["catalog", []],
    ["schemaVersion", { ...file, schemaVersion: 2 }],
    ["schemaVersion", {}],
    ["models", { schemaVersion: 1, prices: [] }],
    ["prices", { schemaVersion: 1, models: [] }],
    ["extra", { ...file, extra: 1 }],
    ["models", { ...file, models: {} }],
    ["models[0]", { ...file, models: [1] }],
    ["models[0].id", withModel({ id: "one" })],
    ["models[0].sources", withModel({ sources: undefined })],
    ["models[0].sources", withModel({ sources: "acme yesterday" })],
    ["models[0].modalities[0]", withModel({ modalities: ["telepathy"] })],
    ["models[0].contextTokens", withModel({ contextTokens: 0 })],
    ["models[0].contextTokens", withModel({ contextTokens: "1000" })],
    ["models[0].tokenizer", withModel({ tokenizer: "" })],
    ["models[0].reasoning", withModel({ reasoning: null })],
    ["models[0].releasedOn", withModel({ releasedOn: "2026-13-01" })],
    ["models[0].offers[1]", withModel({ offers: ["acme/one", "other"] })],
    ["models[0].name", withModel({ name: "One" })],
    ["models[1]", { ...file, models: [model, model] }],
    ["prices[0].of", withPrice({ of: "acme/unknown" })],
    ["prices[0].tier", withPrice({ tier: "fast" })],
    ["prices[0].from", withPrice({ from: "soon" })],
    ["prices[0].hours", withPrice({ hours: "01:00-04:00" })],
    ["prices[0].hours[0]", withPrice({ hours: [60] })],
    ["prices[0].hours[1]", withPrice({ hours: ["01:00-04:00", "6:00-10:00"] })],
    ["prices[0].hours[0]", withPrice({ hours: ["04:00-01:00"] })],
    ["prices[0].hours[0]", withPrice({ hours: ["01:00-01:00"] })],
    ["prices[0].hours[0]", withPrice({ hours: ["23:00-24:01"] })],
    ["prices[0].hours[0]", withPrice({ hours: ["24:00-24:00"] })],
    ["prices[0].hours[0]", withPrice({ hours: ["01:60-04:00"] })],
    ["prices[0].hours[0]", withPrice({ hours: ["01:00-04:00Z"] })],
    ["prices[0].hours[0]", withPrice({ hours: ["Mon 01:00-04:00"] })],
    ["prices[0].hours[0]", withPrice({ hours: ["Sat-Mon 01:00-04:00"] })],
    ["prices[0].hours[0]", withPrice({ hours: ["Mon-Day 01:00-04:00"] })],
    ["prices[0].hours[0]", withPrice({ hours: ["Day-Fri 01:00-04:00"] })],
    ["prices[0].rates", withPrice({ rates: undefined })],
    ["prices[0].rates.input", withPrice({ rates: { input: 3 } })],
    ["prices[0].rates.input", withPrice({ rates: { input: "-3" } })],
    ["prices[0].rates.input", withPrice({ rates: { input: "3e-7" } })],
    ["prices[0].rates.input", withPrice({ rates: { input: "3/0" } })],
    ["prices[0].rates.input", withPrice({ rates: { input: "9007199.254740993" } })],
    ["prices[0].rates.tokens", withPrice({ rates: { tokens: "3" } })],
    ["prices[0].rates.__proto__", withPrice({ rates: JSON.parse('{"__proto__":"3"}') })],
    ["prices[0].above[0]", withPrice({ above: [200] })],
    [
      "prices[0].above[1][0]",
      withPrice({
        above: [
          [200, {}],
          [200, {}],
        ],
      }),
    ],
    ["prices[0].above[0][1].input", withPrice({ above: [[200, { input: "x" }]] })],
    ["prices[0].variants[0]", withPrice({ variants: [["image", "hd"]] })],
    ["prices[0].variants[0][2]", withPrice({ variants: [["image", null, 5, "1"]] })],
    ["prices[0].variants[0][3]", withPrice({ variants: [["pictures", null, null, "1"]] })],
    ["prices[1]", { ...file, prices: [price, price] }],
    ["prices[2]", withHours([], ["01:00-04:00", "06:00-10:00"], ["06:00-10:00", "01:00-04:00"])],
  ])("refuses %s", (param, json) => {
    let thrown: unknown;
    try {
      loadCatalog(json);
    } catch (error) {
      thrown = error;
    }
    expect([isGatewayError(thrown) && thrown.code, isGatewayError(thrown) && thrown.param]).toEqual([
      "invalid_request",
      param,
    ]);
  });
});
