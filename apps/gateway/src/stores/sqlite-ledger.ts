import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Logger } from "pino";
import type { Operation } from "../operation.ts";
import type { KeyStore, StoredKey } from "./key-store.ts";
import { openDatabase } from "./open-database.ts";
import type { OperationStore } from "./operation-store.ts";
import { WriteBehind } from "./write-behind.ts";

const migrations = [
  `CREATE TABLE keys (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, organisation TEXT NOT NULL,
     project TEXT NOT NULL, metadata TEXT NOT NULL, models TEXT, created_at_ms INTEGER NOT NULL, expires_at_ms INTEGER,
     limits TEXT NOT NULL, on_disconnect TEXT
   ) STRICT;
   CREATE TABLE operations (
     id TEXT PRIMARY KEY, organisation TEXT NOT NULL, project TEXT NOT NULL, key_id TEXT NOT NULL, endpoint TEXT NOT NULL,
     model TEXT NOT NULL, state TEXT NOT NULL, created_at_ms INTEGER NOT NULL, duration_ms REAL, error_code TEXT,
     usage TEXT
   ) STRICT, WITHOUT ROWID`,
];

/** `ledger.db`: what must survive a power cut. */
export class SqliteLedger {
  readonly keys: KeyStore;
  readonly operations: SqliteOperationStore;
  /** Open until this is closed: the books are kept in it too. */
  readonly database: DatabaseSync;

  constructor(file: string, logger: Logger) {
    this.database = openDatabase(file, { synchronous: "FULL", migrations });
    this.keys = new SqliteKeyStore(this.database);
    this.operations = new SqliteOperationStore(this.database, logger);
  }

  async close(): Promise<void> {
    await this.operations.close();
    this.database.close();
  }
}

class SqliteKeyStore implements KeyStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async list(): Promise<readonly StoredKey[]> {
    const rows = this.#database.prepare("SELECT * FROM keys ORDER BY created_at_ms, id").all();
    return rows.map((row) => ({
      id: row.id as string,
      name: row.name as string,
      hash: row.hash as string,
      organisation: row.organisation as string,
      project: row.project as string,
      metadata: JSON.parse(row.metadata as string) as StoredKey["metadata"],
      models: row.models === null ? null : (JSON.parse(row.models as string) as string[]),
      limits: JSON.parse(row.limits as string) as StoredKey["limits"],
      onDisconnect: row.on_disconnect as string | null,
      createdAtMs: row.created_at_ms as number,
      expiresAtMs: row.expires_at_ms as number | null,
    }));
  }

  async insert(key: StoredKey): Promise<void> {
    this.#database
      .prepare("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .run(
        key.id,
        key.name,
        key.hash,
        key.organisation,
        key.project,
        JSON.stringify(key.metadata),
        key.models === null ? null : JSON.stringify(key.models),
        key.createdAtMs,
        key.expiresAtMs,
        JSON.stringify(key.limits),
        key.onDisconnect,
      );
  }

  async delete(id: string): Promise<boolean> {
    return this.#database.prepare("DELETE FROM keys WHERE id = ?").run(id).changes === 1;
  }

  async version(): Promise<number> {
    const row = this.#database.prepare("PRAGMA data_version").get() as { data_version: number };
    return row.data_version;
  }
}

const momentMs = 40;

class SqliteOperationStore implements OperationStore {
  readonly #database: DatabaseSync;
  readonly #upsert: StatementSync;
  readonly #queue: WriteBehind<Operation>;
  /** Running for less than a moment, oldest first. */
  readonly #young = new Set<Operation>();
  #timer: NodeJS.Timeout | null = null;

  constructor(database: DatabaseSync, logger: Logger) {
    this.#database = database;
    this.#upsert = database.prepare(
      `INSERT INTO operations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, duration_ms = excluded.duration_ms,
         error_code = excluded.error_code, usage = excluded.usage`,
    );
    this.#queue = new WriteBehind({ logger, write: async (operations) => this.#write(operations) });
  }

  opened(operation: Operation): void {
    this.#young.add(operation);
    this.#timer ??= setTimeout(() => this.#grow(), momentMs);
  }

  closed(operation: Operation): void {
    // A call that is over in a moment leaves nothing for a restart to pick up.
    if (!this.#young.delete(operation)) this.#queue.push(operation);
  }

  async interruptRunning(): Promise<number> {
    const { changes } = this.#database
      .prepare("UPDATE operations SET state = 'interrupted' WHERE state = 'running'")
      .run();
    return Number(changes);
  }

  flush(): Promise<void> {
    return this.#queue.flush();
  }

  close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const operation of this.#young) this.#queue.push(operation);
    this.#young.clear();
    return this.#queue.flush();
  }

  /** What has been running for a moment gets its row. */
  #grow(): void {
    this.#timer = null;
    for (const operation of this.#young) {
      if (operation.elapsedMs() < momentMs) break;
      this.#young.delete(operation);
      this.#queue.push(operation);
    }
    if (this.#young.size > 0) this.#timer = setTimeout(() => this.#grow(), momentMs);
  }

  #write(operations: readonly Operation[]): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const operation of operations) this.#upsert.run(...columnsOf(operation));
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

function columnsOf(operation: Operation): SQLInputValue[] {
  const tenant = operation.principal?.tenant;
  return [
    operation.id,
    tenant?.organisation ?? "",
    tenant?.project ?? "",
    tenant?.keyId ?? "",
    operation.endpoint,
    operation.model ?? "",
    operation.state,
    operation.startedAtMs,
    operation.durationMs,
    operation.error?.code ?? null,
    operation.usage === null ? null : JSON.stringify({ ...operation.usage, raw: undefined }),
  ];
}
