import { hash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BufferedStream, MemoryStreamStore, type StreamStore } from "../src/index.ts";
import { SqliteStreamStore } from "../src/sqlite.ts";
import { kept, openBuffer } from "./open-buffer.ts";

/** What happens to a stream, in any order. */
type Step =
  | { readonly type: "append"; readonly sizes: readonly number[] }
  | { readonly type: "read"; readonly reader: number }
  | { readonly type: "reconnect"; readonly reader: number }
  | { readonly type: "pass"; readonly ms: number };

const readerCount = 3;
const size = fc.oneof(
  { weight: 8, arbitrary: fc.nat(400) },
  { weight: 2, arbitrary: fc.integer({ min: 10_000, max: 30_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 65_530, max: 70_000 }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant("append" as const), sizes: fc.array(size, { maxLength: 6 }) }),
  fc.record({ type: fc.constantFrom("read", "reconnect"), reader: fc.nat(readerCount - 1) }),
  fc.record({ type: fc.constant("pass" as const), ms: fc.constantFrom(1, 15, 100) }),
);

const stores: readonly [string, () => StreamStore][] = [
  ["memory", () => new MemoryStreamStore()],
  ["SQLite", () => new SqliteStreamStore(new DatabaseSync(":memory:"), { maxJournalBytes: 50_000 })],
];

describe.each(stores)("with a store in %s", (_name, create) => {
  test.each([true, false])(
    "readers that are cut anywhere see the same bytes, each event once (memory short: %s)",
    async (short) => {
      const steps = fc.array(step, { maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(steps, fc.array(fc.nat(10_000), { maxLength: 4 }), async (happening, cuts) => {
          const { buffer, clock, store } = await openBuffer(short ? { maxMemoryBytes: 1 } : {}, create());
          const writer = buffer.create("one", kept);
          const written: Uint8Array[] = [];
          const collectors = Array.from({ length: readerCount }, () => new Collector(writer));
          for (const one of happening) {
            if (one.type === "pass") await clock.pass(one.ms);
            else if (one.type === "read") await collectors[one.reader]?.take();
            else if (one.type === "reconnect") collectors[one.reader]?.reconnect();
            else {
              for (const bytes of one.sizes) {
                const event = new Uint8Array(bytes).fill(written.length % 251);
                written.push(event);
                writer.append([event]);
              }
            }
          }
          writer.seal("done");
          const whole = Buffer.concat(written);
          for (const collector of collectors) expect(await collector.finish()).toEqual([sha256(whole), written.length]);
          await clock.pass(15);
          const { buffer: later } = await openBuffer({ clock }, store);
          const found = (await later.find("one")) as BufferedStream;
          for (const cut of [0, ...cuts]) {
            const id = cut % (written.length + 1);
            const rest = Buffer.concat(written.slice(id));
            for (const stream of [writer, found]) {
              const collector = new Collector(stream, id);
              expect(await collector.finish()).toEqual([sha256(rest), written.length]);
            }
          }
        }),
        { numRuns: 200 },
      );
    },
  );
});

function sha256(bytes: Uint8Array): string {
  return hash("sha256", bytes);
}

/** A client that reads on where it was cut. */
class Collector {
  readonly #stream: BufferedStream;
  readonly #runs: Uint8Array[] = [];
  #nextId: number;
  #reader: ReturnType<BufferedStream["read"]>;

  constructor(stream: BufferedStream, nextId = 0) {
    this.#stream = stream;
    this.#nextId = nextId;
    this.#reader = stream.read(nextId - 1);
  }

  reconnect(): void {
    this.#reader.close();
    this.#reader = this.#stream.read(this.#nextId - 1);
  }

  /** One run, unless it would have to wait for it. @returns whether there was one */
  async take(): Promise<boolean> {
    if (this.#stream.state === "open" && this.#nextId >= this.#stream.nextId) return false;
    const run = await this.#reader.next();
    if (run === null) return false;
    expect(run.firstId).toBe(this.#nextId);
    this.#nextId += run.count;
    this.#runs.push(run.bytes);
    return true;
  }

  /** @returns the hash of all bytes, and the id after the last event */
  async finish(): Promise<[string, number]> {
    while (await this.take());
    return [sha256(Buffer.concat(this.#runs)), this.#nextId];
  }
}
