import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { BufferedStream, StreamRecord } from "../src/index.ts";
import { SqliteStreamStore } from "../src/sqlite.ts";
import { bytesOf, kept, openBuffer, readAll } from "./open-buffer.ts";

const directory = mkdtempSync(join(tmpdir(), "gw-stream-buffer-"));
const databases: DatabaseSync[] = [];
afterAll(() => {
  for (const database of databases) database.close();
  rmSync(directory, { recursive: true });
});

let file: string;
beforeEach(() => {
  file = join(directory, `${databases.length}.db`);
});

function database(): DatabaseSync {
  const opened = new DatabaseSync(file);
  databases.push(opened);
  return opened;
}

function countOf(of: DatabaseSync, table: "journal" | "slabs"): number {
  return (of.prepare(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }).count;
}

/** A stream that ended while the store was out of order and memory short. */
const lostRecord: StreamRecord = {
  id: "one",
  state: "done",
  label: "",
  retainMs: 1,
  createdAtMs: 1,
  sealedAtMs: 2,
  expiresAtMs: 3,
  nextId: 1,
  earliestId: 1,
  bytes: 200,
};

test("has what was added before an event that a late timer would keep readers ahead with", async () => {
  const opened = database();
  const { buffer, clock } = await openBuffer({}, new SqliteStreamStore(opened));
  const writer = buffer.create("one", kept);
  writer.append([bytesOf("a")]);
  // The process is busy: its timers do not run.
  clock.skip(20);
  writer.append([bytesOf("b")]);
  expect(countOf(opened, "journal")).toBe(0);
  clock.skip(20);
  writer.append([bytesOf("c")]);
  // At once, before anybody could have been sent the new one.
  expect(countOf(opened, "journal")).toBe(1);
  clock.skip(20);
  writer.append([bytesOf("d")]);
  expect(countOf(opened, "journal")).toBe(1);
});

describe("SqliteStreamStore", () => {
  test("keeps streams in the file for who opens it next", async () => {
    const { buffer, clock } = await openBuffer({}, new SqliteStreamStore(database()));
    const open = buffer.create("open", { ...kept, label: "x", names: ["alias"] });
    for (let id = 0; id < 100; id += 1) {
      open.append([bytesOf(`<${id}>`), new Uint8Array(1_000).fill(46)]);
      await clock.pass(15);
    }
    const { buffer: later } = await openBuffer({ clock }, new SqliteStreamStore(database()));
    const found = (await later.find("alias")) as BufferedStream;
    const { text, ids } = await readAll(found.read(-1));
    expect(ids).toBe("0-199 1000200-1000200");
    expect(text.replaceAll(".", "")).toBe(
      `${Array.from({ length: 100 }, (_, id) => `<${id}>`).join("")}[open x interrupted 1000200]`,
    );
    expect(found.bytes).toBe(text.length);
  });

  test("has no journal left of what is in slabs", async () => {
    const of = database();
    const { buffer, clock } = await openBuffer({}, new SqliteStreamStore(of));
    const writers = ["a", "b", "c"].map((id) => buffer.create(id, kept));
    for (let count = 0; count < 20; count += 1) {
      for (const writer of writers) writer.append([new Uint8Array(10_000)]);
      await clock.pass(15);
    }
    expect(countOf(of, "slabs")).toBe(9);
    expect(countOf(of, "journal")).toBeLessThanOrEqual(3);
    for (const writer of writers) writer.seal("done");
    await clock.pass(15);
    buffer.create("d", kept);
    await clock.pass(15);
    expect([countOf(of, "slabs"), countOf(of, "journal")]).toEqual([12, 0]);
  });

  test("lets no quiet stream keep the journal from being trimmed", async () => {
    const of = database();
    const store = new SqliteStreamStore(of, { maxJournalBytes: 100_000 });
    const { write } = store;
    let askedForAtOnce = 0;
    store.write = async (epoch, batch) => {
      const wanted = await write.call(store, epoch, batch);
      askedForAtOnce = Math.max(askedForAtOnce, wanted.length);
      return wanted;
    };
    const { buffer, clock } = await openBuffer({ maxMemoryBytes: 1 }, store);
    const quiet = Array.from({ length: 50 }, (_, index) => buffer.create(`${index}`, kept));
    for (const writer of quiet) writer.append([bytesOf("a")]);
    const busy = buffer.create("busy", kept);
    for (let count = 0; count < 100; count += 1) {
      busy.append([new Uint8Array(10_000)]);
      await clock.pass(15);
    }
    expect(countOf(of, "journal")).toBeLessThan(15);
    expect(askedForAtOnce).toBe(32);
    const slabCount = countOf(of, "slabs");
    for (const writer of quiet) {
      writer.append([bytesOf("b")]);
      await clock.pass(15);
    }
    expect(countOf(of, "slabs")).toBe(slabCount);
    const { buffer: later } = await openBuffer({ clock }, new SqliteStreamStore(database()));
    for (const { id } of quiet) {
      const found = (await later.find(id)) as BufferedStream;
      expect((await readAll(found.read(-1))).text).toBe(`ab[${id}  interrupted 1000002]`);
    }
    expect((await readAll(((await later.find("busy")) as BufferedStream).read(-1))).ids).toBe("0-99 1000100-1000100");
  });

  test("writes all of a batch or nothing", async () => {
    const of = database();
    const store = new SqliteStreamStore(of);
    const { epoch } = await store.open();
    const { page_count: pages } = of.prepare("PRAGMA page_count").get() as { page_count: number };
    of.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const slabs = [{ id: "one", firstId: 0, ends: Int32Array.of(60_000), bytes: new Uint8Array(60_000) }];
    const batch = { records: [lostRecord], names: [["alias", "one"] as const], pieces: [], slabs, removed: [] };
    await expect(store.write(epoch, batch)).rejects.toMatchObject({ errcode: 13 });
    expect([await store.find("one"), of.isTransaction]).toEqual([null, false]);
    await store.write(epoch, { ...batch, slabs: [] });
    expect(await store.find("alias")).toEqual(lostRecord);
  });

  test("asks for no slab of a stream that has ended", async () => {
    const store = new SqliteStreamStore(database(), { maxJournalBytes: 100 });
    const { epoch } = await store.open();
    const none = { records: [], names: [], pieces: [], slabs: [], removed: [] };
    const record = {
      ...lostRecord,
      state: "open",
      sealedAtMs: null,
      expiresAtMs: null,
      nextId: 0,
      earliestId: 0,
    } as const;
    const pieces = [{ id: "one", firstId: 0, ends: Int32Array.of(200), bytes: new Uint8Array(200) }];
    expect(await store.write(epoch, { ...none, records: [record], pieces })).toEqual(["one"]);
    expect(await store.write(epoch, none)).toEqual(["one"]);
    expect(await store.write(epoch, { ...none, records: [lostRecord] })).toEqual([]);
  });

  test("reads small slabs together", async () => {
    const store = new SqliteStreamStore(database());
    const { epoch } = await store.open();
    const slabs = Array.from({ length: 100 }, (_, index) => ({
      id: "one",
      firstId: index * 2,
      ends: Int32Array.of(500, 1_000),
      bytes: new Uint8Array(1_000).fill(index),
    }));
    await store.write(epoch, { records: [], names: [], pieces: [], slabs, removed: [] });
    const part = await store.read("one", 7);
    expect([part?.firstId, part?.ends[0], part?.ends[1], part?.bytes[0], part?.bytes[500]]).toEqual([
      7, 500, 1_000, 3, 4,
    ]);
    expect(part?.bytes.length).toBeGreaterThan(30_000);
    expect(part?.bytes.length).toBeLessThanOrEqual(65_536);
    const large = [30_000, 60_000].map((length, firstId) => ({
      id: "two",
      firstId,
      ends: Int32Array.of(length),
      bytes: new Uint8Array(length),
    }));
    await store.write(epoch, { records: [], names: [], pieces: [], slabs: large, removed: [] });
    expect((await store.read("two", 0))?.bytes.length).toBe(30_000);
  });

  test("expires a great many in little time, a few hundred at once", async () => {
    const of = database();
    const { buffer, clock } = await openBuffer({}, new SqliteStreamStore(of));
    for (let index = 0; index < 1_000; index += 1) {
      const writer = buffer.create(`${index}`, { ...kept, retainMs: 1_000 });
      writer.append([bytesOf("a")]);
      writer.seal("done");
    }
    await clock.pass(4_999);
    expect(countOf(of, "slabs")).toBe(1_000);
    await clock.pass(1);
    expect(countOf(of, "slabs")).toBe(744);
    await clock.pass(150);
    expect(countOf(of, "slabs")).toBe(0);
  });

  test("is quick to find what has expired", () => {
    const of = database();
    new SqliteStreamStore(of);
    for (const expired of [0, 1]) {
      const sql = `EXPLAIN QUERY PLAN SELECT id FROM streams WHERE (state = 'expired') = ${expired} AND expires_at_ms <= 1`;
      expect(of.prepare(sql).all()).toMatchObject([{ detail: expect.stringContaining("SEARCH streams USING INDEX") }]);
    }
  });
});
