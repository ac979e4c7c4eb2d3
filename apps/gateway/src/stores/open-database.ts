import { DatabaseSync } from "node:sqlite";

/**
 * Opens a SQLite file in WAL mode and brings its schema up to date.
 *
 * @param synchronous `FULL` survives a power cut, `NORMAL` survives the death of the process
 * @param migrations each runs once, in order; never change one that was released
 */
export function openDatabase(
  file: string,
  options: { readonly synchronous: "FULL" | "NORMAL"; readonly migrations: readonly string[] },
): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.synchronous}; PRAGMA busy_timeout = 5000;`);
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  for (const [index, migration] of options.migrations.entries()) {
    if (index < version) continue;
    database.exec(`BEGIN IMMEDIATE; ${migration}; PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
  return database;
}
