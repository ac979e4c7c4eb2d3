import { describe, expect, it } from "vitest";
import { splitByWeight } from "../../src/routing/split-by-weight.ts";

const never = (): number => {
  throw new Error("Nothing is drawn where there is a key");
};
const keys = Array.from({ length: 10_000 }, (_, index) => `session-${index}`);

function choices(weights: Readonly<Record<string, number | null>>) {
  return Object.entries(weights).map(([model, weight]) => ({ model, weight }));
}

function firstOf(weights: Readonly<Record<string, number | null>>, key: string | null, random = never): string {
  return splitByWeight(choices(weights), key, random)[0]?.model ?? "";
}

describe("splitByWeight", () => {
  it("gives each choice its share, within four standard deviations", () => {
    const share = keys.filter((key) => firstOf({ a: 3, b: 1 }, key) === "a").length / keys.length;
    expect(Math.abs(share - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / keys.length));
  });

  it("always answers the same for the same key, however the choices are listed", () => {
    for (const key of keys.slice(0, 100)) expect(firstOf({ b: 1, a: 1 }, key)).toBe(firstOf({ a: 1, b: 1 }, key));
  });

  it("moves keys to the choice whose weight grows, and between no others", () => {
    const moved = keys.filter((key) => firstOf({ a: 1, b: 1, c: 1 }, key) !== firstOf({ a: 2, b: 1, c: 1 }, key));
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.filter((key) => firstOf({ a: 2, b: 1, c: 1 }, key) !== "a")).toEqual([]);
  });

  it("keeps choices without a share behind, in their order", () => {
    const order = splitByWeight(choices({ x: null, a: 1, y: 0, b: 1 }), "k", never).map(({ model }) => model);
    expect(order.slice(0, 2).sort()).toEqual(["a", "b"]);
    expect(order.slice(2)).toEqual(["x", "y"]);
  });

  it("leaves choices without any weight as they are", () => {
    expect(splitByWeight(choices({ b: null, a: null }), "k", never).map(({ model }) => model)).toEqual(["b", "a"]);
  });

  it("draws anew where there is no key", () => {
    const draws = [0.9, 0.1, 0.1, 0.9];
    const random = () => draws.shift() ?? 0.5;
    expect(firstOf({ a: 1, b: 1 }, null, random)).toBe("a");
    expect(firstOf({ a: 1, b: 1 }, null, random)).toBe("b");
  });
});
