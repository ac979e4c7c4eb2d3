import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { type AccountNumbers, balanceOf } from "./ledger-rows.ts";
import { type Balance, emptyBalance } from "./ledger-store.ts";
import { prepareRows, type RowsStatement } from "./prepare-rows.ts";
import { prepareStatement } from "./prepare-statement.ts";

interface KnownAccount {
  /** `null` for one that is not in the table. */
  readonly number: number | null;
  readonly balance: Balance;
}

// So that accounts of windows long past do not fill the memory.
const maxKnown = 20_000;

/** The table of accounts, and what was last read of it or written to it. */
export class SqliteAccounts implements AccountNumbers {
  readonly #find: StatementSync;
  readonly #findId: StatementSync;
  readonly #between: StatementSync;
  readonly #all: StatementSync;
  readonly #lastNumberOf: StatementSync;
  readonly #put: RowsStatement;
  readonly #known = new Map<string, KnownAccount>();
  /** Never changes, so that nothing others do has to be heard of. */
  readonly #ids = new Map<number, string>();
  /** `null` until it is read. */
  #lastNumber: number | null = null;

  constructor(database: DatabaseSync) {
    this.#find = prepareStatement(database, "SELECT number, posted, held FROM ledger_accounts WHERE id = ?");
    this.#findId = prepareStatement(database, "SELECT id FROM ledger_accounts WHERE number = ?");
    this.#between = prepareStatement(database, "SELECT * FROM ledger_accounts WHERE id >= ? AND id < ? ORDER BY id");
    this.#all = prepareStatement(database, "SELECT * FROM ledger_accounts");
    this.#lastNumberOf = prepareStatement(database, "SELECT max(number) AS number FROM ledger_accounts");
    this.#put = prepareRows(
      database,
      4,
      (rows) => `INSERT INTO ledger_accounts VALUES ${rows} ON CONFLICT (number) DO UPDATE
        SET posted = excluded.posted, held = excluded.held`,
    );
  }

  readonly balance = (account: string): Balance => this.#get(account).balance;

  readonly numberOf = (account: string): number => {
    const { number } = this.#get(account);
    if (number === null) throw new Error(`No account ${account}`);
    return number;
  };

  readonly accountOf = (number: number): string => {
    let id = this.#ids.get(number);
    if (id === undefined) {
      id = this.#findId.get(number)?.id as string;
      if (this.#ids.size > maxKnown) this.#ids.clear();
      this.#ids.set(number, id);
    }
    return id;
  };

  /** As they are in the table now, whoever wrote them. */
  read(account: string): Balance {
    const row = this.#find.get(account);
    return row === undefined ? emptyBalance : balanceOf(row);
  }

  under(prefix: string): Map<string, Balance> {
    // No id holds this character: the parts of an id are URI-encoded.
    const rows = this.#between.all(prefix, `${prefix}\u{10ffff}`);
    return new Map(rows.map((row) => [row.id as string, balanceOf(row)]));
  }

  all(): Map<string, Balance> {
    return new Map(this.#all.all().map((row) => [row.id as string, balanceOf(row)]));
  }

  write(balances: ReadonlyMap<string, Balance>): void {
    if (this.#known.size > maxKnown) this.#known.clear();
    const rows: SQLInputValue[] = [];
    for (const [account, balance] of balances) {
      const number = this.#get(account).number ?? this.#nextNumber();
      rows.push(number, account, balance.postedNanoUsd, balance.heldNanoUsd);
      this.#known.set(account, { number, balance });
    }
    this.#put.run(rows);
  }

  /** Others have written, or what was written here was undone. */
  forget(): void {
    this.#known.clear();
    this.#ids.clear();
    this.#lastNumber = null;
  }

  #nextNumber(): number {
    this.#lastNumber = (this.#lastNumber ?? Number(this.#lastNumberOf.get()?.number ?? 0)) + 1;
    return this.#lastNumber;
  }

  #get(account: string): KnownAccount {
    let known = this.#known.get(account);
    if (known === undefined) {
      const row = this.#find.get(account);
      known =
        row === undefined
          ? { number: null, balance: emptyBalance }
          : { number: Number(row.number), balance: balanceOf(row) };
      this.#known.set(account, known);
    }
    return known;
  }
}
