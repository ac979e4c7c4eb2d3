import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { MemoryStreamStore, type StreamStore } from "../src/index.ts";
import { SqliteStreamStore } from "../src/sqlite.ts";
import { streamStoreCases } from "../src/testing.ts";

describe("MemoryStreamStore", () => {
  for (const { name, run } of streamStoreCases(() => new MemoryStreamStore())) test(name, run);
});

describe("SqliteStreamStore", () => {
  const create = (): StreamStore => new SqliteStreamStore(new DatabaseSync(":memory:"));
  for (const { name, run } of streamStoreCases(create)) test(name, run);
});

// Each store breaks one promise, and only the cases named for it may notice.
describe("the cases for stream stores", () => {
  const broken: readonly [string, (store: MemoryStreamStore) => void, readonly string[]][] = [
    [
      "lets every epoch write",
      (store) => {
        const { open, write } = store;
        let newest = 0;
        store.open = async () => {
          const opened = await open.call(store);
          newest = opened.epoch;
          return opened;
        };
        store.write = (_epoch, batch) => write.call(store, newest, batch);
      },
      ["an epoch that is over writes nothing"],
    ],
    [
      "forgets the pieces of an earlier epoch",
      (store) => {
        const { write } = store;
        store.write = (epoch, batch) => write.call(store, epoch, { ...batch, pieces: [] });
      },
      [
        "pieces are read once the store is opened again",
        "a slab takes the place of the pieces before it",
        "a batch that comes again, and longer, is there once",
      ],
    ],
    [
      "reads whole slabs only",
      (store) => {
        const { read } = store;
        store.read = async (id, fromId) => {
          let found = null;
          for (let from = 0; ; ) {
            const slab = await read.call(store, id, from);
            if (slab === null) return found;
            from = slab.firstId + slab.ends.length;
            if (slab.firstId >= fromId) return slab;
            found = from > fromId ? slab : null;
            if (found !== null) return found;
          }
        };
      },
      ["slabs are read from any event on, each stream for itself"],
    ],
    [
      "keeps names of what is gone",
      (store) => {
        const { find } = store;
        const seen = new Map<string, Awaited<ReturnType<typeof find>>>();
        store.find = async (name) => {
          const found = await find.call(store, name);
          if (found !== null) seen.set(name, found);
          return found ?? (name === "alias" ? (seen.get(name) ?? null) : null);
        };
      },
      ["what has expired loses its events, and later its record"],
    ],
    [
      "never expires",
      (store) => {
        store.expire = async () => false;
      },
      ["what has expired loses its events, and later its record"],
    ],
    [
      "never removes",
      (store) => {
        const { write } = store;
        store.write = (epoch, batch) => write.call(store, epoch, { ...batch, removed: [] });
      },
      ["what is removed leaves nothing"],
    ],
  ];

  test.each(broken)("find a store that %s", async (_flaw, breakIt, expected) => {
    const failed: string[] = [];
    const cases = streamStoreCases(() => {
      const store = new MemoryStreamStore();
      breakIt(store);
      return store;
    });
    for (const { name, run } of cases) await run().catch(() => failed.push(name));
    expect(failed).toEqual(expected);
  });
});
