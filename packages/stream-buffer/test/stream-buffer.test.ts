import { describe, expect, test } from "vitest";
import { type BufferedStream, MemoryStreamStore, type StreamReader } from "../src/index.ts";
import { bytesOf, codeOf, eventsOf, kept, openBuffer, readAll } from "./open-buffer.ts";

const nothingYet = Symbol();

/** What `next()` gives at once. */
async function now(reader: StreamReader): Promise<string | null | typeof nothingYet> {
  const run = await Promise.race([
    reader.next(),
    new Promise<typeof nothingYet>((resolve) => setImmediate(resolve, nothingYet)),
  ]);
  return typeof run === "symbol" || run === undefined ? nothingYet : run && new TextDecoder().decode(run.bytes);
}

describe("a stream", () => {
  test("is read while it is written, and after", async () => {
    const { buffer } = await openBuffer();
    const writer = buffer.create("one", { ...kept, label: "first" });
    const early = readAll(writer.read(-1));
    writer.append(eventsOf("ab"));
    writer.append(eventsOf("c"));
    await new Promise((resolve) => setImmediate(resolve));
    writer.append(eventsOf("d"));
    expect(writer.seal("done", bytesOf("!"), "second")).toBe(true);
    expect(await early).toEqual({ text: "abcd!", ids: "0-4" });
    const found = (await buffer.find("one")) as BufferedStream;
    expect(await readAll(found.read(1))).toEqual({ text: "cd!", ids: "2-4" });
    expect(found).toMatchObject({ id: "one", state: "done", nextId: 5, earliestId: 0, bytes: 5, label: "second" });
  });

  // Woken for nothing, a reader must not miss what comes while it goes back to wait.
  test.each([0, 1, 2, 3, 4])(
    "ends for a reader that was woken for nothing %i microtasks before",
    async (microtasks) => {
      const { buffer } = await openBuffer();
      const writer = buffer.create("one", kept);
      const next = writer.read(-1).next();
      await new Promise((resolve) => setImmediate(resolve));
      writer.append([]);
      for (let passed = 0; passed < microtasks; passed += 1) await null;
      writer.seal("done", bytesOf("!"));
      expect(await next).toMatchObject({ firstId: 0, count: 1 });
    },
  );

  test("keeps what it was given, not the arrays", async () => {
    const { buffer } = await openBuffer();
    const writer = buffer.create("one", kept);
    const event = bytesOf("a");
    writer.append([event]);
    event[0] = 0;
    writer.seal("done");
    expect(await readAll(writer.read(-1))).toEqual({ text: "a", ids: "0-0" });
  });

  test("ends once, and nothing follows", async () => {
    const { buffer } = await openBuffer();
    const writer = buffer.create("one", kept);
    writer.append(eventsOf("a"));
    expect([writer.seal("cancelled", bytesOf("!")), writer.seal("done", bytesOf("?"), "late")]).toEqual([true, false]);
    writer.append(eventsOf("b"));
    expect(await readAll(writer.read(-1))).toEqual({ text: "a!", ids: "0-1" });
    expect(writer).toMatchObject({ state: "cancelled", label: "", nextId: 2 });
  });

  test("may be empty", async () => {
    const { buffer, clock, store } = await openBuffer();
    const writer = buffer.create("one", kept);
    writer.seal("done");
    expect(await readAll(writer.read(-1))).toEqual({ text: "", ids: "" });
    await clock.pass(15);
    expect(await store.find("one")).toMatchObject({ state: "done", nextId: 0 });
    expect(buffer.stats().unwrittenStreams).toBe(0);
  });

  test("has an id of its own, and other names", async () => {
    const { buffer } = await openBuffer();
    const one = buffer.create("one", { ...kept, names: ["a", "b"] });
    expect(await codeOf(() => buffer.create("one", kept))).toBe("id_taken");
    const two = buffer.create("two", { ...kept, names: ["b"] });
    one.name("c");
    const found = await Promise.all(["a", "b", "c", "d"].map((name) => buffer.find(name)));
    expect(found.map((stream) => stream?.id)).toEqual(["one", "two", "one", undefined]);
    expect(two.id).toBe("two");
    const memoryOnly = { ...kept, durable: false };
    const three = buffer.create("three", { ...memoryOnly, names: ["shared"] });
    buffer.create("four", { ...memoryOnly, names: ["shared"] });
    await buffer.remove(three.id);
    expect((await buffer.find("shared"))?.id).toBe("four");
  });

  test("is found by id and name when only the store has it", async () => {
    const { buffer, store, clock } = await openBuffer();
    const writer = buffer.create("one", { ...kept, label: "mine", names: ["a"] });
    writer.append(eventsOf("abc"));
    writer.name("b");
    writer.seal("failed", bytesOf("!"));
    await buffer.close();
    const { buffer: later } = await openBuffer({ clock }, store);
    const [one, other] = await Promise.all([later.find("one"), later.find("a")]);
    expect(one).toBe(other);
    for (const name of ["one", "a", "b"]) {
      const found = (await later.find(name)) as BufferedStream;
      expect(found).toMatchObject({ id: "one", state: "failed", nextId: 4, bytes: 4, label: "mine" });
      expect(found.expiresAtMs).toBe((found.sealedAtMs as number) + 60_000);
      expect(await readAll(found.read(0))).toEqual({ text: "bc!", ids: "1-3" });
    }
    expect(later.stats().streams).toBe(1);
  });

  test("is removed with everything", async () => {
    const { buffer, store, clock } = await openBuffer();
    const open = buffer.create("one", { ...kept, names: ["a"] });
    open.append(eventsOf("ab"));
    await clock.pass(15);
    const reader = open.read(-1);
    await buffer.remove("one");
    expect(await readAll(reader)).toEqual({ text: "ab", ids: "0-1" });
    expect([await buffer.find("one"), await buffer.find("a"), await store.find("one")]).toEqual([null, null, null]);
    expect([open.state, open.seal("done")]).toEqual(["cancelled", false]);
    await buffer.remove("one");
    await clock.pass(1_000);
    expect(await store.find("one")).toBe(null);
    expect(buffer.stats()).toMatchObject({ streams: 0, memoryBytes: 0, unwrittenStreams: 0 });
  });
});

describe("a reader", () => {
  test("gets what is there from where it is on, and waits where nothing is", async () => {
    const { buffer } = await openBuffer();
    const writer = buffer.create("one", kept);
    const reader = writer.read(0);
    const waiting = reader.next();
    writer.append(eventsOf("a"));
    writer.append(eventsOf("b"));
    writer.append(eventsOf("c"));
    expect(await waiting).toEqual({ firstId: 1, count: 2, bytes: bytesOf("bc") });
    expect(await now(reader)).toBe(nothingYet);
  });

  test("at the end of an ended stream, or beyond, gets nothing", async () => {
    const { buffer } = await openBuffer();
    const writer = buffer.create("one", kept);
    writer.append(eventsOf("ab"));
    writer.seal("done");
    for (const afterId of [1, 2, 1_000]) expect(await writer.read(afterId).next()).toBe(null);
  });

  test("that is not live ends with what is there", async () => {
    const { buffer } = await openBuffer();
    const writer = buffer.create("one", kept);
    writer.append(eventsOf("ab"));
    const reader = writer.read(-1, { live: false });
    expect(await readAll(reader)).toEqual({ text: "ab", ids: "0-1" });
    writer.append(eventsOf("c"));
    expect(await reader.next()).toBe(null);
  });

  test("ends when it is closed, and rejects when its signal is aborted", async () => {
    const { buffer } = await openBuffer();
    const writer = buffer.create("one", kept);
    const counts: number[] = [];
    writer.onReaders((count) => counts.push(count));
    const closed = writer.read(-1);
    const waiting = closed.next();
    closed.close();
    expect(await waiting).toBe(null);
    expect(await closed.next()).toBe(null);
    const controller = new AbortController();
    const reason = new Error("gone");
    const aborted = writer.read(-1, { signal: controller.signal });
    const rejected = expect(aborted.next()).rejects.toBe(reason);
    controller.abort(reason);
    await rejected;
    expect(() => writer.read(-1, { signal: controller.signal })).toThrow(reason);
    expect([counts, writer.readers]).toEqual([[1, 0, 1, 0], 0]);
  });

  test("asks once at a time", async () => {
    const { buffer } = await openBuffer();
    const writer = buffer.create("one", kept);
    const reader = writer.read(-1);
    const waiting = reader.next();
    expect(await codeOf(() => reader.next())).toBe("reader_busy");
    writer.append(eventsOf("a"));
    expect((await waiting)?.count).toBe(1);
  });

  test("names an event that could be", async () => {
    const { buffer } = await openBuffer();
    const writer = buffer.create("one", kept);
    for (const afterId of [Number.NaN, -2, 0.5, 2 ** 53]) {
      expect(await codeOf(() => writer.read(afterId))).toBe("id_invalid");
    }
  });

  test("is one of 256 at most", async () => {
    const { buffer } = await openBuffer();
    const writer = buffer.create("one", kept);
    const readers = Array.from({ length: 256 }, () => writer.read(-1));
    expect(await codeOf(() => writer.read(-1))).toBe("too_many_readers");
    readers[7]?.close();
    expect(await codeOf(() => writer.read(-1))).toBe(null);
    const texts = [...readers.slice(0, 7), ...readers.slice(8)].map(readAll);
    writer.append(eventsOf("abc"));
    writer.seal("done");
    expect(new Set((await Promise.all(texts)).map(({ text }) => text))).toEqual(new Set(["abc"]));
    expect(writer.readers).toBe(1);
  });

  test("that takes nothing for a minute is dropped, and may come back", async () => {
    const { buffer, clock } = await openBuffer();
    const writer = buffer.create("one", kept);
    const [taker, waiter, sleeper] = [writer.read(-1), writer.read(-1), writer.read(-1)];
    writer.append(eventsOf("a"));
    expect([await now(waiter), await now(sleeper)]).toEqual(["a", "a"]);
    const waiting = waiter.next();
    await clock.pass(30_000);
    expect(await now(taker)).toBe("a");
    await clock.pass(29_999);
    expect(writer.readers).toBe(3);
    await clock.pass(1);
    expect(writer.readers).toBe(2);
    expect(await codeOf(() => sleeper.next())).toBe("stalled");
    writer.append(eventsOf("b"));
    expect([(await waiting)?.firstId, await now(taker), await now(writer.read(0))]).toEqual([1, "b", "b"]);
  });

  test("that is slow takes no memory, however much is written", async () => {
    const { buffer } = await openBuffer();
    const writer = buffer.create("one", kept);
    writer.append([new Uint8Array(1_000)]);
    const alone = buffer.stats().memoryBytes;
    const readers = Array.from({ length: 200 }, () => writer.read(-1));
    for (const reader of readers) await reader.next();
    expect(buffer.stats().memoryBytes).toBe(alone);
    for (let count = 0; count < 1_000; count += 1) writer.append([new Uint8Array(1_000)]);
    const { memoryBytes } = buffer.stats();
    expect(memoryBytes).toBeLessThan(1_001_000 * 1.1);
    for (const reader of readers) {
      const run = await reader.next();
      expect([run?.firstId, run && run.count > 60]).toEqual([1, true]);
    }
    expect(buffer.stats().memoryBytes).toBe(memoryBytes);
  });
});

describe("many streams", () => {
  test("are written 15 ms after the first change, in one batch", async () => {
    const store = new MemoryStreamStore();
    const { write } = store;
    const { buffer, clock } = await openBuffer({}, store);
    const batches: number[] = [];
    store.write = (epoch, batch) => {
      batches.push(batch.pieces.length + batch.slabs.length);
      return write.call(store, epoch, batch);
    };
    const writers = Array.from({ length: 100 }, (_, index) => buffer.create(`${index}`, kept));
    for (const writer of writers) writer.append(eventsOf("ab"));
    await clock.pass(14);
    expect(batches).toEqual([]);
    await clock.pass(1);
    expect(batches).toEqual([100]);
    for (const writer of writers.slice(0, 7)) writer.append(eventsOf("c"));
    for (const writer of writers.slice(5, 10)) writer.seal("done");
    await clock.pass(15);
    expect(batches).toEqual([100, 10]);
    await clock.pass(1_000);
    expect(batches.length).toBe(2);
  });

  test("of a few events each take little memory", async () => {
    const { buffer } = await openBuffer();
    for (let index = 0; index < 1_000; index += 1) {
      buffer.create(`${index}`, kept).append(Array.from({ length: 3 }, () => new Uint8Array(330)));
    }
    expect(buffer.stats().memoryBytes / 1_000).toBeLessThan(3_000);
  });
});

describe("a buffer that is closed", () => {
  test("has interrupted what was open and written everything", async () => {
    const store = new MemoryStreamStore();
    const { buffer, clock } = await openBuffer({}, store);
    const open = buffer.create("open", { ...kept, label: "x" });
    const ended = buffer.create("ended", kept);
    open.append(eventsOf("ab"));
    ended.append(eventsOf("c"));
    ended.seal("done");
    const reader = readAll(open.read(-1));
    await buffer.close();
    expect(await reader).toEqual({ text: "ab[open x interrupted 2]", ids: "0-2" });
    expect(await codeOf(() => buffer.create("two", { ...kept, durable: false }))).toBe("closed");
    expect(await codeOf(() => buffer.remove("ended"))).toBe("closed");
    expect(clock.pending).toBe(0);
    const { buffer: later } = await openBuffer({ clock }, store);
    const found = (await later.find("open")) as BufferedStream;
    expect(await readAll(found.read(-1))).toEqual({ text: "ab[open x interrupted 2]", ids: "0-2" });
    expect([found.state, (await later.find("ended"))?.state]).toEqual(["interrupted", "done"]);
  });
});
