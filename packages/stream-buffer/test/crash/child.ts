/**
 * Writes streams to the database named by its argument until it is killed, and says what it does, a line each:
 * `append <stream> <id> <ms>`, `deliver <stream> <id>`, `seal <stream> <ms>`, `alive <ms>`.
 */
import { writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StreamBuffer, type StreamWriter } from "../../src/index.ts";
import { SqliteStreamStore } from "../../src/sqlite.ts";
import { eventText, interruptionText } from "./event-text.ts";

const file = process.argv[2] as string;
const generation = process.argv[3] as string;
const openAtOnce = 6;
const encoder = new TextEncoder();
const store = new SqliteStreamStore(new DatabaseSync(file), { maxJournalBytes: 200_000 });
const buffer = await StreamBuffer.open(store, {
  interruption: ({ id, nextId }) => encoder.encode(interruptionText(id, nextId)),
});

const say = (...words: readonly (string | number)[]): void => {
  writeSync(1, `${words.join(" ")}\n`);
};
let created = 0;

function begin(): StreamWriter {
  const writer = buffer.create(`${generation}-${created}`, { retainMs: 3_600_000, durable: true });
  created += 1;
  void follow(writer);
  return writer;
}

async function follow(writer: StreamWriter): Promise<void> {
  const reader = writer.read(-1);
  for (let run = await reader.next(); run !== null; run = await reader.next()) {
    say("deliver", writer.id, run.firstId + run.count - 1);
  }
}

const writers = Array.from({ length: openAtOnce }, begin);
setInterval(() => {
  for (const [index, writer] of writers.entries()) {
    // The first one writes slab after slab, the last one hardly anything.
    const count = index === 0 ? 20 : Math.random() < 1 / index ? 1 : 0;
    for (let more = 0; more < count; more += 1) {
      const id = writer.nextId;
      writer.append([encoder.encode(eventText(writer.id, id))]);
      say("append", writer.id, id, Date.now());
    }
    if (index < 3 && Math.random() < 0.01) {
      writer.seal("done", encoder.encode(eventText(writer.id, writer.nextId)));
      say("seal", writer.id, Date.now());
      writers[index] = begin();
    }
  }
  say("alive", Date.now());
}, 2);
