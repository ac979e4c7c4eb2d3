import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { type LedgerStore, MemoryLedgerStore } from "../src/index.ts";
import { SqliteLedgerStore } from "../src/sqlite.ts";
import { ledgerStoreCases } from "../src/testing.ts";
import { temporaryFile } from "./temporary-file.ts";

describe.each<[string, () => LedgerStore]>([
  ["MemoryLedgerStore", () => new MemoryLedgerStore()],
  ["SqliteLedgerStore", () => new SqliteLedgerStore(temporaryFile("ledger.db"))],
  ["SqliteLedgerStore on an open database", () => new SqliteLedgerStore(new DatabaseSync(temporaryFile("own.db")))],
])("%s", (_name, create) => {
  for (const { name, run } of ledgerStoreCases(create)) test(name, run);
});

// Each store breaks one promise, and only the cases named for it may notice.
describe("the cases for ledger stores", () => {
  const broken: readonly [string, (store: MemoryLedgerStore) => void, readonly string[]][] = [
    [
      "carries out only the first command of a batch",
      (store) => {
        const { apply } = store;
        store.apply = async (commands) => {
          const outcomes = await apply.call(store, commands.slice(0, 1));
          return commands.map(() => outcomes[0] as never);
        };
      },
      [
        "of all who ask at once, as many are granted as fit",
        "a hold grows while there is room",
        "a hold past its deadline is settled at what was metered, or at all of it",
      ],
    ],
    [
      "knows no deadline",
      (store) => {
        store.overdue = async () => [];
      },
      [
        "a hold past its deadline is settled at what was metered, or at all of it",
        "who settles what expired corrects it, once",
      ],
    ],
    [
      "counts what is older",
      (store) => {
        const { settled } = store;
        store.settled = (range) => settled.call(store, { ...range, fromMs: range.fromMs - 10 });
      },
      ["each call is counted once, by any dimensions"],
    ],
    [
      "gives pages from the start",
      (store) => {
        const { postings } = store;
        store.postings = (afterSeq, limit) => postings.call(store, 0, limit + (afterSeq === 0 ? 0 : 1));
      },
      ["postings come in pages, as they were booked"],
    ],
  ];

  test.each(broken)("find a store that %s", async (_flaw, breakIt, expected) => {
    const failed: string[] = [];
    const cases = ledgerStoreCases(() => {
      const store = new MemoryLedgerStore();
      breakIt(store);
      return store;
    });
    for (const { name, run } of cases) await run().catch(() => failed.push(name));
    expect(failed).toEqual(expected);
  });
});
