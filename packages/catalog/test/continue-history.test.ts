import { describe, expect, it } from "vitest";
import { continueHistory } from "../../../tools/catalog/continue-history.ts";
import { decimal, priceText } from "../../../tools/catalog/decimal.ts";

describe("a new state of the sources", () => {
  const row = (input: string, date: string, more: object = {}) => ({
    of: "acme/one",
    rates: { input },
    sources: `acme ${date}`,
    ...more,
  });

  it("changes nothing where the figures stay", () => {
    expect(continueHistory([row("3", "2026-08-01")], [row("3", "2026-10-01")])).toEqual([row("3", "2026-10-01")]);
  });

  it("ends a row whose figures have changed, and begins another", () => {
    const changed = continueHistory([row("3", "2026-08-01")], [row("4", "2026-10-01")]);
    expect(changed).toEqual([
      row("3", "2026-08-01", { until: "2026-10-01" }),
      row("4", "2026-10-01", { from: "2026-10-01" }),
    ]);
    // Nothing more happens at the next look.
    expect(continueHistory(changed, [row("4", "2026-11-01")])).toEqual([
      row("3", "2026-08-01", { until: "2026-10-01" }),
      row("4", "2026-11-01", { from: "2026-10-01" }),
    ]);
  });

  const peak = { hours: ["01:00-04:00"] };

  it("keeps rows of hours apart from those of the whole day", () => {
    const before = [row("3", "2026-08-01"), row("6", "2026-08-01", peak)];
    expect(continueHistory(before, before)).toEqual(before);
    expect(continueHistory(before, [row("3", "2026-10-01"), row("7", "2026-10-01", peak)])).toEqual([
      row("3", "2026-10-01"),
      row("6", "2026-08-01", { ...peak, until: "2026-10-01" }),
      row("7", "2026-10-01", { ...peak, from: "2026-10-01" }),
    ]);
    expect(continueHistory(before.slice(0, 1), before)).toEqual(before);
  });

  it("ends hours that have changed, or that nobody lists any more", () => {
    const before = [row("3", "2026-08-01"), row("6", "2026-08-01", peak)];
    const later = { hours: ["02:00-04:00"] };
    expect(continueHistory(before, [row("3", "2026-10-01"), row("6", "2026-10-01", later)])).toEqual([
      row("3", "2026-10-01"),
      row("6", "2026-08-01", { ...peak, until: "2026-10-01" }),
      row("6", "2026-10-01", { ...later, from: "2026-10-01" }),
    ]);
    const ended = [row("3", "2026-10-01"), row("6", "2026-08-01", { ...peak, until: "2026-10-01" })];
    expect(continueHistory(before, [row("3", "2026-10-01")])).toEqual(ended);
    expect(continueHistory(ended, [row("3", "2026-11-01")])).toEqual([row("3", "2026-11-01"), ended[1]]);
  });

  it("keeps announced changes", () => {
    const announced = [row("2", "2026-08-01", { until: "2026-09-01" }), row("3", "2026-08-01", { from: "2026-09-01" })];
    expect(continueHistory(announced, announced)).toEqual(announced);
  });

  it("forgets what nobody lists any more", () => {
    expect(continueHistory([row("3", "2026-08-01", { of: "acme/gone" })], [row("3", "2026-08-01")])).toEqual([
      row("3", "2026-08-01"),
    ]);
  });
});

describe("figures of a source", () => {
  it.each([
    [0.1 + 0.2, "0.3"],
    [1.2000000000000002, "1.2"],
    [168, "168"],
    [0, "0"],
    [2.8e-9, "0.0000000028"],
  ])("%d is %s", (amount, text) => {
    expect(decimal(amount)).toBe(text);
  });

  it.each([
    [0.0001, "0.0001"],
    [7.167e-5, "0.0043/60"],
    [3.083e-5, "0.111/3600"],
    [6.11e-5, "0.22/3600"],
    [2.77778e-5, "0.1/3600"],
    [0.05, "0.05"],
  ])("%d a second is %s", (usd, text) => {
    expect(priceText(usd, "inputAudioSecond")).toBe(text);
  });
});
