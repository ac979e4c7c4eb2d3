import type { LogRow } from "../pipeline/log-row.ts";

export interface LogQuery {
  readonly limit: number;
  /** Rows older than this. */
  readonly beforeMs?: number;
  readonly organisation?: string;
  readonly project?: string;
  readonly keyId?: string;
  readonly model?: string;
  readonly errorCode?: string;
}

/** What calls were made and how they ended. */
export interface LogStore {
  append(row: LogRow): void;
  /** Newest first. */
  query(query: LogQuery): Promise<readonly LogRow[]>;
  find(requestId: string): Promise<LogRow | null>;
  flush(): Promise<void>;
}
