import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Logger } from "pino";
import { firstRequestIdAt } from "../operation.ts";
import type { LogRow } from "../pipeline/log-row.ts";
import { inTransaction } from "./in-transaction.ts";
import type { LogQuery, LogStore } from "./log-store.ts";
import { openDatabase } from "./open-database.ts";
import { WriteBehind } from "./write-behind.ts";

const migrations = [
  `CREATE TABLE logs (
     request_id TEXT PRIMARY KEY, organisation TEXT, project TEXT, key_id TEXT, model TEXT, error_code TEXT,
     row TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
];

// A transaction costs as much as three rows (measured 2026-11). Who asks for rows is given those that wait, too.
const intervalMs = 50;

/** `logs.db`: survives the death of the process. What is asked for is a column; the rest is one JSON text. */
export class SqliteLogStore implements LogStore {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #queue: WriteBehind<LogRow>;

  constructor(file: string, logger: Logger) {
    this.#database = openDatabase(file, { synchronous: "NORMAL", migrations });
    this.#insert = this.#database.prepare("INSERT OR REPLACE INTO logs VALUES (?, ?, ?, ?, ?, ?, ?)");
    this.#queue = new WriteBehind({ logger, intervalMs, write: async (rows) => this.#write(rows) });
  }

  append(row: LogRow): void {
    this.#queue.push(row);
  }

  async query(query: LogQuery): Promise<readonly LogRow[]> {
    await this.#queue.flush();
    const conditions: string[] = [];
    const values: SQLInputValue[] = [];
    const where = (condition: string, value: SQLInputValue | undefined): void => {
      if (value === undefined) return;
      conditions.push(condition);
      values.push(value);
    };
    // Request ids grow with time.
    where("request_id < ?", query.beforeMs === undefined ? undefined : firstRequestIdAt(query.beforeMs));
    where("organisation = ?", query.organisation);
    where("project = ?", query.project);
    where("key_id = ?", query.keyId);
    where("model = ?", query.model);
    where("error_code = ?", query.errorCode);
    const filter = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    return this.#database
      .prepare(`SELECT row FROM logs ${filter} ORDER BY request_id DESC LIMIT ?`)
      .all(...values, query.limit)
      .map(({ row }) => unpack(row as string));
  }

  async find(requestId: string): Promise<LogRow | null> {
    await this.#queue.flush();
    const found = this.#database.prepare("SELECT row FROM logs WHERE request_id = ?").get(requestId);
    return found === undefined ? null : unpack(found.row as string);
  }

  flush(): Promise<void> {
    return this.#queue.flush();
  }

  async close(): Promise<void> {
    await this.#queue.close();
    this.#database.close();
  }

  #write(rows: readonly LogRow[]): void {
    inTransaction(this.#database, () => {
      for (const row of rows) {
        const { request_id: id, organisation, project, key_id: keyId, model, error_code: errorCode } = row;
        this.#insert.run(id, organisation, project, keyId, model, errorCode, pack(row));
      }
    });
  }
}

/** Does not compile when `fields` forgets one. */
type Packed = { readonly [Field in (typeof fields)[number]]: LogRow[Field] };

// Their order is how rows lie in the file: new ones go to the end.
const fields = [
  "request_id",
  "created_at_ms",
  "organisation",
  "project",
  "key_id",
  "endpoint",
  "model",
  "provider",
  "provider_model",
  "lane",
  "stream",
  "state",
  "http_status",
  "error_code",
  "finish_reason",
  "duration_ms",
  "first_content_ms",
  "upstream_ms",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
  "session_id",
  "metadata",
  "params",
  "attempts",
  "cost_usd",
] as const satisfies readonly (keyof LogRow)[];

/** The row as a list of values in the order of `fields`: names that are the same in every row need not be kept in every row. */
function pack(row: LogRow): string {
  return JSON.stringify(fields.map((field) => row[field]));
}

function unpack(text: string): LogRow {
  const values = JSON.parse(text) as unknown[];
  return Object.fromEntries(fields.map((field, index) => [field, values[index] ?? null])) as Packed as LogRow;
}
