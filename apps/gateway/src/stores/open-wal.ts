import { DatabaseSync } from "node:sqlite";

const lockTimeoutMs = 5_000;
const pauseMs = 5;
const sqliteBusy = 5;

/**
 * Opens a SQLite file in WAL mode. Here and later, what others do to the file is waited for, up to 5 s.
 *
 * @throws what SQLite throws where it cannot be opened
 */
export function openWal(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: lockTimeoutMs });
  const giveUpAtMs = performance.now() + lockTimeoutMs;
  for (;;) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return database;
    } catch (error) {
      // Of several that switch a file at once SQLite refuses all but one, without a wait.
      const isBusy = (error as { readonly errcode?: number }).errcode === sqliteBusy;
      if (!isBusy || performance.now() > giveUpAtMs) {
        database.close();
        throw error;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}
