import { expect, test } from "vitest";
import { type LedgerStore, MemoryLedgerStore } from "../src/index.ts";
import { SqliteLedgerStore } from "../src/sqlite.ts";
import { randomOperations } from "./soak/random-operations.ts";
import { temporaryFile } from "./temporary-file.ts";

// A failure names its seed. `node --conditions=@gw/source packages/billing/test/soak/run.ts operations` does as many as it is told.
const countPerSeed = 100_000;

test.each<[string, () => LedgerStore]>([
  ["memory", () => new MemoryLedgerStore()],
  ["SQLite", () => new SqliteLedgerStore(temporaryFile("ledger.db"))],
])("a million random operations in %s end as an oracle says", { timeout: 300_000 }, async (_name, create) => {
  const totals: Record<string, number> = {};
  for (let seed = 0; seed < 10; seed += 1) {
    for (const [outcome, times] of Object.entries(await randomOperations(create(), { seed, count: countPerSeed }))) {
      totals[outcome] = (totals[outcome] ?? 0) + times;
    }
  }
  expect(Object.values(totals).reduce((sum, times) => sum + times, 0)).toBe(1_000_000);
  // Nothing was proven of what never happened.
  const eventful = [
    ...[
      "hold open",
      "hold refused",
      "hold closed settle",
      "extend open",
      "extend refused",
      "meter open",
      "meter closed void",
    ],
    ...["expire closed expire", "expire open", "settle closed settle", "settle closed correction", "void closed void"],
    ...["void closed correction", "correct closed correction", "correct invalid", "top-up closed top-up"],
  ];
  expect(eventful.filter((name) => (totals[name] ?? 0) < 100)).toEqual([]);
});
