import type { DatabaseSync, StatementSync } from "node:sqlite";

/** A statement that reads integers as `bigint`: numbers beyond 2^53 would be refused otherwise. */
export function prepareStatement(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  return statement;
}
