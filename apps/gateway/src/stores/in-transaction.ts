import type { DatabaseSync } from "node:sqlite";

/**
 * Does some work as one write to a database, or leaves it as it was.
 *
 * @throws what the work throws, and what SQLite throws where it cannot write
 */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // Where the disk is full, SQLite has ended it already: to do so again would throw, and hide why.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
