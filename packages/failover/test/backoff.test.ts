import { expect, test } from "vitest";
import { backoffMs } from "../src/backoff.ts";

test.each([
  [1, 500],
  [2, 1_000],
  [3, 2_000],
  [5, 8_000],
  [6, 8_000],
  [2_000, 8_000],
])("before try %i: from nothing to %i ms", (attempt, mostMs) => {
  expect([0, 0.5, 1].map((random) => backoffMs(attempt, random))).toEqual([0, mostMs / 2, mostMs]);
});
