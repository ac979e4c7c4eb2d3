import { expect, test } from "vitest";
import { killCycles } from "./soak/kill-cycles.ts";
import { temporaryFile } from "./temporary-file.ts";

// A file of its own every few kills, as it is read as a whole after each; two at a time, as most of a cycle is waiting.
const filesInTurn = 5;
const filesAtOnce = 2;
const killsPerFile = 5;

test("what 50 killed processes acknowledged is on the books, and they balance", { timeout: 120_000 }, async () => {
  const sums = { acknowledged: 0, leftOpen: 0, expired: 0 };
  for (let turn = 0; turn < filesInTurn; turn += 1) {
    const files = Array.from({ length: filesAtOnce }, () => temporaryFile("ledger.db"));
    for (const totals of await Promise.all(files.map((file) => killCycles(file, killsPerFile)))) {
      sums.acknowledged += totals.acknowledged;
      sums.leftOpen += totals.leftOpen;
      sums.expired += totals.expired;
    }
  }
  // Nothing was proven of what never happened.
  expect([sums.acknowledged > 1_000, sums.leftOpen > 0, sums.expired > 0]).toEqual([true, true, true]);
});
