import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, test } from "vitest";
import { type BufferedStream, MemoryStreamStore, type StreamStore } from "../src/index.ts";
import { SqliteStreamStore } from "../src/sqlite.ts";
import { bytesOf, codeOf, eventsOf, kept, openBuffer, readAll } from "./open-buffer.ts";

/** A store that can be made to fail, and how to. */
interface Fragile {
  readonly store: StreamStore;
  readonly error: object;
  fail(): void;
  recover(): void;
}

const databases: DatabaseSync[] = [];
afterEach(() => {
  for (const database of databases.splice(0)) database.close();
});

const fragile: readonly [string, () => Fragile][] = [
  [
    "that throws",
    () => {
      const store = new MemoryStreamStore();
      const { write } = store;
      const error = new Error("out of order");
      const recover = (): void => {
        store.write = write;
      };
      const fail = (): void => {
        store.write = () => Promise.reject(error);
      };
      return { store, error, fail, recover };
    },
  ],
  [
    "on a disk that is full",
    () => {
      const database = new DatabaseSync(":memory:");
      databases.push(database);
      const fail = (): void => {
        const { page_count: pages } = database.prepare("PRAGMA page_count").get() as { page_count: number };
        database.exec(`PRAGMA max_page_count = ${pages}`);
      };
      const recover = (): void => database.exec("PRAGMA max_page_count = 1000000");
      // 13 is SQLITE_FULL.
      return { store: new SqliteStreamStore(database), error: { errcode: 13 }, fail, recover };
    },
  ],
];

describe.each(fragile)("a store %s", (_name, create) => {
  test("costs no reader anything, is told of once an outage, and gets everything later", async () => {
    const { store, error, fail, recover } = create();
    const told: unknown[] = [];
    const { buffer, clock } = await openBuffer({ onStoreError: (reason) => told.push(reason) }, store);
    const writer = buffer.create("one", kept);
    const reader = writer.read(-1);
    writer.append(eventsOf("ab"));
    await clock.pass(15);
    fail();
    const large = Array.from({ length: 20 }, () => new Uint8Array(10_000));
    writer.append(large);
    await clock.pass(10_000);
    expect(told).toEqual([expect.objectContaining(error)]);
    expect(buffer.stats()).toMatchObject({ storeFailing: true, unwrittenStreams: 1 });
    writer.append(eventsOf("cd"));
    expect([writer.seal("done", bytesOf("!")), writer.seal("failed")]).toEqual([true, false]);
    expect((await readAll(reader)).ids).toBe("0-24");
    await clock.pass(1_000);
    expect((await store.find("one"))?.state).toBe("open");
    recover();
    await clock.pass(1_000);
    expect(told.length).toBe(1);
    expect(buffer.stats()).toMatchObject({ storeFailing: false, unwrittenStreams: 0 });
    fail();
    buffer.create("two", kept).append(large);
    await clock.pass(1_000);
    expect(told.length).toBe(2);
    recover();
    const { buffer: later } = await openBuffer({ clock }, store);
    const found = (await later.find("one")) as BufferedStream;
    expect([found.state, (await readAll(found.read(-1))).ids]).toEqual(["done", "0-24"]);
  });

  test("that fails at the end fails the closing", async () => {
    const { store, error, fail } = create();
    const { buffer, clock } = await openBuffer({}, store);
    buffer.create("one", kept).append([new Uint8Array(200_000)]);
    fail();
    await expect(buffer.close()).rejects.toMatchObject(error);
    expect(clock.pending).toBe(0);
  });
});

test("a store that fails is tried again at growing intervals", async () => {
  const store = new MemoryStreamStore();
  const { write } = store;
  const { buffer, clock } = await openBuffer({}, store);
  const triedAtMs: number[] = [];
  const startedAtMs = clock.nowMs();
  store.write = () => {
    triedAtMs.push(clock.nowMs() - startedAtMs);
    return Promise.reject(new Error("out of order"));
  };
  const writer = buffer.create("one", kept);
  for (let ms = 0; ms < 4_000; ms += 5) {
    writer.append(eventsOf("a"));
    await clock.pass(5);
  }
  expect(triedAtMs).toEqual([15, 45, 105, 225, 465, 945, 1_905, 2_905, 3_905]);
  store.write = write;
  await clock.pass(1_000);
  writer.append(eventsOf("a"));
  await clock.pass(15);
  expect(buffer.stats().unwrittenStreams).toBe(0);
});

test("memory keeps its bound while the store fails", async () => {
  const store = new MemoryStreamStore();
  const { buffer, clock } = await openBuffer({ maxMemoryBytes: 1_000_000 }, store);
  const { write } = store;
  store.write = () => Promise.reject(new Error("out of order"));
  const ended = buffer.create("ended", kept);
  ended.append([new Uint8Array(50_000)]);
  ended.seal("done", bytesOf("!"));
  const watched = buffer.create("watched", kept);
  watched.append([new Uint8Array(50_000)]);
  watched.seal("done", bytesOf("!"));
  const watcher = watched.read(-1);
  const open = buffer.create("open", kept);
  for (let count = 0; count < 100; count += 1) {
    open.append([new Uint8Array(50_000)]);
    await clock.pass(15);
  }
  expect(buffer.stats().memoryBytes).toBeLessThan(1_000_000);
  expect(await codeOf(() => ended.read(-1))).toBe("evicted");
  expect((await readAll(watcher)).ids).toBe("0-1");
  expect(open.earliestId).toBeGreaterThan(75);
  store.write = write;
  await clock.pass(1_000);
  expect(await store.find("ended")).toMatchObject({ state: "done", earliestId: 2, nextId: 2 });
  expect((await store.read("open", 0))?.firstId).toBe(open.earliestId);
  await clock.pass(70_000);
  expect(buffer.stats().streams).toBe(1);
});

test("what has piled up is written in batches of some 8 MiB", async () => {
  const store = new MemoryStreamStore();
  const { write } = store;
  const { buffer, clock } = await openBuffer({}, store);
  const batches: number[] = [];
  store.write = (epoch, batch) => {
    batches.push(batch.slabs.length);
    return write.call(store, epoch, batch);
  };
  for (let index = 0; index < 5; index += 1) {
    const writer = buffer.create(`${index}`, kept);
    writer.append(Array.from({ length: 50 }, () => new Uint8Array(100_000)));
    writer.seal("done");
  }
  await clock.pass(15);
  expect(batches).toEqual([100]);
  await clock.pass(30);
  expect(batches).toEqual([100, 100, 50]);
  expect(buffer.stats().unwrittenStreams).toBe(0);
});

test("what expires before it could be written is found as expired", async () => {
  const store = new MemoryStreamStore();
  const { write } = store;
  const { buffer, clock } = await openBuffer({}, store);
  const writer = buffer.create("one", { ...kept, retainMs: 1_000 });
  await clock.pass(15);
  store.write = () => Promise.reject(new Error("out of order"));
  writer.seal("done");
  await clock.pass(10_000);
  expect((await buffer.find("one"))?.state).toBe("expired");
  store.write = write;
  await clock.pass(10_000);
  expect(buffer.stats().streams).toBe(0);
  expect((await buffer.find("one"))?.state).toBe("expired");
});

test("a store that cannot expire anything is told of once", async () => {
  const store = new MemoryStreamStore();
  const { expire } = store;
  const told: unknown[] = [];
  const { clock } = await openBuffer({ onStoreError: (error) => told.push(error) }, store);
  for (const outage of [1, 2]) {
    const error = new Error("out of order");
    store.expire = () => Promise.reject(error);
    await clock.pass(20_000);
    expect([told.length, told.at(-1)]).toEqual([outage, error]);
    store.expire = expire;
    await clock.pass(20_000);
  }
});

test("what is removed while a batch is under way is gone once that is said", async () => {
  const store = new MemoryStreamStore();
  const { write } = store;
  const { buffer, clock } = await openBuffer({}, store);
  store.write = async (epoch, batch) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return write.call(store, epoch, batch);
  };
  buffer.create("one", { ...kept, names: ["alias"] }).append(eventsOf("ab"));
  await clock.pass(15);
  await buffer.remove("one");
  expect([await store.find("one"), await store.find("alias")]).toEqual([null, null]);
  expect(buffer.stats().unwrittenStreams).toBe(0);
});

test("what changes while a batch is under way is in the next one", async () => {
  const store = new MemoryStreamStore();
  const { write } = store;
  const { buffer, clock } = await openBuffer({ maxMemoryBytes: 1 }, store);
  let finish = (): void => {};
  store.write = async (epoch, batch) => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    return write.call(store, epoch, batch);
  };
  const writer = buffer.create("one", kept);
  const open = buffer.create("open", kept);
  writer.append(eventsOf("ab"));
  open.append(eventsOf("ab"));
  await clock.pass(15);
  open.append(eventsOf("c"));
  writer.append([bytesOf("c"), new Uint8Array(70_000).fill(46)]);
  writer.name("alias");
  writer.seal("done", bytesOf("!"));
  finish();
  await clock.pass(0);
  expect(await store.find("one")).toMatchObject({ state: "open" });
  expect((await readAll(writer.read(-1))).ids).toBe("0-4");
  await clock.pass(15);
  finish();
  await clock.pass(0);
  expect(buffer.stats()).toMatchObject({ unwrittenStreams: 0, streams: 1 });
  expect(await store.find("alias")).toMatchObject({ state: "done", nextId: 5 });
  const { text, ids } = await readAll(((await buffer.find("one")) as BufferedStream).read(-1));
  expect([text.replaceAll(".", ""), ids]).toEqual(["abc!", "0-4"]);
  expect((await store.open()).unfinished).toMatchObject([{ id: "open", nextId: 3 }]);
});

describe("readers and a store that lags", () => {
  test("are never further ahead of it than an interruption leaves out", async () => {
    const { buffer, clock, store } = await openBuffer({ maxLeadEvents: 10 });
    const writer = buffer.create("one", { ...kept, label: "x" });
    const reader = writer.read(-1);
    writer.append(eventsOf("abcdefghijklmnop"));
    expect((await reader.next())?.count).toBe(10);
    const held = reader.next();
    await openBuffer({ clock, maxLeadEvents: 10 }, store);
    const code = codeOf(() => held);
    await clock.pass(15);
    expect([await code, writer.state]).toEqual(["evicted", "interrupted"]);
  });

  test("go on once it is written", async () => {
    const { buffer, clock, store } = await openBuffer({ maxLeadEvents: 10 });
    const writer = buffer.create("one", { ...kept, label: "x" });
    const reader = writer.read(-1);
    writer.append(eventsOf("abcdefghijklmnop"));
    expect((await reader.next())?.count).toBe(10);
    const held = reader.next();
    await clock.pass(15);
    expect(await held).toMatchObject({ firstId: 10, count: 6 });
    writer.append(eventsOf("qrstuvwxyzABCDE"));
    expect((await reader.next())?.count).toBe(10);
    const { buffer: later } = await openBuffer({ clock, maxLeadEvents: 10 }, store);
    const found = (await later.find("one")) as BufferedStream;
    const text = "abcdefghijklmnop[one x interrupted 26]";
    expect(await readAll(found.read(-1))).toEqual({ text, ids: "0-15 26-26" });
    expect(await readAll(found.read(25))).toEqual({ text: "[one x interrupted 26]", ids: "26-26" });
    expect(found).toMatchObject({ state: "interrupted", nextId: 27 });
  });
});

describe("a buffer whose store somebody else has opened", () => {
  test("hears of it after an outage too", async () => {
    const told: unknown[] = [];
    const { buffer, clock, store } = await openBuffer({ onStoreError: (error) => told.push(error) });
    const { write } = store;
    const writer = buffer.create("one", kept);
    await clock.pass(15);
    const error = new Error("out of order");
    store.write = () => Promise.reject(error);
    writer.append(eventsOf("abc"));
    await clock.pass(15);
    store.write = write;
    await openBuffer({ clock }, store);
    await clock.pass(1_000);
    expect(told).toMatchObject([error, { code: "fenced" }]);
    expect(writer.state).toBe("interrupted");
  });

  test("writes nothing more, and ends its streams as the other does", async () => {
    const told: unknown[] = [];
    const { buffer, clock, store } = await openBuffer({ maxLeadEvents: 10, onStoreError: (error) => told.push(error) });
    const writer = buffer.create("one", kept);
    const ended = buffer.create("ended", kept);
    writer.append(eventsOf("abc"));
    await clock.pass(15);
    const reader = readAll(writer.read(-1));
    const { buffer: later } = await openBuffer({ clock, maxLeadEvents: 10 }, store);
    writer.append(eventsOf("de"));
    ended.seal("done", bytesOf("late"));
    await clock.pass(15);
    expect(await reader).toEqual({ text: "abcde[one  interrupted 13]", ids: "0-4 13-13" });
    expect([writer.state, writer.seal("done")]).toEqual(["interrupted", false]);
    writer.append(eventsOf("f"));
    await clock.pass(10_000);
    expect(told).toMatchObject([{ code: "fenced" }]);
    for (const id of ["one", "ended"]) expect((await later.find(id))?.state).toBe("interrupted");
    const found = (await later.find("one")) as BufferedStream;
    expect(await readAll(found.read(-1))).toEqual({ text: "abc[one  interrupted 13]", ids: "0-2 13-13" });
    const open = later.create("two", kept);
    open.append(eventsOf("x"));
    await clock.pass(15);
    expect(await codeOf(() => buffer.find("two"))).toBe("fenced");
    expect(await codeOf(() => buffer.create("three", kept))).toBe("fenced");
    expect(await codeOf(() => buffer.create("three", { ...kept, durable: false }))).toBe(null);
    await buffer.close();
    expect(open.seal("done")).toBe(true);
  });
});
