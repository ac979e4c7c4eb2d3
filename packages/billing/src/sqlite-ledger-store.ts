import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { GatewayError } from "@gw/core";
import { applyCommands } from "./apply-commands.ts";
import type { LedgerCommand, LedgerOutcome } from "./ledger-command.ts";
import type { LedgerDraft, LedgerState } from "./ledger-draft.ts";
import { addPosting, ledgerSchema, postingOf, type Row } from "./ledger-rows.ts";
import type { Balance, Books, LedgerStore, SettledRange } from "./ledger-store.ts";
import type { Posting } from "./posting.ts";
import { prepareRows } from "./prepare-rows.ts";
import { prepareStatement } from "./prepare-statement.ts";
import { SqliteAccounts } from "./sqlite-accounts.ts";
import { SqliteOperations } from "./sqlite-operations.ts";

// SQLite waits so long in this thread; from then on others have their turn between two tries.
const busyTimeoutMs = 20;
const busyPauseMs = 20;
const maxBusyMs = 5_000;
const sqliteBusy = 5;

/**
 * A ledger in a SQLite file, durable against power cuts. Each `apply` is one transaction with one flush of the disk. Several
 * processes may write to the same file: each waits up to 5 s for the other's transaction to end.
 */
export class SqliteLedgerStore implements LedgerStore {
  readonly #database: DatabaseSync;
  readonly #owned: boolean;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #accounts: SqliteAccounts;
  readonly #operations: SqliteOperations;
  #lastSeq: number | null = null;
  /** Of SQLite: another number means that somebody else has written. */
  #dataVersion: bigint | null = null;

  /**
   * @param source a file, or a database that stays open when this is closed; it is switched to WAL, `synchronous = FULL` and a
   *   `busy_timeout` of 20 ms, and while a transaction of its own is open, the ledger is `unavailable`
   * @throws {GatewayError} `unavailable`
   */
  constructor(source: string | DatabaseSync, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    this.#owned = typeof source === "string";
    try {
      this.#database = typeof source === "string" ? new DatabaseSync(source, { readOnly }) : source;
      this.#database.exec(`PRAGMA busy_timeout = ${maxBusyMs}`);
      if (!readOnly) this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${ledgerSchema}`);
      this.#statements = prepareStatements(this.#database);
      this.#accounts = new SqliteAccounts(this.#database);
      this.#operations = new SqliteOperations(this.#database, this.#accounts);
      this.#database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    } catch (error) {
      throw unavailable(error);
    }
  }

  async apply(commands: readonly LedgerCommand[]): Promise<readonly LedgerOutcome[]> {
    const untilMs = performance.now() + maxBusyMs;
    while (!this.#begins(untilMs)) await new Promise((resolve) => setTimeout(resolve, busyPauseMs));
    // From here to the end nothing is waited for: whoever else uses the connection must not come in between.
    try {
      this.#forgetWhatOthersChanged();
      this.#operations.lookUp(commands.map(({ operationId }) => operationId));
      const { outcomes, draft } = applyCommands(this.#state(), commands);
      this.#write(draft);
      this.#database.exec("COMMIT");
      this.#lastSeq = draft.lastSeq;
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
    return this.#run(() => this.#operations.overdue(nowMs, limit));
  }

  async books(): Promise<Books> {
    return this.#run(() => {
      this.#database.exec("BEGIN");
      try {
        return {
          lastSeq: Number(this.#statements.lastSeq.get()?.seq ?? 0),
          balances: this.#accounts.all(),
          holds: this.#operations.allOpen(),
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
    return { lastSeq: this.#lastSeq, balance: this.#accounts.balance, operation: this.#operations.get };
  }

  #posting(row: Row): Posting {
    return postingOf(row, this.#accounts);
  }

  #write({ postings, balances, operations }: LedgerDraft): void {
    // First, so that new accounts have numbers.
    this.#accounts.write(balances);
    const rows: SQLInputValue[] = [];
    for (const posting of postings) addPosting(rows, posting, this.#accounts);
    this.#statements.insertPostings.run(rows);
    this.#operations.write(operations);
  }

  #forgetWhatOthersChanged(): void {
    const version = this.#statements.dataVersion.get()?.data_version as bigint;
    if (version !== this.#dataVersion) this.#forget();
    this.#dataVersion = version;
  }

  #forget(): void {
    this.#lastSeq = null;
    this.#accounts.forget();
    this.#operations.forget();
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

  /** @returns `false` while another process has a transaction */
  #begins(untilMs: number): boolean {
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      return true;
    } catch (error) {
      const busy = (error as { readonly errcode?: unknown }).errcode === sqliteBusy;
      if (!busy || performance.now() > untilMs) throw unavailable(error);
      return false;
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
    postings: prepare("SELECT * FROM ledger_postings WHERE seq > ? ORDER BY seq LIMIT ?"),
    settled: prepare(
      `SELECT * FROM ledger_postings
       WHERE settlement IS NOT NULL AND (at_ms, seq) > (?, ?) AND at_ms < ? ORDER BY at_ms, seq LIMIT ?`,
    ),
    insertPostings: prepareRows(database, 7, (rows) => `INSERT INTO ledger_postings VALUES ${rows}`),
  };
}

function unavailable(cause: unknown, rollbackFailure?: unknown): GatewayError {
  const errors = rollbackFailure === undefined ? cause : new AggregateError([cause, rollbackFailure]);
  return new GatewayError("unavailable", "The ledger cannot be read or written", { cause: errors });
}
