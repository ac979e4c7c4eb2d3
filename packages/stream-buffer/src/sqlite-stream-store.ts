import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { slabBytes } from "./slab.ts";
import { partFrom, type StoredPart, slabsOf } from "./stored-part.ts";
import { StreamBufferError } from "./stream-buffer-error.ts";
import type { StreamBatch, StreamPart, StreamRecord, StreamStore } from "./stream-store.ts";

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS epoch (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS streams (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, label TEXT NOT NULL, retain_ms REAL NOT NULL, created_at_ms REAL NOT NULL,
    sealed_at_ms REAL, expires_at_ms REAL, next_id INTEGER NOT NULL, earliest_id INTEGER NOT NULL, bytes INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS streams_by_expiry ON streams (state = 'expired', expires_at_ms);
  CREATE INDEX IF NOT EXISTS open_streams ON streams (id) WHERE state = 'open';
  CREATE TABLE IF NOT EXISTS names (name TEXT PRIMARY KEY, stream TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS names_by_stream ON names (stream);
  CREATE TABLE IF NOT EXISTS slabs (
    stream TEXT NOT NULL, last_id INTEGER NOT NULL, first_id INTEGER NOT NULL, ends BLOB NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (stream, last_id)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS journal (batch INTEGER PRIMARY KEY, pieces TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;
`;

// One row a batch costs a fraction of one row a stream. What is in the way of dropping the oldest rows beyond this size
// becomes slabs, a few streams at a time.
const maxJournalBytes = 32 * 1024 * 1024;
const settledAtOnce = 32;
const expiredAtOnce = 256;

/**
 * Streams in a SQLite database of their own. What is written survives the death of the process; a power cut may take the
 * last moments.
 *
 * The newest events of all streams go into a journal, one row a batch, and from there into slabs of about 64 KB.
 */
export class SqliteStreamStore implements StreamStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  /** The first batch in the journal that holds pieces of a stream; oldest first. */
  readonly #firstBatches = new Map<string, number>();
  readonly #maxJournalBytes: number;
  #journalBytes = 0;
  #lastBatch = 0;

  /** @param database stays the caller's to close */
  constructor(database: DatabaseSync, options: { readonly maxJournalBytes?: number } = {}) {
    this.#database = database;
    this.#maxJournalBytes = options.maxJournalBytes ?? maxJournalBytes;
    database.exec(schema);
    this.#statements = prepare(database);
  }

  async open(): Promise<{ readonly epoch: number; readonly unfinished: readonly StreamRecord[] }> {
    return this.#transaction(() => {
      const { number } = this.#statements.nextEpoch.get() as { number: number };
      this.#settleJournal();
      return { epoch: number, unfinished: this.#statements.unfinished.all().map(recordOf) };
    });
  }

  async write(epoch: number, batch: StreamBatch): Promise<readonly string[]> {
    const statements = this.#statements;
    const [oldestNeeded = this.#lastBatch + 1] = this.#firstBatches.values();
    const dropped = this.#transaction(() => {
      const { number } = statements.epoch.get() as { number: number };
      if (number !== epoch) throw new StreamBufferError("fenced", "The store has been opened since");
      for (const record of batch.records) {
        const { id, state, label, retainMs, createdAtMs, sealedAtMs, expiresAtMs, nextId, earliestId, bytes } = record;
        statements.putStream.run(
          ...[id, state, label, retainMs, createdAtMs, sealedAtMs, expiresAtMs, nextId, earliestId, bytes],
        );
        if (earliestId > 0) statements.dropBefore.run(id, earliestId);
      }
      for (const [name, id] of batch.names) statements.putName.run(name, id);
      for (const slab of batch.slabs) this.#putSlab(slab);
      if (batch.pieces.length > 0) {
        const index = batch.pieces.map(({ id, firstId, ends }) => [id, firstId, ...ends]);
        const bytes = Buffer.concat(batch.pieces.map((piece) => piece.bytes));
        statements.putBatch.run(this.#lastBatch + 1, JSON.stringify(index), bytes);
      }
      for (const id of batch.removed) this.#forget(id);
      return statements.dropBatches.all(oldestNeeded) as { length: number }[];
    });
    for (const { length } of dropped) this.#journalBytes -= length;
    this.#count(batch);
    if (this.#journalBytes <= this.#maxJournalBytes) return [];
    return [...this.#firstBatches.keys()].slice(0, settledAtOnce);
  }

  async find(idOrName: string): Promise<StreamRecord | null> {
    const row = this.#statements.stream.get(idOrName) ?? this.#statements.named.get(idOrName);
    return row === undefined ? null : recordOf(row);
  }

  async read(id: string, fromId: number): Promise<StoredPart | null> {
    const parts: StoredPart[] = [];
    let length = 0;
    for (const row of this.#statements.slabs.iterate(id, fromId)) {
      const part = partFrom(partOf(row), fromId);
      parts.push(part);
      length += part.bytes.length;
      // Where slabs are whole, one is enough.
      if (length > slabBytes / 2) break;
    }
    return slabsOf(parts)[0] ?? null;
  }

  async expire(nowMs: number, forgetMs: number): Promise<boolean> {
    const { expiring, forgettable, dropSlabs, setExpired } = this.#statements;
    const expired = expiring.all(nowMs, expiredAtOnce) as { id: string }[];
    const forgotten = forgettable.all(forgetMs, expiredAtOnce) as { id: string }[];
    if (expired.length + forgotten.length === 0) return false;
    this.#transaction(() => {
      for (const { id } of expired) {
        dropSlabs.run(id);
        setExpired.run(id);
      }
      for (const { id } of forgotten) this.#forget(id);
    });
    return expired.length === expiredAtOnce || forgotten.length === expiredAtOnce;
  }

  #putSlab({ id, firstId, ends, bytes }: StreamPart): void {
    this.#statements.dropFrom.run(id, firstId);
    const endsBytes = new Uint8Array(ends.buffer, ends.byteOffset, ends.byteLength);
    this.#statements.putSlab.run(id, firstId + ends.length - 1, firstId, endsBytes, bytes);
  }

  #forget(id: string): void {
    this.#statements.dropSlabs.run(id);
    this.#statements.dropNames.run(id);
    this.#statements.dropStream.run(id);
  }

  /** Counts a batch that is written: which of its streams have pieces in the journal, and since when. */
  #count(batch: StreamBatch): void {
    for (const { id } of batch.slabs) this.#firstBatches.delete(id);
    // Of a stream that has ended nothing is missing, even if all of it was lost.
    for (const { id, state } of batch.records) if (state !== "open") this.#firstBatches.delete(id);
    if (batch.pieces.length > 0) this.#lastBatch += 1;
    for (const { id, bytes } of batch.pieces) {
      if (!this.#firstBatches.has(id)) this.#firstBatches.set(id, this.#lastBatch);
      this.#journalBytes += bytes.length;
    }
  }

  /** Turns the journal that an earlier process left into slabs, and counts what its streams came to. */
  #settleJournal(): void {
    const found = new Map<string, StoredPart[]>();
    for (const row of this.#statements.journal.iterate()) {
      let start = 0;
      for (const [id, firstId, ...ends] of JSON.parse(row.pieces as string) as [string, number, ...number[]][]) {
        const end = start + (ends.at(-1) ?? 0);
        const bytes = (row.bytes as Uint8Array).subarray(start, end);
        start = end;
        const parts = found.get(id) ?? [];
        found.set(id, parts);
        parts.push({ firstId, ends: Int32Array.from(ends), bytes });
      }
    }
    for (const [id, pieces] of found) {
      const record = this.#statements.stream.get(id);
      if (record?.state !== "open") continue;
      const { next_id: storedId } = this.#statements.extent.get(id) as { next_id: number };
      const parts = pieces.filter(({ firstId }) => firstId >= Math.max(storedId, record.earliest_id as number));
      for (const slab of slabsOf(parts)) this.#putSlab({ id, ...slab });
    }
    for (const { id } of this.#statements.unfinished.all() as { id: string }[]) {
      const { next_id: nextId, bytes } = this.#statements.extent.get(id) as { next_id: number; bytes: number };
      this.#statements.setExtent.run(nextId, bytes, id);
    }
    this.#statements.dropBatches.all(Number.MAX_SAFE_INTEGER);
    this.#firstBatches.clear();
    this.#journalBytes = 0;
  }

  #transaction<Result>(run: () => Result): Result {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = run();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      // A full disk has rolled it back already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  const on = (sql: string): StatementSync => database.prepare(sql);
  return {
    epoch: on("SELECT number FROM epoch"),
    nextEpoch: on("INSERT INTO epoch VALUES (1, 1) ON CONFLICT DO UPDATE SET number = number + 1 RETURNING number"),
    stream: on("SELECT * FROM streams WHERE id = ?"),
    named: on("SELECT streams.* FROM names JOIN streams ON streams.id = names.stream WHERE names.name = ?"),
    unfinished: on("SELECT * FROM streams WHERE state = 'open'"),
    putStream: on("INSERT OR REPLACE INTO streams VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
    setExtent: on("UPDATE streams SET next_id = max(?, earliest_id), bytes = ? WHERE id = ?"),
    setExpired: on("UPDATE streams SET state = 'expired' WHERE id = ?"),
    dropStream: on("DELETE FROM streams WHERE id = ?"),
    expiring: on("SELECT id FROM streams WHERE (state = 'expired') = 0 AND expires_at_ms <= ? LIMIT ?"),
    forgettable: on("SELECT id FROM streams WHERE (state = 'expired') = 1 AND expires_at_ms <= ? LIMIT ?"),
    putName: on("INSERT OR REPLACE INTO names VALUES (?, ?)"),
    dropNames: on("DELETE FROM names WHERE stream = ?"),
    putSlab: on("INSERT INTO slabs VALUES (?, ?, ?, ?, ?)"),
    slabs: on("SELECT first_id, ends, bytes FROM slabs WHERE stream = ? AND last_id >= ? ORDER BY last_id"),
    extent: on(
      "SELECT ifnull(max(last_id) + 1, 0) AS next_id, ifnull(sum(length(bytes)), 0) AS bytes FROM slabs WHERE stream = ?",
    ),
    dropSlabs: on("DELETE FROM slabs WHERE stream = ?"),
    dropFrom: on("DELETE FROM slabs WHERE stream = ? AND last_id >= ?"),
    dropBefore: on("DELETE FROM slabs WHERE stream = ? AND last_id < ?"),
    journal: on("SELECT pieces, bytes FROM journal ORDER BY batch"),
    putBatch: on("INSERT INTO journal VALUES (?, ?, ?)"),
    dropBatches: on("DELETE FROM journal WHERE batch < ? RETURNING length(bytes) AS length"),
  };
}

function partOf(row: Record<string, SQLOutputValue>): StoredPart {
  const ends = row.ends as Uint8Array;
  return {
    firstId: row.first_id as number,
    ends: new Int32Array(ends.buffer, ends.byteOffset, ends.byteLength / 4),
    bytes: row.bytes as Uint8Array,
  };
}

function recordOf(row: Record<string, SQLOutputValue>): StreamRecord {
  return {
    id: row.id as string,
    state: row.state as StreamRecord["state"],
    label: row.label as string,
    retainMs: row.retain_ms as number,
    createdAtMs: row.created_at_ms as number,
    sealedAtMs: row.sealed_at_ms as number | null,
    expiresAtMs: row.expires_at_ms as number | null,
    nextId: row.next_id as number,
    earliestId: row.earliest_id as number,
    bytes: row.bytes as number,
  };
}
