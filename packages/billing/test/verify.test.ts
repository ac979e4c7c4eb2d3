import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { accountsFor, creditAccount, Ledger, verify } from "../src/index.ts";
import { SqliteLedgerStore } from "../src/sqlite.ts";
import { temporaryFile } from "./temporary-file.ts";

const nowMs = Date.UTC(2026, 10, 29);

/** A ledger with a bit of everything. */
async function ledgerFile(): Promise<{ database: DatabaseSync; store: SqliteLedgerStore }> {
  const database = new DatabaseSync(temporaryFile("ledger.db"));
  const store = new SqliteLedgerStore(database);
  const ledger = new Ledger(store, { nowMs: () => nowMs });
  const account = creditAccount("one");
  const accounts = [account, ...accountsFor([{ name: "all", limitNanoUsd: 10_000n, per: "total" }], {}, nowMs)];
  await ledger.topUp({ id: "invoice", account, amountNanoUsd: 1_000n });
  for (const operationId of ["settled", "voided", "open"]) {
    await ledger.hold({ operationId, accounts, amountNanoUsd: 100n, expiresAtMs: nowMs + 1_000 });
  }
  const price = { priceRow: "m", lines: [], costNanoUsd: 130n };
  await ledger.settle({ operationId: "settled", provider: "acme", price });
  await ledger.void({ operationId: "voided" });
  return { database, store };
}

test("books in order have no problems", async () => {
  const { store } = await ledgerFile();
  expect(await verify(store, nowMs)).toEqual({ postings: 6, accounts: 9, openHolds: 1, overruns: 1, problems: [] });
});

test.each<[string, string, string[]]>([
  [
    "an account that somebody changed",
    "UPDATE ledger_accounts SET posted = posted + 1 WHERE id = 'credits/one'",
    ["account_differs credits/one", "book_unbalanced credits/one"],
  ],
  [
    "two accounts that somebody changed so that they balance",
    `UPDATE ledger_accounts SET posted = posted + 1 WHERE id = 'usage';
     UPDATE ledger_accounts SET posted = posted - 1 WHERE id = 'spend/usage/acme'`,
    ["account_differs usage", "account_differs spend/usage/acme"],
  ],
  [
    "a hold that somebody deleted",
    "DELETE FROM ledger_holds",
    ["hold_differs open", "held_differs credits/one", "held_differs limit/all/total/always/*"],
  ],
  [
    "a hold of an operation that is closed",
    `INSERT INTO ledger_holds SELECT seq, 100, NULL, ${nowMs}, '{}' FROM ledger_postings
     WHERE operation = 'settled' AND kind = 'hold'`,
    ["hold_differs settled", "held_differs credits/one", "held_differs limit/all/total/always/*"],
  ],
  [
    "a hold that somebody changed",
    "UPDATE ledger_holds SET held = 99",
    ["held_differs credits/one", "held_differs limit/all/total/always/*"],
  ],
  [
    "a settlement that is there twice",
    `DROP INDEX ledger_postings_step;
     INSERT INTO ledger_postings SELECT 7, operation, kind, step, at_ms, '[]', NULL FROM ledger_postings WHERE kind = 'void'`,
    ["closed_twice voided"],
  ],
  [
    "a cost that is not what was posted",
    `UPDATE ledger_postings SET settlement = replace(settlement, '"130"', '"131"')`,
    ["cost_differs settled"],
  ],
  [
    "a posting that is gone",
    "DELETE FROM ledger_postings WHERE kind = 'top-up'",
    ["posting_missing 6", "account_differs top-ups/credits/one", "account_differs credits/one"],
  ],
  ["a hold past its deadline", `UPDATE ledger_holds SET expires_at_ms = ${nowMs - 1}`, ["hold_overdue open"]],
])("finds %s", async (_name, tampering, expected) => {
  const { database, store } = await ledgerFile();
  database.exec(tampering);
  const { problems } = await verify(store, nowMs);
  expect(problems.map(({ code, subject }) => `${code} ${subject}`).sort()).toEqual(expected.sort());
});
