import type { Balance, OpenHold } from "./ledger-store.ts";
import type { CostLine, EntryKind, LedgerEntry, Posting, Settlement } from "./posting.ts";

/** The tables, beside which others may stand in the same file. Lists and amounts inside of JSON are texts. */
export const ledgerSchema = `
  CREATE TABLE IF NOT EXISTS ledger_accounts (
    id TEXT PRIMARY KEY, posted INTEGER NOT NULL, held INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger_holds (
    operation TEXT PRIMARY KEY, accounts TEXT NOT NULL, held INTEGER NOT NULL, metered INTEGER,
    expires_at_ms INTEGER NOT NULL, dimensions TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger_postings (
    seq INTEGER PRIMARY KEY, operation TEXT NOT NULL, kind TEXT NOT NULL, step INTEGER, at_ms INTEGER NOT NULL,
    entries TEXT NOT NULL, settlement TEXT
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS ledger_postings_step ON ledger_postings (operation, step) WHERE step IS NOT NULL;
  CREATE INDEX IF NOT EXISTS ledger_postings_settled ON ledger_postings (at_ms) WHERE settlement IS NOT NULL;
`;

/** A row as it is read, integers as `bigint`. */
export type Row = Readonly<Record<string, unknown>>;

/** @param row with `posted` and `held` */
export function balanceOf(row: Row): Balance {
  return { postedNanoUsd: row.posted as bigint, heldNanoUsd: row.held as bigint };
}

/** The columns of `ledger_holds`, in their order. */
export function holdColumns(hold: OpenHold): [string, string, bigint, bigint | null, number, string] {
  const { operationId, accounts, heldNanoUsd, meteredNanoUsd, expiresAtMs, dimensions } = hold;
  return [
    operationId,
    JSON.stringify(accounts),
    heldNanoUsd,
    meteredNanoUsd,
    Math.round(expiresAtMs),
    JSON.stringify(dimensions),
  ];
}

/** The hold of a row of `ledger_holds`. */
export function holdOf(row: Row): OpenHold {
  return {
    operationId: row.operation as string,
    accounts: JSON.parse(row.accounts as string),
    heldNanoUsd: row.held as bigint,
    meteredNanoUsd: row.metered as bigint | null,
    expiresAtMs: Number(row.expires_at_ms),
    dimensions: JSON.parse(row.dimensions as string),
  };
}

/** The columns of `ledger_postings`, in their order. */
export function postingColumns(
  posting: Posting,
): [number, string, string, number | null, number, string, string | null] {
  const { seq, operationId, kind, step, atMs, entries, settlement } = posting;
  const flat = entries.map((entry) => [entry.kind, entry.account, entry.counterAccount, String(entry.amount)]);
  return [
    seq,
    operationId,
    kind,
    step,
    Math.round(atMs),
    JSON.stringify(flat),
    settlement === null ? null : settlementText(settlement),
  ];
}

/** The posting of a row of `ledger_postings`. */
export function postingOf(row: Row): Posting {
  return {
    seq: Number(row.seq),
    operationId: row.operation as string,
    kind: row.kind as Posting["kind"],
    step: row.step === null ? null : Number(row.step),
    atMs: Number(row.at_ms),
    entries: (JSON.parse(row.entries as string) as [EntryKind, string, string, string][]).map(
      ([kind, account, counterAccount, amount]): LedgerEntry => ({
        kind,
        account,
        counterAccount,
        amount: BigInt(amount),
      }),
    ),
    settlement: row.settlement === null ? null : settlementOf(row.settlement as string),
  };
}

// What is usual is left out: this is most of what a call writes to the disk.
function settlementText(settlement: Settlement): string {
  const { provider, costNanoUsd, costBeforeNanoUsd, priceRow, lines, tokens, estimated, errorCode } = settlement;
  return JSON.stringify({
    provider,
    ...(costNanoUsd !== null && { costNanoUsd: String(costNanoUsd) }),
    ...(costBeforeNanoUsd !== 0n && {
      costBeforeNanoUsd: costBeforeNanoUsd === null ? null : String(costBeforeNanoUsd),
    }),
    ...(priceRow !== null && { priceRow }),
    ...(lines.length > 0 && { lines: lines.map((line) => [line.class, line.units, String(line.costPicoUsd)]) }),
    tokens,
    ...(estimated && { estimated }),
    ...(errorCode !== null && { errorCode }),
    dimensions: settlement.dimensions,
  });
}

function settlementOf(text: string): Settlement {
  const { costNanoUsd = null, costBeforeNanoUsd = "0", lines = [], ...stored } = JSON.parse(text);
  return {
    priceRow: null,
    estimated: false,
    errorCode: null,
    ...stored,
    costNanoUsd: bigintOrNull(costNanoUsd),
    costBeforeNanoUsd: bigintOrNull(costBeforeNanoUsd),
    lines: (lines as [string, number, string][]).map(
      ([name, units, costPicoUsd]): CostLine => ({ class: name, units, costPicoUsd: BigInt(costPicoUsd) }),
    ),
  };
}

function bigintOrNull(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}
