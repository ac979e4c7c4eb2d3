import type { StreamBatch, StreamPart, StreamRecord, StreamStore } from "./stream-store.ts";

/** One promise of a stream store. */
export interface StreamStoreCase {
  readonly name: string;
  /** Rejects when the promise is broken. */
  run(): Promise<void>;
}

/**
 * What every stream store keeps, as data for any test runner.
 *
 * @param create makes an empty store
 */
export function streamStoreCases(create: () => StreamStore | Promise<StreamStore>): readonly StreamStoreCase[] {
  const on = (name: string, run: (store: StreamStore, epoch: number) => Promise<void>): StreamStoreCase => ({
    name,
    run: async () => {
      const store = await create();
      const { epoch, unfinished } = await store.open();
      expectEqual(unfinished, []);
      await run(store, epoch);
    },
  });
  return [
    on("what was never heard of is not found", async (store) => {
      expectEqual([await store.find("one"), await store.read("one", 0)], [null, null]);
    }),
    on("a record is found as it was written last", async (store, epoch) => {
      await store.write(epoch, batch({ records: [recordOf("one")] }));
      expectEqual(await store.find("one"), recordOf("one"));
      const sealed = {
        state: "done",
        label: "later",
        sealedAtMs: 5_000,
        expiresAtMs: 6_000,
        nextId: 3,
        bytes: 9,
      } as const;
      await store.write(epoch, batch({ records: [recordOf("one", sealed)] }));
      expectEqual(await store.find("one"), recordOf("one", sealed));
    }),
    on("a name finds the stream that took it last", async (store, epoch) => {
      const records = [recordOf("one"), recordOf("two")];
      await store.write(
        epoch,
        batch({
          records,
          names: [
            ["first", "one"],
            ["both", "one"],
          ],
        }),
      );
      await store.write(epoch, batch({ names: [["both", "two"]] }));
      const found = [await store.find("first"), await store.find("both"), await store.find("none")];
      expectEqual(
        found.map((record) => record?.id ?? null),
        ["one", "two", null],
      );
    }),
    on("slabs are read from any event on, each stream for itself", async (store, epoch) => {
      const slabs = [partOf("one", 0, "a", "bcd"), partOf("two", 0, "x"), partOf("one", 2, "", "e")];
      await store.write(epoch, batch({ records: [recordOf("one"), recordOf("two")], slabs }));
      const texts = [];
      for (let id = 0; id < 5; id += 1) texts.push(await textFrom(store, "one", id));
      expectEqual(texts, ["0a 1bcd 2 3e", "1bcd 2 3e", "2 3e", "3e", ""]);
      expectEqual(await textFrom(store, "two", 0), "0x");
    }),
    on("a gap in the ids stays a gap", async (store, epoch) => {
      const slabs = [partOf("one", 0, "a"), partOf("one", 1_000_001, "end")];
      await store.write(epoch, batch({ records: [recordOf("one")], slabs }));
      expectEqual([await textFrom(store, "one", 0), await textFrom(store, "one", 7)], ["0a 1000001end", "1000001end"]);
    }),
    on("pieces are read once the store is opened again", async (store, epoch) => {
      await store.write(epoch, batch({ records: [recordOf("one")], pieces: [partOf("one", 0, "a", "b")] }));
      await store.write(epoch, batch({ pieces: [partOf("one", 2, "c")] }));
      const { unfinished } = await store.open();
      expectEqual(unfinished, [recordOf("one", { nextId: 3, bytes: 3 })]);
      expectEqual(await textFrom(store, "one", 0), "0a 1b 2c");
    }),
    on("a slab takes the place of the pieces before it", async (store, epoch) => {
      await store.write(epoch, batch({ records: [recordOf("one")], pieces: [partOf("one", 0, "a")] }));
      const slabs = [partOf("one", 0, "a", "b")];
      await store.write(epoch, batch({ slabs, pieces: [partOf("one", 2, "c")] }));
      expectEqual(await textFrom(store, "one", 0), "0a 1b");
      const { unfinished } = await store.open();
      expectEqual(unfinished, [recordOf("one", { nextId: 3, bytes: 3 })]);
      expectEqual(await textFrom(store, "one", 0), "0a 1b 2c");
    }),
    on("a batch that comes again, and longer, is there once", async (store, epoch) => {
      const slabs = [partOf("one", 0, "a", "b")];
      await store.write(epoch, batch({ records: [recordOf("one")], slabs, pieces: [partOf("one", 2, "c")] }));
      await store.write(epoch, batch({ records: [recordOf("one")], slabs, pieces: [partOf("one", 2, "c", "d")] }));
      const { epoch: later } = await store.open();
      expectEqual(await textFrom(store, "one", 0), "0a 1b 2c 3d");
      await store.write(later, batch({ slabs: [partOf("one", 2, "c", "d", "e")] }));
      expectEqual(await textFrom(store, "one", 0), "0a 1b 2c 3d 4e");
    }),
    on("who is sealed is not unfinished", async (store, epoch) => {
      const sealed = recordOf("one", { state: "failed", sealedAtMs: 5_000, expiresAtMs: 6_000, nextId: 1, bytes: 1 });
      await store.write(epoch, batch({ records: [recordOf("one")], pieces: [partOf("one", 0, "a")] }));
      await store.write(epoch, batch({ records: [sealed], slabs: [partOf("one", 0, "a")] }));
      expectEqual((await store.open()).unfinished, []);
      expectEqual(await store.find("one"), sealed);
      expectEqual(await textFrom(store, "one", 0), "0a");
    }),
    on("an epoch that is over writes nothing", async (store, epoch) => {
      await store.write(epoch, batch({ records: [recordOf("one")], slabs: [partOf("one", 0, "a")] }));
      const { epoch: later } = await store.open();
      const late = batch({ records: [recordOf("two")], slabs: [partOf("one", 1, "b")], removed: ["one"] });
      expectEqual(await codeOf(store.write(epoch, late)), "fenced");
      expectEqual([await store.find("two"), await textFrom(store, "one", 0)], [null, "0a"]);
      await store.write(later, batch({ slabs: [partOf("one", 1, "c")] }));
      expectEqual(await textFrom(store, "one", 0), "0a 1c");
    }),
    on("events before the earliest are dropped", async (store, epoch) => {
      const slabs = [partOf("one", 0, "a", "b"), partOf("one", 2, "c")];
      await store.write(epoch, batch({ records: [recordOf("one")], slabs, pieces: [partOf("one", 3, "d")] }));
      await store.write(epoch, batch({ records: [recordOf("one", { earliestId: 2 })] }));
      expectEqual(await textFrom(store, "one", 0), "2c");
    }),
    on("what is removed leaves nothing", async (store, epoch) => {
      const records = [recordOf("one"), recordOf("two")];
      const slabs = [partOf("one", 0, "a"), partOf("two", 0, "x")];
      await store.write(epoch, batch({ records, slabs, names: [["alias", "one"]], pieces: [partOf("one", 1, "b")] }));
      await store.write(epoch, batch({ records: [recordOf("one")], slabs: [partOf("one", 1, "b")], removed: ["one"] }));
      expectEqual([await store.find("one"), await store.find("alias"), await store.read("one", 0)], [null, null, null]);
      expectEqual(
        (await store.open()).unfinished.map(({ id }) => id),
        ["two"],
      );
      expectEqual(await store.read("one", 0), null);
    }),
    on("what has expired loses its events, and later its record", async (store, epoch) => {
      const sealed = { state: "done", sealedAtMs: 5_000, expiresAtMs: 6_000, nextId: 1, bytes: 1 } as const;
      const records = [recordOf("one", sealed), recordOf("two", { ...sealed, expiresAtMs: 7_000 }), recordOf("open")];
      const slabs = [partOf("one", 0, "a"), partOf("two", 0, "x"), partOf("open", 0, "o")];
      await store.write(epoch, batch({ records, slabs, names: [["alias", "one"]] }));
      await store.expire(5_999, 0);
      expectEqual((await store.find("one"))?.state, "done");
      await store.expire(6_000, 0);
      expectEqual(await store.find("alias"), recordOf("one", { ...sealed, state: "expired" }));
      const left = [await textFrom(store, "one", 0), await textFrom(store, "two", 0), await textFrom(store, "open", 0)];
      expectEqual(left, ["", "0x", "0o"]);
      await store.expire(6_500, 5_999);
      expectEqual((await store.find("one"))?.state, "expired");
      await store.expire(6_500, 6_000);
      expectEqual([await store.find("one"), await store.find("alias")], [null, null]);
    }),
  ];
}

function batch(changes: Partial<StreamBatch>): StreamBatch {
  return { records: [], names: [], pieces: [], slabs: [], removed: [], ...changes };
}

function recordOf(id: string, changes: Partial<StreamRecord> = {}): StreamRecord {
  return {
    id,
    state: "open",
    label: `label of ${id}`,
    retainMs: 1_000,
    createdAtMs: 4_000,
    sealedAtMs: null,
    expiresAtMs: null,
    nextId: 0,
    earliestId: 0,
    bytes: 0,
    ...changes,
  };
}

function partOf(id: string, firstId: number, ...events: readonly string[]): StreamPart {
  let end = 0;
  const ends = Int32Array.from(events, (event) => {
    end += event.length;
    return end;
  });
  return { id, firstId, ends, bytes: new TextEncoder().encode(events.join("")) };
}

/** All events from one on, each with its id before it. */
async function textFrom(store: StreamStore, id: string, fromId: number): Promise<string> {
  const events: string[] = [];
  for (let nextId = fromId; ; ) {
    const part = await store.read(id, nextId);
    if (part === null) return events.join(" ");
    let start = 0;
    for (const [index, end] of part.ends.entries()) {
      events.push(`${part.firstId + index}${new TextDecoder().decode(part.bytes.subarray(start, end))}`);
      start = end;
    }
    nextId = part.firstId + part.ends.length;
  }
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: { readonly code?: unknown }) => error.code,
  );
}

function expectEqual(actual: unknown, expected: unknown): void {
  const [got, wanted] = [actual, expected].map((value) => JSON.stringify(value, sorted));
  if (got !== wanted) throw new Error(`expected ${wanted}, got ${got}`);
}

function sorted(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
