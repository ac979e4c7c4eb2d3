import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { type BufferedStream, MemoryStreamStore, StreamBufferError } from "../src/index.ts";
import { SqliteStreamStore } from "../src/sqlite.ts";
import { bytesOf, codeOf, kept, openBuffer, readAll } from "./open-buffer.ts";

const kib = 1_024;
/** One event of a quarter slab. */
const quarter = (fill: number): Uint8Array => new Uint8Array(16 * kib).fill(fill);

describe("a stream that is too large", () => {
  test.each([true, false])("loses its oldest slabs, in memory and in the store (durable: %s)", async (durable) => {
    const { buffer, clock, store } = await openBuffer({ maxStreamBytes: 256 * kib });
    const writer = buffer.create("one", { retainMs: 60_000, durable });
    const behind = writer.read(-1);
    for (let id = 0; id < 16; id += 1) writer.append([quarter(id)]);
    expect([writer.earliestId, writer.bytes]).toEqual([0, 256 * kib]);
    await clock.pass(15);
    expect((await behind.next())?.count).toBe(4);
    const waiting = [writer.read(-1), writer.read(11)];
    for (let id = 16; id < 22; id += 1) writer.append([quarter(id)]);
    expect([writer.earliestId, writer.bytes, writer.nextId]).toEqual([8, 352 * kib, 22]);
    for (const reader of [behind, waiting[0]]) {
      const error = await reader?.next().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StreamBufferError);
      expect(error).toMatchObject({ code: "evicted", earliestId: 8 });
    }
    expect((await waiting[1]?.next())?.firstId).toBe(12);
    expect([await codeOf(() => writer.read(6)), await codeOf(() => writer.read(7))]).toEqual(["evicted", null]);
    writer.seal("done", bytesOf("!"));
    expect((await readAll(writer.read(7))).ids).toBe("8-22");
    await clock.pass(15);
    if (!durable) return;
    const { buffer: later } = await openBuffer({ clock }, store);
    const found = (await later.find("one")) as BufferedStream;
    expect([found.earliestId, (await readAll(found.read(7))).ids]).toEqual([8, "8-22"]);
    expect((await store.read("one", 0))?.firstId).toBe(8);
  });

  test("keeps the event that is larger than the bound", async () => {
    const { buffer } = await openBuffer({ maxStreamBytes: 1 });
    const writer = buffer.create("one", kept);
    writer.append([quarter(0), new Uint8Array(100 * kib).fill(1)]);
    expect([writer.earliestId, writer.nextId]).toEqual([1, 2]);
    expect((await writer.read(0).next())?.bytes.length).toBe(100 * kib);
  });
});

describe("when memory is short", () => {
  test("streams that have ended leave it first, the longest unread of them first, and are read from the store", async () => {
    const store = new MemoryStreamStore();
    const readIds: string[] = [];
    const { read } = store;
    store.read = (id, fromId) => {
      readIds.push(id);
      return read.call(store, id, fromId);
    };
    const { buffer, clock } = await openBuffer({ maxMemoryBytes: 600 * kib }, store);
    for (const id of ["a", "b", "c"]) {
      const writer = buffer.create(id, kept);
      for (let index = 0; index < 10; index += 1) writer.append([quarter(index)]);
      writer.seal("done");
    }
    await clock.pass(15);
    await buffer.find("a");
    expect(buffer.stats().streams).toBe(3);
    const open = buffer.create("open", kept);
    for (let index = 0; index < 8; index += 1) open.append([quarter(index)]);
    expect(buffer.stats().streams).toBe(3);
    expect(buffer.stats().memoryBytes).toBeLessThan(600 * kib);
    for (const id of ["a", "b", "c"]) {
      expect((await readAll(((await buffer.find(id)) as BufferedStream).read(2))).ids).toBe("3-9");
    }
    expect(new Set(readIds)).toEqual(new Set(["b"]));
    expect((await readAll(open.read(-1, { live: false }))).ids).toBe("0-7");
  });

  test("open streams keep their newest slab, and the rest is read from the store", async () => {
    const store = new MemoryStreamStore();
    let reads = 0;
    const { read } = store;
    store.read = (id, fromId) => {
      reads += 1;
      return read.call(store, id, fromId);
    };
    const { buffer, clock } = await openBuffer({ maxMemoryBytes: 200 * kib }, store);
    const writer = buffer.create("one", kept);
    for (let id = 0; id < 40; id += 1) {
      writer.append([quarter(id)]);
      await clock.pass(15);
    }
    expect(buffer.stats().memoryBytes).toBeLessThan(200 * kib);
    expect(writer.earliestId).toBe(0);
    const reader = writer.read(-1, { live: false });
    const { text, ids } = await readAll(reader);
    expect([ids, text.length]).toEqual(["0-39", 40 * 16 * kib]);
    expect(reads).toBeGreaterThan(6);
    reads = 0;
    expect((await writer.read(37).next())?.count).toBe(2);
    expect(reads).toBe(0);
  });

  test("what no store has is given up: ended streams whole, then the oldest of the others", async () => {
    const { buffer } = await openBuffer({ maxMemoryBytes: 500 * kib });
    const memoryOnly = { retainMs: 60_000, durable: false };
    const ended = buffer.create("ended", memoryOnly);
    for (let id = 0; id < 10; id += 1) ended.append([quarter(id)]);
    ended.seal("done");
    const open = [buffer.create("a", memoryOnly), buffer.create("b", memoryOnly)];
    for (let id = 0; id < 16; id += 1) for (const writer of open) writer.append([quarter(id)]);
    expect(await buffer.find("ended")).toBe(null);
    for (let id = 16; id < 40; id += 1) for (const writer of open) writer.append([quarter(id)]);
    expect(buffer.stats().memoryBytes).toBeLessThan(500 * kib);
    for (const writer of open) {
      expect(writer.earliestId).toBeGreaterThan(12);
      expect((await readAll(writer.read(writer.earliestId - 1, { live: false }))).ids).toBe(`${writer.earliestId}-39`);
    }
  });

  test("memory returns to where it was", async () => {
    const { buffer, clock } = await openBuffer({}, new SqliteStreamStore(new DatabaseSync(":memory:")));
    for (let index = 0; index < 1_000; index += 1) {
      const writer = buffer.create(`${index}`, { retainMs: 1_000, durable: index % 2 === 0 });
      const readers = [writer.read(-1), writer.read(-1)];
      writer.append([quarter(1)]);
      await readers[0]?.next();
      readers[0]?.close();
      writer.seal("done");
    }
    expect(buffer.stats()).toMatchObject({ streams: 1_000, readers: 1_000 });
    await clock.pass(70_000);
    expect(buffer.stats()).toEqual({
      streams: 0,
      openStreams: 0,
      readers: 0,
      memoryBytes: 0,
      unwrittenStreams: 0,
      storeFailing: false,
    });
  });
});
