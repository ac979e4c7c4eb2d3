import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { type AccountNumbers, addHold, holdOf, postingOf } from "./ledger-rows.ts";
import type { OpenHold, OperationState } from "./ledger-store.ts";
import { prepareRows, type RowsStatement } from "./prepare-rows.ts";
import { prepareStatement } from "./prepare-statement.ts";

const maxKnown = 20_000;

/** The operations in the tables, and what is known of them: the open ones that were seen, and the closed ones of a transaction. */
export class SqliteOperations {
  readonly #accounts: AccountNumbers;
  readonly #find: RowsStatement;
  readonly #all: StatementSync;
  readonly #overdue: StatementSync;
  readonly #put: RowsStatement;
  readonly #delete: RowsStatement;
  readonly #open = new Map<string, OpenHold>();
  readonly #closed = new Map<string, OperationState>();

  constructor(database: DatabaseSync, accounts: AccountNumbers) {
    this.#accounts = accounts;
    this.#find = prepareRows(
      database,
      1,
      (ids) => `SELECT * FROM ledger_postings LEFT JOIN ledger_holds USING (seq)
        WHERE step IS NOT NULL AND operation IN (${ids}) ORDER BY operation, step`,
    );
    this.#all = prepareStatement(database, "SELECT * FROM ledger_holds JOIN ledger_postings USING (seq)");
    this.#overdue = prepareStatement(
      database,
      `SELECT operation FROM ledger_holds JOIN ledger_postings USING (seq)
       WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?`,
    );
    this.#put = prepareRows(
      database,
      5,
      (rows) => `INSERT INTO ledger_holds VALUES ${rows} ON CONFLICT (seq) DO UPDATE
        SET held = excluded.held, metered = excluded.metered, expires_at_ms = excluded.expires_at_ms`,
    );
    this.#delete = prepareRows(database, 1, (rows) => `DELETE FROM ledger_holds WHERE seq IN (${rows})`);
  }

  /** One that was looked up, or is open and known. */
  readonly get = (operationId: string): OperationState | null => {
    const hold = this.#open.get(operationId);
    return hold === undefined ? (this.#closed.get(operationId) ?? null) : { type: "open", hold };
  };

  /** Looks up all that a transaction is about, at once. */
  lookUp(operationIds: readonly string[]): void {
    this.#closed.clear();
    const unknown = operationIds.filter((id) => !this.#open.has(id));
    for (const row of this.#find.all(unknown)) {
      const id = row.operation as string;
      if (row.kind !== "hold") this.#closed.set(id, { type: "closed", posting: postingOf(row, this.#accounts) });
      else if (row.held !== null) this.#open.set(id, holdOf(row, this.#accounts));
    }
  }

  allOpen(): OpenHold[] {
    return this.#all.all().map((row) => holdOf(row, this.#accounts));
  }

  overdue(nowMs: number, limit: number): string[] {
    return this.#overdue.all(nowMs, limit).map(({ operation }) => operation as string);
  }

  write(changed: ReadonlyMap<string, OperationState>): void {
    const opened: SQLInputValue[] = [];
    const closed: SQLInputValue[] = [];
    for (const [id, operation] of changed) {
      if (operation.type === "open") {
        addHold(opened, operation.hold);
        this.#open.set(id, operation.hold);
        continue;
      }
      const hold = this.#open.get(id);
      if (hold === undefined) continue;
      closed.push(hold.seq);
      this.#open.delete(id);
    }
    this.#put.run(opened);
    this.#delete.run(closed);
    if (this.#open.size > maxKnown) this.#open.clear();
  }

  /** Others have written, or what was written here was undone. */
  forget(): void {
    this.#open.clear();
  }
}
