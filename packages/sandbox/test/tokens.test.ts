import fc from "fast-check";
import { expect, test } from "vitest";
import { countTokens, firstTokens, splitTokens } from "../src/tokens.ts";

test("counts are those of o200k", () => {
  expect(countTokens("hello world")).toBe(2);
  expect(countTokens("<|endoftext|>")).toBe(7);
  expect(countTokens("")).toBe(0);
});

test("pieces join to the text again, and so do as many tokens as it has", () => {
  const text = fc.string({
    unit: fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom(" ", "\uD800", "\uFFFD")),
    maxLength: 300,
  });
  fc.assert(
    fc.property(text, (text) => {
      expect(splitTokens(text).join("")).toBe(text);
      expect(firstTokens(text, countTokens(text))).toBe(text);
    }),
    { numRuns: 60 },
  );
});

test("a cut leaves no half character", () => {
  expect([0, 1, 2, 3].map((limit) => firstTokens("one two three", limit))).toEqual([
    "",
    "one",
    "one two",
    "one two three",
  ]);
  const cuts = Array.from({ length: countTokens("🤷🏽𑋝") }, (_, limit) => firstTokens("🤷🏽𑋝", limit));
  for (const cut of cuts) expect(["", "🤷", "🤷🏽"]).toContain(cut);
});

test("a text without spaces is cut into runs at whole characters", () => {
  const text = "🤷🏽".repeat(600);
  expect(splitTokens(text).join("")).toBe(text);
});
