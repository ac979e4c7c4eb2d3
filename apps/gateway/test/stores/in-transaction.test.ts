import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { inTransaction } from "../../src/stores/in-transaction.ts";

function counters() {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE things (size BLOB) STRICT");
  const insert = database.prepare("INSERT INTO things VALUES (zeroblob(?))");
  const count = database.prepare("SELECT count(*) AS things FROM things");
  return { database, insert, count: () => count.get()?.things };
}

it("writes all of its work, or nothing where it throws, and the next can begin", () => {
  const { database, insert, count } = counters();
  expect(inTransaction(database, () => insert.run(1).changes)).toBe(1);
  const failure = new Error("not this one");
  const failing = (): void => {
    insert.run(1);
    throw failure;
  };
  expect(() => inTransaction(database, failing)).toThrow(failure);
  expect(count()).toBe(1);
  inTransaction(database, () => insert.run(1));
  expect(count()).toBe(2);
});

it("tells why where SQLite ended the transaction itself: no page is left", () => {
  const { database, insert, count } = counters();
  database.exec("PRAGMA max_page_count = 4");
  let found: unknown = null;
  try {
    inTransaction(database, () => insert.run(100_000));
  } catch (error) {
    found = error;
  }
  const sqliteFull = 13;
  expect(found).toMatchObject({ errcode: sqliteFull });
  expect([database.isTransaction, count()]).toEqual([false, 0]);
});
