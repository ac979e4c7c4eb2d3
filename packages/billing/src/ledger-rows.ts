import type { SQLInputValue } from "node:sqlite";
import type { Balance, OpenHold } from "./ledger-store.ts";
import type { CostLine, EntryKind, LedgerEntry, Posting, Settlement } from "./posting.ts";

/**
 * The tables, beside which others may stand in the same file. Postings name accounts by their numbers: that halves what a call
 * writes to the disk. An open operation is a row of `ledger_holds` with the number of the posting that opened it, which says
 * the rest. The view is for people.
 */
export const ledgerSchema = `
  CREATE TABLE IF NOT EXISTS ledger_accounts (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, posted INTEGER NOT NULL, held INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS ledger_holds (
    seq INTEGER PRIMARY KEY, held INTEGER NOT NULL, metered INTEGER, expires_at_ms INTEGER NOT NULL,
    dimensions TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS ledger_postings (
    seq INTEGER PRIMARY KEY, operation TEXT NOT NULL, kind TEXT NOT NULL, step INTEGER, at_ms INTEGER NOT NULL,
    entries TEXT NOT NULL, settlement TEXT
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS ledger_postings_step ON ledger_postings (operation, step) WHERE step IS NOT NULL;
  CREATE INDEX IF NOT EXISTS ledger_postings_settled ON ledger_postings (at_ms) WHERE settlement IS NOT NULL;
  CREATE VIEW IF NOT EXISTS ledger_entries AS
    SELECT seq, operation, at_ms, entry.value ->> 0 AS kind, account.id AS account, counter.id AS counter_account,
      CAST(entry.value ->> 3 AS INTEGER) AS amount
    FROM ledger_postings, json_each(entries) AS entry
    JOIN ledger_accounts AS account ON account.number = entry.value ->> 1
    JOIN ledger_accounts AS counter ON counter.number = entry.value ->> 2;
`;

// Of the posting of a hold: the index that lets an operation be closed once lets it be opened once, and finds both.
const openingStep = -1;

/** A row as it is read, integers as `bigint`. */
export type Row = Readonly<Record<string, unknown>>;

/** Accounts and their numbers. */
export interface AccountNumbers {
  numberOf(account: string): number;
  accountOf(number: number): string;
}

/** @param row with `posted` and `held` */
export function balanceOf(row: Row): Balance {
  return { postedNanoUsd: row.posted as bigint, heldNanoUsd: row.held as bigint };
}

/** Adds the columns of `ledger_holds`, in their order. */
export function addHold(columns: SQLInputValue[], hold: OpenHold): void {
  const { seq, heldNanoUsd, meteredNanoUsd, expiresAtMs, dimensions } = hold;
  columns.push(seq, heldNanoUsd, meteredNanoUsd, Math.round(expiresAtMs), JSON.stringify(dimensions));
}

/** The hold of a row of `ledger_holds`, joined with the posting that opened it. */
export function holdOf(row: Row, { accountOf }: AccountNumbers): OpenHold {
  return {
    seq: Number(row.seq),
    operationId: row.operation as string,
    accounts: entriesIn(row).map(([, account]) => accountOf(account)),
    heldNanoUsd: row.held as bigint,
    meteredNanoUsd: row.metered as bigint | null,
    expiresAtMs: Number(row.expires_at_ms),
    dimensions: JSON.parse(row.dimensions as string),
  };
}

/** Adds the columns of `ledger_postings`, in their order. */
export function addPosting(columns: SQLInputValue[], posting: Posting, { numberOf }: AccountNumbers): void {
  const { seq, operationId, kind, step, atMs, entries, settlement } = posting;
  let texts = "";
  for (const { kind: entryKind, account, counterAccount, amount } of entries) {
    const comma = texts === "" ? "" : ",";
    texts += `${comma}["${entryKind}",${numberOf(account)},${numberOf(counterAccount)},"${amount}"]`;
  }
  const settled = settlement === null ? null : settlementText(settlement);
  const storedStep = kind === "hold" ? openingStep : step;
  columns.push(seq, operationId, kind, storedStep, Math.round(atMs), `[${texts}]`, settled);
}

/** The posting of a row of `ledger_postings`. */
export function postingOf(row: Row, { accountOf }: AccountNumbers): Posting {
  return {
    seq: Number(row.seq),
    operationId: row.operation as string,
    kind: row.kind as Posting["kind"],
    step: row.step === null || row.kind === "hold" ? null : Number(row.step),
    atMs: Number(row.at_ms),
    entries: entriesIn(row).map(
      ([kind, account, counterAccount, amount]): LedgerEntry => ({
        kind,
        account: accountOf(account),
        counterAccount: accountOf(counterAccount),
        amount: BigInt(amount),
      }),
    ),
    settlement: row.settlement === null ? null : settlementOf(row.settlement as string),
  };
}

function entriesIn(row: Row): [kind: EntryKind, account: number, counterAccount: number, amount: string][] {
  return JSON.parse(row.entries as string);
}

// What is usual is left out, again for the disk's sake.
function settlementText(settlement: Settlement): string {
  const { costNanoUsd, costBeforeNanoUsd, priceRow, lines, estimated, errorCode } = settlement;
  const stored: Record<string, unknown> = { provider: settlement.provider };
  if (costNanoUsd !== null) stored.costNanoUsd = String(costNanoUsd);
  if (costBeforeNanoUsd !== 0n)
    stored.costBeforeNanoUsd = costBeforeNanoUsd === null ? null : String(costBeforeNanoUsd);
  if (priceRow !== null) stored.priceRow = priceRow;
  if (lines.length > 0) stored.lines = lines.map((line) => [line.class, line.units, String(line.costPicoUsd)]);
  stored.tokens = settlement.tokens;
  if (estimated) stored.estimated = true;
  if (errorCode !== null) stored.errorCode = errorCode;
  stored.dimensions = settlement.dimensions;
  return JSON.stringify(stored);
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
