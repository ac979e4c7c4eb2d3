import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import {
  type LedgerOutcome,
  type LedgerStore,
  MemoryLedgerStore,
  type Posting,
  type Settlement,
} from "../src/index.ts";
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
        "of what is asked for together all is done, or nothing",
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
        "overdue are the oldest, and only as many as were asked for",
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
    [
      "tells of the newest deadlines first",
      (store) => {
        const { overdue } = store;
        store.overdue = async (atMs, limit) => [...(await overdue.call(store, atMs, limit))].reverse();
      },
      ["overdue are the oldest, and only as many as were asked for"],
    ],
    [
      "tells of all deadlines at once",
      (store) => {
        const { overdue } = store;
        store.overdue = (atMs) => overdue.call(store, atMs, 1_000);
      },
      ["overdue are the oldest, and only as many as were asked for"],
    ],
    [
      "tells what is settled as it was booked",
      (store) => {
        store.settled = async ({ fromMs, toMs, after, limit }) => {
          const behind = await store.postings(after?.seq ?? 0, 1_000);
          return behind
            .filter(({ settlement, atMs }) => settlement !== null && atMs >= fromMs && atMs < toMs)
            .slice(0, limit);
        };
      },
      ["what is settled comes by time, then as it was booked"],
    ],
    [
      "has its accounts in no order",
      (store) => {
        const { balancesUnder } = store;
        store.balancesUnder = async (prefix) => new Map([...(await balancesUnder.call(store, prefix))].reverse());
      },
      ["balances under a prefix come by id"],
    ],
    [
      "carries out each command by itself",
      (store) => {
        const { apply } = store;
        store.apply = async (commands) => {
          const outcomes: LedgerOutcome[] = [];
          for (const command of commands) outcomes.push(...(await apply.call(store, [command])));
          return outcomes;
        };
      },
      ["of what is asked for together all is done, or nothing"],
    ],
    [
      "forgets whose a hold is and what was metered",
      (store) => {
        const { books } = store;
        store.books = async () => {
          const { holds, ...others } = await books.call(store);
          return { ...others, holds: holds.map((hold) => ({ ...hold, dimensions: {}, meteredNanoUsd: null })) };
        };
      },
      ["an open hold keeps all that was said of it"],
    ],
    [
      "forgets how a price came about",
      (store) => {
        const { postings, settled } = store;
        const forget = ({ settlement, ...posting }: Posting, more: Partial<Settlement> = {}): Posting => {
          const forgotten = { lines: [], priceRow: null, estimated: false, ...more };
          return { ...posting, settlement: settlement && { ...settlement, ...forgotten } };
        };
        store.postings = async (...page) => {
          return (await postings.call(store, ...page)).map((posting) => forget(posting, { errorCode: null }));
        };
        store.settled = async (range) => (await settled.call(store, range)).map((posting) => forget(posting));
      },
      ["a posting keeps all that was said of it"],
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
