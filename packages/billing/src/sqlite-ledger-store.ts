import { DatabaseSync } from "node:sqlite";
import { GatewayError } from "@gw/core";
import { applyCommands } from "./apply-commands.ts";
import type { LedgerCommand, LedgerOutcome } from "./ledger-command.ts";
import type { LedgerDraft, LedgerState } from "./ledger-draft.ts";
import { holdColumns, holdOf, ledgerSchema, postingColumns, postingOf, type Row } from "./ledger-rows.ts";
import type { Balance, Books, LedgerStore, OpenHold, OperationState, SettledRange } from "./ledger-store.ts";
import type { Posting } from "./posting.ts";
import { prepareStatement } from "./prepare-statement.ts";
import { SqliteAccounts } from "./sqlite-accounts.ts";

const maxKnownHolds = 20_000;

/**
 * A ledger in a SQLite file, durable against power cuts. Each `apply` is one transaction with one flush of the disk. Several
 * processes may write to the same file: each waits up to 5 s for the other's transaction to end.
 */
export class SqliteLedgerStore implements LedgerStore {
  readonly #database: DatabaseSync;
  readonly #owned: boolean;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #accounts: SqliteAccounts;
  readonly #holds = new Map<string, OpenHold>();
  #lastSeq: number | null = null;
  /** Of SQLite: another number means that somebody else has written. */
  #dataVersion: bigint | null = null;

  /**
   * @param source a file, or a database that stays open when this is closed; it is switched to WAL and `synchronous = FULL`,
   *   and while a transaction of its own is open, the ledger is `unavailable`
   * @throws {GatewayError} `unavailable`
   */
  constructor(source: string | DatabaseSync, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    this.#owned = typeof source === "string";
    try {
      this.#database = typeof source === "string" ? new DatabaseSync(source, { readOnly }) : source;
      this.#database.exec("PRAGMA busy_timeout = 5000");
      if (!readOnly) this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${ledgerSchema}`);
      this.#statements = prepareStatements(this.#database);
      this.#accounts = new SqliteAccounts(this.#database);
    } catch (error) {
      throw unavailable(error);
    }
  }

  async apply(commands: readonly LedgerCommand[]): Promise<readonly LedgerOutcome[]> {
    this.#run(() => this.#database.exec("BEGIN IMMEDIATE"));
    try {
      this.#forgetWhatOthersChanged();
      const { outcomes, draft } = applyCommands(this.#state(), commands);
      this.#write(draft);
      this.#database.exec("COMMIT");
      this.#remember(draft);
      return outcomes;
    } catch (error) {
      this.#forget();
      throw unavailable(error, this.#rollback());
    }
  }

  async balances(accounts: readonly string[]): Promise<readonly Balance[]> {
    return this.#run(() => accounts.map((account) => this.#accounts.read(account)));
  }

  async balancesUnder(prefix: string): Promise<ReadonlyMap<string, Balance>> {
    return this.#run(() => this.#accounts.under(prefix));
  }

  async overdue(nowMs: number, limit: number): Promise<readonly string[]> {
    return this.#run(() => this.#statements.overdue.all(nowMs, limit).map(({ operation }) => operation as string));
  }

  async books(): Promise<Books> {
    return this.#run(() => {
      this.#database.exec("BEGIN");
      try {
        return {
          lastSeq: Number(this.#statements.lastSeq.get()?.seq ?? 0),
          balances: this.#accounts.all(),
          holds: this.#statements.allHolds.all().map((row) => holdOf(row, this.#accounts)),
        };
      } finally {
        this.#database.exec("COMMIT");
      }
    });
  }

  async postings(afterSeq: number, limit: number): Promise<readonly Posting[]> {
    return this.#run(() => this.#statements.postings.all(afterSeq, limit).map((row) => this.#posting(row)));
  }

  async settled({ fromMs, toMs, after, limit }: SettledRange): Promise<readonly Posting[]> {
    const { atMs, seq } = after ?? { atMs: fromMs, seq: 0 };
    return this.#run(() => this.#statements.settled.all(atMs, seq, toMs, limit).map((row) => this.#posting(row)));
  }

  /** Lets go of the file, if it was opened here. What was applied is on the disk. */
  close(): void {
    if (this.#owned) this.#database.close();
  }

  #state(): LedgerState {
    this.#lastSeq ??= Number(this.#statements.lastSeq.get()?.seq ?? 0);
    return {
      lastSeq: this.#lastSeq,
      balance: this.#accounts.balance,
      operation: (id) => this.#operation(id),
    };
  }

  #operation(operationId: string): OperationState | null {
    const known = this.#holds.get(operationId);
    if (known !== undefined) return { type: "open", hold: known };
    const hold = this.#statements.hold.get(operationId);
    if (hold !== undefined) return { type: "open", hold: holdOf(hold, this.#accounts) };
    const posting = this.#statements.newestStep.get(operationId);
    return posting === undefined ? null : { type: "closed", posting: this.#posting(posting) };
  }

  #posting(row: Row): Posting {
    return postingOf(row, this.#accounts);
  }

  #write({ postings, balances, operations }: LedgerDraft): void {
    // First, so that new accounts have numbers.
    this.#accounts.write(balances);
    for (const posting of postings) this.#statements.insertPosting.run(...postingColumns(posting, this.#accounts));
    for (const [id, operation] of operations) {
      if (operation.type === "open") this.#statements.putHold.run(...holdColumns(operation.hold, this.#accounts));
      else this.#statements.deleteHold.run(id);
    }
  }

  #remember({ lastSeq, operations }: LedgerDraft): void {
    if (this.#holds.size > maxKnownHolds) this.#holds.clear();
    this.#lastSeq = lastSeq;
    for (const [id, operation] of operations) {
      if (operation.type === "open") this.#holds.set(id, operation.hold);
      else this.#holds.delete(id);
    }
  }

  #forgetWhatOthersChanged(): void {
    const version = this.#statements.dataVersion.get()?.data_version as bigint;
    if (version !== this.#dataVersion) this.#forget();
    this.#dataVersion = version;
  }

  #forget(): void {
    this.#lastSeq = null;
    this.#accounts.forget();
    this.#holds.clear();
  }

  /** @returns what went wrong, if something did; the database itself ends transactions that a full disk stopped. */
  #rollback(): unknown {
    try {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #run<Value>(run: () => Value): Value {
    try {
      return run();
    } catch (error) {
      throw unavailable(error);
    }
  }
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string) => prepareStatement(database, sql);
  return {
    dataVersion: prepare("PRAGMA data_version"),
    lastSeq: prepare("SELECT max(seq) AS seq FROM ledger_postings"),
    hold: prepare("SELECT * FROM ledger_holds WHERE operation = ?"),
    allHolds: prepare("SELECT * FROM ledger_holds"),
    overdue: prepare("SELECT operation FROM ledger_holds WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?"),
    newestStep: prepare(
      "SELECT * FROM ledger_postings WHERE operation = ? AND step IS NOT NULL ORDER BY step DESC LIMIT 1",
    ),
    postings: prepare("SELECT * FROM ledger_postings WHERE seq > ? ORDER BY seq LIMIT ?"),
    settled: prepare(
      `SELECT * FROM ledger_postings
       WHERE settlement IS NOT NULL AND (at_ms, seq) > (?, ?) AND at_ms < ? ORDER BY at_ms, seq LIMIT ?`,
    ),
    insertPosting: prepare("INSERT INTO ledger_postings VALUES (?, ?, ?, ?, ?, ?, ?)"),
    putHold: prepare(
      `INSERT INTO ledger_holds VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (operation) DO UPDATE SET held = excluded.held, metered = excluded.metered,
         expires_at_ms = excluded.expires_at_ms`,
    ),
    deleteHold: prepare("DELETE FROM ledger_holds WHERE operation = ?"),
  };
}

function unavailable(cause: unknown, rollbackFailure?: unknown): GatewayError {
  const errors = rollbackFailure === undefined ? cause : new AggregateError([cause, rollbackFailure]);
  return new GatewayError("unavailable", "The ledger cannot be read or written", { cause: errors });
}
