import type { DatabaseSync } from "node:sqlite";
import type { KeyStore, StoredKey } from "./key-store.ts";

/** The table of {@link SqliteKeyStore}. */
export const keysSchema = `
  CREATE TABLE keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, organisation TEXT NOT NULL,
    project TEXT NOT NULL, metadata TEXT NOT NULL, models TEXT, created_at_ms INTEGER NOT NULL, expires_at_ms INTEGER,
    limits TEXT NOT NULL, on_disconnect TEXT
  ) STRICT`;

/** Client keys in a SQLite database; several processes may use the same file. */
export class SqliteKeyStore implements KeyStore {
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
