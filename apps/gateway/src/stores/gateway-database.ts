import type { DatabaseSync } from "node:sqlite";
import type { KeyStore } from "./key-store.ts";
import { openDatabase } from "./open-database.ts";
import { keysSchema, SqliteKeyStore } from "./sqlite-key-store.ts";

const migrations = [keysSchema];

/** `ledger.db`: what must survive a power cut. */
export class GatewayDatabase {
  readonly keys: KeyStore;
  /** Open until this is closed: the books are kept in it too. */
  readonly database: DatabaseSync;

  constructor(file: string) {
    this.database = openDatabase(file, { synchronous: "FULL", migrations });
    this.keys = new SqliteKeyStore(this.database);
  }

  close(): void {
    this.database.close();
  }
}
