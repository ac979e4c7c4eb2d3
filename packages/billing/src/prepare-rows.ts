import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { Row } from "./ledger-rows.ts";
import { prepareStatement } from "./prepare-statement.ts";

/** A statement about any number of rows, whose values are given one row after another. */
export interface RowsStatement {
  run(values: readonly SQLInputValue[]): void;
  all(values: readonly SQLInputValue[]): Row[];
}

// One statement about many rows costs about half of what one for each does; a transaction of the gateway has 1 to 30.
const sizes = [64, 16, 4, 1];

/**
 * Prepares a statement for as many rows as it is given.
 *
 * @param width how many values a row has
 * @param sqlOf the statement, around the places of its rows: `(?,?),(?,?)`
 */
export function prepareRows(database: DatabaseSync, width: number, sqlOf: (places: string) => string): RowsStatement {
  const row = `(${Array(width).fill("?").join()})`;
  const statements = sizes.map((rows) => {
    return { length: rows * width, statement: prepareStatement(database, sqlOf(Array(rows).fill(row).join())) };
  });
  const each = (
    values: readonly SQLInputValue[],
    use: (part: SQLInputValue[], at: (typeof statements)[number]) => void,
  ) => {
    let done = 0;
    for (const at of statements) {
      for (; values.length - done >= at.length; done += at.length) use(values.slice(done, done + at.length), at);
    }
  };
  return {
    run: (values) => each(values, (part, { statement }) => void statement.run(...part)),
    all: (values) => {
      const found: Row[] = [];
      each(values, (part, { statement }) => void found.push(...statement.all(...part)));
      return found;
    },
  };
}
