/**
 * What it costs to keep a stream and to read it again: `node --conditions=@gw/source bench/resume.ts`. Medians of rounds, on one
 * core that does nothing else, without the socket that would carry it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type BufferedStream, StreamBuffer } from "@gw/stream-buffer";
import { SqliteStreamStore } from "@gw/stream-buffer/sqlite";

const rounds = 51;
const eventCount = 10_000;
const eventBytes = 190;
const event = new Uint8Array(eventBytes).fill(97);
const kept = { retainMs: 600_000, durable: true };
const directory = mkdtempSync(join(tmpdir(), "gw-bench-"));
const database = new DatabaseSync(join(directory, "streams.db"));
const options = { interruption: () => new Uint8Array(1) };

let buffer = await StreamBuffer.open(new SqliteStreamStore(database), options);
const appendMicroseconds: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  const writer = buffer.create(`stream-${round}`, kept);
  const startedAtMs = performance.now();
  for (let count = 0; count < eventCount; count += 1) writer.append([event]);
  appendMicroseconds.push(((performance.now() - startedAtMs) * 1_000) / eventCount);
  writer.seal("done");
  await new Promise((resolve) => setTimeout(resolve, 20));
}
const memory = await resumed();
await buffer.close();
buffer = await StreamBuffer.open(new SqliteStreamStore(database), options);
const stored = await resumed();

console.log(`append, an event of ${eventBytes} bytes:                    ${median(appendMicroseconds).toFixed(2)} µs`);
console.log(
  `resume of 10,000 events from the middle, from memory: ${memory.totalMs.toFixed(2)} ms (at most 5), first bytes after ${memory.firstMs.toFixed(3)} ms (at most 3)`,
);
console.log(
  `the same from SQLite:                                 ${stored.totalMs.toFixed(2)} ms (at most 8), first bytes after ${stored.firstMs.toFixed(3)} ms (at most 3)`,
);
await buffer.close();
database.close();
rmSync(directory, { recursive: true });

/** Reads the second half of each stream once. */
async function resumed(): Promise<{ readonly totalMs: number; readonly firstMs: number }> {
  const totals: number[] = [];
  const firsts: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAtMs = performance.now();
    const stream = (await buffer.find(`stream-${round}`)) as BufferedStream;
    const reader = stream.read(eventCount / 2 - 1);
    let [first, bytes] = [0, 0];
    for (let run = await reader.next(); run !== null; run = await reader.next()) {
      if (bytes === 0) first = performance.now() - startedAtMs;
      bytes += run.bytes.length;
    }
    totals.push(performance.now() - startedAtMs);
    firsts.push(first);
    if (bytes !== (eventCount / 2) * eventBytes) throw new Error("It did not read everything");
  }
  return { totalMs: median(totals), firstMs: median(firsts) };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
