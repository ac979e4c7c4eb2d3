import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { creditAccount, Ledger, usageOf, verify } from "../src/index.ts";
import { SqliteLedgerStore } from "../src/sqlite.ts";
import { whileWriting } from "./soak/kill-cycles.ts";
import { temporaryFile } from "./temporary-file.ts";

const account = creditAccount("one");
const price = { priceRow: "acme/m@2026-01-01", lines: [], costNanoUsd: 30n };

function holdOf(operationId: string, amountNanoUsd = 40n) {
  return { operationId, accounts: [account], amountNanoUsd, expiresAtMs: Date.now() + 60_000 };
}

describe("several connections to one file", () => {
  test("one waits for the transaction of another, and holds nobody up meanwhile", async () => {
    const file = temporaryFile("ledger.db");
    const store = new SqliteLedgerStore(file);
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    let applied = false;
    const asked = new Ledger(store).topUp({ id: "invoice", account, amountNanoUsd: 100n }).then(() => {
      applied = true;
    });
    // In this very thread: it could not end if the store waited here.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(applied).toBe(false);
    other.exec("COMMIT");
    await asked;
    expect(await new Ledger(store).largestHold([account])).toBe(100n);
    other.close();
    store.close();
  });

  test("of one process are not in each other's way, nor is who reads beside a transaction", async () => {
    const store = new SqliteLedgerStore(temporaryFile("ledger.db"));
    const topUp = (operationId: string) =>
      store.apply([
        { type: "top-up", operationId, account: account.account, amountNanoUsd: 100n, feeNanoUsd: 0n, atMs: 0 },
      ]);
    const [, books] = await Promise.all([topUp("one"), store.books(), topUp("two")]);
    expect(books.lastSeq).toBe(1);
    expect((await store.books()).lastSeq).toBe(2);
    store.close();
  });

  test("each sees what the others wrote", async () => {
    const file = temporaryFile("ledger.db");
    const [one, other] = [new SqliteLedgerStore(file), new SqliteLedgerStore(file)];
    const [ledger, same] = [new Ledger(one), new Ledger(other)];
    await ledger.topUp({ id: "invoice", account, amountNanoUsd: 100n });
    const granted = [];
    for (let index = 0; index < 4; index += 1) {
      granted.push(await (index % 2 === 0 ? ledger : same).hold(holdOf(`${index}`)));
    }
    expect(granted.map((result) => result.granted)).toEqual([true, true, false, false]);
    await same.settle({ operationId: "0", provider: "acme", price });
    expect(
      await ledger.settle({ operationId: "0", provider: "acme", price: { ...price, costNanoUsd: 1n } }),
    ).toMatchObject({
      costNanoUsd: 30n,
    });
    await ledger.void({ operationId: "1" });
    expect(await same.largestHold([account])).toBe(70n);
    one.close();
    other.close();
  });

  test("accounts that both are the first to book to stay apart", async () => {
    const file = temporaryFile("ledger.db");
    const [one, other] = [new SqliteLedgerStore(file), new SqliteLedgerStore(file)];
    const accounts = ["a", "b", "c", "d"].map(creditAccount);
    for (const [index, paidTo] of accounts.entries()) {
      const topUp = { id: `${index}`, account: paidTo, amountNanoUsd: 1n + BigInt(index) };
      await new Ledger(index % 2 === 0 ? one : other).topUp(topUp);
    }
    const balances = await one.balances(accounts.map(({ account: id }) => id));
    expect(balances.map(({ postedNanoUsd }) => postedNanoUsd)).toEqual([-1n, -2n, -3n, -4n]);
    expect((await verify(other, Date.now())).problems).toEqual([]);
    one.close();
    other.close();
  });

  // Statements are about 64, 16, 4 rows or one.
  test.each([1, 3, 5, 21, 85, 200])(
    "what %i callers hold at once, another connection finds and closes",
    async (count) => {
      const file = temporaryFile("ledger.db");
      const [one, other] = [new SqliteLedgerStore(file), new SqliteLedgerStore(file)];
      const [ledger, same] = [new Ledger(one), new Ledger(other)];
      const ids = Array.from({ length: count }, (_, index) => `${index}`);
      await ledger.topUp({ id: "invoice", account, amountNanoUsd: 10_000n });
      const dimensions = { metadata: { teamId: "t1" } };
      await Promise.all(ids.map((id) => ledger.hold({ ...holdOf(id), dimensions })));
      await Promise.all(ids.map((id) => same.extend({ ...holdOf(id), byNanoUsd: 1n })));
      await Promise.all(ids.map((id) => ledger.meter(id, 7n)));
      const { holds } = await other.books();
      const held = { accounts: [account.account], heldNanoUsd: 41n, meteredNanoUsd: 7n, dimensions };
      expect(holds).toMatchObject(ids.map((operationId) => ({ operationId, ...held })));
      const settle = (by: Ledger, id: string) => by.settle({ operationId: id, provider: "acme", price });
      const first = await Promise.all(ids.map((id) => settle(same, id)));
      expect(await Promise.all(ids.map((id) => settle(ledger, id)))).toEqual(first);
      const amounts = { costNanoUsd: 30n * BigInt(count), requests: count };
      const query = { groupBy: ["metadata.teamId" as const], fromMs: 0, toMs: Date.now() + 1 };
      expect(await usageOf(one, query)).toMatchObject([{ group: { "metadata.teamId": "t1" }, ...amounts }]);
      expect(await verify(one, Date.now())).toMatchObject({ postings: 1 + 3 * count, openHolds: 0, problems: [] });
      one.close();
      other.close();
    },
  );

  test("the books verify read-only beside a process that writes", { timeout: 60_000 }, async () => {
    const file = temporaryFile("ledger.db");
    await whileWriting(file, async () => {
      const store = new SqliteLedgerStore(file, { readOnly: true });
      // Until the books were looked at in ten states.
      const states = new Set<number>();
      while (states.size < 10) {
        // The writer's forgotten holds are due by and by, and expire a little later.
        const { postings, problems } = await verify(store, Date.now() - 60_000);
        expect(problems).toEqual([]);
        states.add(postings);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await expect(new Ledger(store).void({ operationId: "1" })).rejects.toMatchObject({ code: "unavailable" });
      store.close();
    });
  });

  test("what is written between two reads of the books is in none of them", async () => {
    const file = temporaryFile("ledger.db");
    const writer = new SqliteLedgerStore(file);
    await new Ledger(writer).topUp({ id: "invoice", account, amountNanoUsd: 100n });
    const database = new DatabaseSync(file);
    const prepare = database.prepare.bind(database);
    let written = 0;
    database.prepare = (sql) => {
      const statement = prepare(sql);
      const all = statement.all.bind(statement);
      const writeFirst = (): ReturnType<typeof all> => {
        written += 1;
        const topUp = {
          operationId: `invoice ${written}`,
          account: account.account,
          amountNanoUsd: 1n,
          feeNanoUsd: 0n,
        };
        void writer.apply([{ type: "top-up", ...topUp, atMs: 0 }]);
        return all();
      };
      return sql.endsWith("FROM ledger_accounts") ? Object.assign(statement, { all: writeFirst }) : statement;
    };
    const { problems } = await verify(new SqliteLedgerStore(database), Date.now());
    expect([written, problems]).toEqual([1, []]);
    writer.close();
    database.close();
  });

  test("tables of others may stand in the same file, and the database stays open", async () => {
    const database = new DatabaseSync(temporaryFile("own.db"));
    database.exec("CREATE TABLE keys (id TEXT) STRICT; PRAGMA user_version = 7");
    const store = new SqliteLedgerStore(database);
    await new Ledger(store).topUp({ id: "invoice", account, amountNanoUsd: 100n });
    store.close();
    const again = new SqliteLedgerStore(database);
    expect(await new Ledger(again).largestHold([account])).toBe(100n);
    expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 7 });
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    expect(tables.map(({ name }) => name)).toEqual(["keys", "ledger_accounts", "ledger_holds", "ledger_postings"]);
    expect(database.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    database.close();
  });
});

test("people find the entries in a view", async () => {
  const database = new DatabaseSync(temporaryFile("ledger.db"));
  const ledger = new Ledger(new SqliteLedgerStore(database), { nowMs: () => 1_000 });
  await ledger.topUp({ id: "invoice", account, amountNanoUsd: 2n ** 53n + 1n, feeNanoUsd: 5n });
  const statement = database.prepare("SELECT * FROM ledger_entries ORDER BY amount");
  statement.setReadBigInts(true);
  const row = { seq: 1n, operation: "invoice", at_ms: 1_000n, account: "credits/one" };
  expect(statement.all()).toEqual([
    { ...row, kind: "top-up", counter_account: "top-ups/credits/one", amount: -(2n ** 53n) - 1n },
    { ...row, kind: "fee", counter_account: "fees/credits/one", amount: 5n },
  ]);
  database.close();
});

describe("fails closed", () => {
  test("a write that fails takes the rest of its batch back", async () => {
    const database = new DatabaseSync(temporaryFile("ledger.db"));
    const store = new SqliteLedgerStore(database);
    const ledger = new Ledger(store);
    await ledger.topUp({ id: "invoice", account, amountNanoUsd: 100n });
    database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON ledger_postings WHEN NEW.operation = 'bad'
      BEGIN SELECT RAISE(ABORT, 'refused'); END`);
    const asked = await Promise.allSettled([ledger.hold(holdOf("good")), ledger.hold(holdOf("bad"))]);
    expect(asked).toMatchObject([{ reason: { code: "unavailable" } }, { reason: { code: "unavailable" } }]);
    expect(await ledger.largestHold([account])).toBe(100n);
    expect((await ledger.hold(holdOf("good"))).granted).toBe(true);
    expect((await verify(store, Date.now())).problems).toEqual([]);
    database.close();
  });

  test("a full disk refuses all of a batch, and nothing of it is done", async () => {
    const database = new DatabaseSync(temporaryFile("ledger.db"));
    const store = new SqliteLedgerStore(database);
    const ledger = new Ledger(store);
    await ledger.topUp({ id: "invoice", account, amountNanoUsd: 10n ** 9n });
    const { page_count: pages } = database.prepare("PRAGMA page_count").get() as { page_count: number };
    database.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const acknowledged = new Set<string>();
    const codes = new Set<unknown>();
    for (let round = 0; round < 20; round += 1) {
      const asked = Array.from({ length: 20 }, (_, index) => `${round}-${index}`).map((id) =>
        ledger.hold(holdOf(id)).then(
          () => acknowledged.add(id),
          (error: { code: unknown }) => codes.add(error.code),
        ),
      );
      await Promise.all(asked);
    }
    expect([...codes]).toEqual(["unavailable"]);
    const held = async () => new Set((await store.books()).holds.map(({ operationId }) => operationId));
    expect(await held()).toEqual(acknowledged);
    expect((await verify(store, Date.now())).problems).toEqual([]);

    database.exec("PRAGMA max_page_count = 1000000");
    expect((await ledger.hold(holdOf("after"))).granted).toBe(true);
    expect(await held()).toEqual(acknowledged.add("after"));
    expect((await verify(store, Date.now())).problems).toEqual([]);
    database.close();
  });

  test("an operation is opened once, even where its hold was taken out of the tables", async () => {
    const database = new DatabaseSync(temporaryFile("ledger.db"));
    const ledger = new Ledger(new SqliteLedgerStore(database));
    await ledger.topUp({ id: "invoice", account, amountNanoUsd: 100n });
    await ledger.hold(holdOf("one"));
    database.exec("DELETE FROM ledger_holds");
    const again = new Ledger(new SqliteLedgerStore(database));
    await expect(again.hold(holdOf("one"))).rejects.toMatchObject({ code: "unavailable" });
    expect(await again.largestHold([account])).toBe(60n);
    database.close();
  });

  test("a transaction that its owner has open is left alone", async () => {
    const database = new DatabaseSync(temporaryFile("ledger.db"));
    database.exec("CREATE TABLE keys (id TEXT) STRICT");
    const ledger = new Ledger(new SqliteLedgerStore(database));
    database.exec("BEGIN; INSERT INTO keys VALUES ('one')");
    const topUp = { id: "invoice", account, amountNanoUsd: 100n };
    await expect(ledger.topUp(topUp)).rejects.toMatchObject({ code: "unavailable" });
    database.exec("COMMIT");
    expect(database.prepare("SELECT * FROM keys").all()).toEqual([{ id: "one" }]);
    await ledger.topUp(topUp);
    expect(await ledger.largestHold([account])).toBe(100n);
    database.close();
  });

  test("a file that is no ledger, or none at all, has a code", async () => {
    const failure = (create: () => unknown): unknown => {
      try {
        return create();
      } catch (error) {
        return (error as { code: unknown }).code;
      }
    };
    expect(failure(() => new SqliteLedgerStore(temporaryFile("none.db"), { readOnly: true }))).toBe("unavailable");
    const store = new SqliteLedgerStore(temporaryFile("ledger.db"));
    const ledger = new Ledger(store);
    store.close();
    const calls: (() => Promise<unknown>)[] = [
      () => ledger.hold(holdOf("one")),
      () => ledger.settle({ operationId: "one", provider: "acme", price }),
      () => ledger.largestHold([account]),
      () => ledger.expireOverdue(),
      () => verify(store, 0),
      () => usageOf(store, { groupBy: [], fromMs: 0, toMs: 1 }),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "unavailable" });
  });
});
