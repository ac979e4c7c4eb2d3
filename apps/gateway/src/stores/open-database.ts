import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "./in-transaction.ts";
import { openWal } from "./open-wal.ts";

/**
 * Opens a SQLite file in WAL mode and brings its schema up to date. Several processes may do so at once: each waits up to 5 s for
 * the others.
 *
 * @param synchronous `FULL` survives a power cut, `NORMAL` survives the death of the process
 * @param migrations each runs once, in order; never change one that was released
 */
export function openDatabase(
  file: string,
  options: { readonly synchronous: "FULL" | "NORMAL"; readonly migrations: readonly string[] },
): DatabaseSync {
  const database = openWal(file);
  database.exec(`PRAGMA synchronous = ${options.synchronous}`);
  inTransaction(database, () => {
    const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
    for (const migration of options.migrations.slice(version)) database.exec(migration);
    if (version < options.migrations.length) database.exec(`PRAGMA user_version = ${options.migrations.length}`);
  });
  return database;
}
