import { execFile } from "node:child_process";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type BufferedStream, MemoryStreamStore, type StreamStore } from "../src/index.ts";
import { SqliteStreamStore } from "../src/sqlite.ts";
import { bytesOf, codeOf, eventsOf, kept, openBuffer, readAll } from "./open-buffer.ts";

const dayMs = 24 * 3_600_000;

const stores: readonly [string, () => StreamStore][] = [
  ["memory", () => new MemoryStreamStore()],
  ["SQLite", () => new SqliteStreamStore(new DatabaseSync(":memory:"))],
];

describe.each(stores)("in %s", (_name, create) => {
  test("a stream is gone after its time, and found as expired for a day", async () => {
    const { buffer, clock, store } = await openBuffer({}, create());
    const writer = buffer.create("one", { ...kept, label: "mine", names: ["a"] });
    writer.append(eventsOf("ab"));
    await clock.pass(600_000);
    expect((await buffer.find("one"))?.state).toBe("open");
    writer.seal("done");
    await clock.pass(59_999);
    expect(await readAll(((await buffer.find("a")) as BufferedStream).read(-1))).toEqual({ text: "ab", ids: "0-1" });
    await clock.pass(1);
    const expired = (await buffer.find("a")) as BufferedStream;
    expect(expired).toMatchObject({ id: "one", state: "expired", nextId: 2, label: "mine" });
    expect(await codeOf(() => expired.read(-1))).toBe("expired");
    await clock.pass(5_000);
    expect(await store.read("one", 0)).toBe(null);
    expect(await buffer.find("one")).toMatchObject({ state: "expired", label: "mine" });
    expect(buffer.stats()).toMatchObject({ streams: 0, memoryBytes: 0 });
    clock.skip(dayMs - 10_001);
    await clock.pass(5_000);
    expect((await buffer.find("one"))?.state).toBe("expired");
    await clock.pass(5_000);
    expect([await buffer.find("one"), await buffer.find("a")]).toEqual([null, null]);
  });

  test("a reader of what only the store has is told when it expires", async () => {
    const { buffer, clock } = await openBuffer({ maxMemoryBytes: 1 }, create());
    const writer = buffer.create("one", kept);
    for (let count = 0; count < 3; count += 1) writer.append([new Uint8Array(60_000)]);
    writer.seal("done");
    const reader = writer.read(-1);
    await clock.pass(15);
    expect(buffer.stats().memoryBytes).toBeLessThan(60_000);
    expect((await reader.next())?.count).toBe(1);
    await clock.pass(60_000);
    expect(await codeOf(() => reader.next())).toBe("expired");
  });

  test("a stream that an earlier process interrupted expires too", async () => {
    const { buffer, clock, store } = await openBuffer({}, create());
    buffer.create("one", kept).append(eventsOf("ab"));
    await clock.pass(15);
    const { buffer: later } = await openBuffer({ clock }, store);
    await clock.pass(59_000);
    expect((await later.find("one"))?.state).toBe("interrupted");
    await clock.pass(1_000);
    expect((await later.find("one"))?.state).toBe("expired");
  });
});

describe("a stream in memory alone", () => {
  test("is gone at its end when it is not to be kept, but for those who read it", async () => {
    const { buffer } = await openBuffer();
    const writer = buffer.create("one", { retainMs: 0, durable: false, names: ["a"] });
    writer.append(eventsOf("ab"));
    const reader = writer.read(-1);
    writer.seal("done", bytesOf("!"));
    expect([await buffer.find("one"), await buffer.find("a")]).toEqual([null, null]);
    expect(buffer.stats()).toMatchObject({ streams: 1, readers: 1 });
    expect(await readAll(reader)).toEqual({ text: "ab!", ids: "0-2" });
    expect(buffer.stats()).toMatchObject({ streams: 0, memoryBytes: 0 });
    const unread = buffer.create("two", { retainMs: 0, durable: false });
    unread.append(eventsOf("ab"));
    unread.seal("done", bytesOf("!"));
    expect(buffer.stats()).toMatchObject({ streams: 0, memoryBytes: 0 });
  });

  test("leaves no trace after its time", async () => {
    const { buffer, clock } = await openBuffer();
    const writer = buffer.create("one", { retainMs: 1_000, durable: false });
    writer.append(eventsOf("ab"));
    writer.seal("done");
    await clock.pass(999);
    expect((await buffer.find("one"))?.state).toBe("done");
    await clock.pass(1);
    expect(await buffer.find("one")).toBe(null);
    await clock.pass(5_000);
    expect(buffer.stats()).toMatchObject({ streams: 0, memoryBytes: 0 });
  });

  test("never touches the store", async () => {
    const store = new MemoryStreamStore();
    const { write } = store;
    const seen: string[] = [];
    store.write = (epoch, batch) => {
      seen.push(...batch.records.map(({ id }) => id), ...batch.slabs.map(({ id }) => id));
      seen.push(...batch.pieces.map(({ id }) => id), ...batch.names.map(([name]) => name), ...batch.removed);
      return write.call(store, epoch, batch);
    };
    const { buffer, clock } = await openBuffer({}, store);
    const secret = buffer.create("secret", { retainMs: 1_000, durable: false, names: ["alias"] });
    const open = buffer.create("open", kept);
    for (const stream of [secret, open]) stream.append([new Uint8Array(100_000), bytesOf("a")]);
    await clock.pass(100);
    secret.seal("done");
    await buffer.remove("secret");
    await buffer.close();
    expect(new Set(seen)).toEqual(new Set(["open"]));
  });
});

test("no timer keeps a process alive", async () => {
  const program = `
    import { MemoryStreamStore, StreamBuffer } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)};
    const buffer = await StreamBuffer.open(new MemoryStreamStore(), { interruption: () => new Uint8Array(1) });
    buffer.create("one", { retainMs: 1_000, durable: true }).append([new Uint8Array(1)]);
    console.log(buffer.stats().unwrittenStreams);
  `;
  const child = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { timeout: 4_000 });
  expect(child.stdout).toBe("1\n");
});

test("there are two timers, however many streams", async () => {
  const { buffer, clock } = await openBuffer();
  for (let index = 0; index < 100; index += 1) {
    const writer = buffer.create(`${index}`, kept);
    writer.append(eventsOf("ab"));
    writer.read(-1);
    if (index % 2 === 0) writer.seal("done");
  }
  expect(clock.pending).toBe(2);
  await clock.pass(15);
  expect(clock.pending).toBe(1);
});
