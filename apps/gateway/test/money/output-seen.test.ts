import { expect, it } from "vitest";
import { OutputSeen } from "../../src/money/output-seen.ts";

it.each([
  ["a token each of events that are as small as any", Array(50).fill(185), 50],
  ["what larger ones have beyond the smallest", [185, 185, 185 + 400], 3 + 100],
  ["the text of large events of one size", Array(20).fill(2_300), 20 + 20 * 500],
  ["the text of a single event", [16_300], 1 + 4_000],
  ["nothing of no event", [], 0],
])("the output that was seen is %s", (_what, sizes, tokens) => {
  const seen = new OutputSeen();
  for (const size of sizes) seen.add(size);
  expect(seen.tokens()).toBe(tokens);
});

it("is a quarter of the bytes of an answer that came whole", () => {
  const seen = new OutputSeen();
  seen.addWhole(401);
  expect(seen.tokens()).toBe(101);
});
