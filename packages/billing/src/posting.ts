import { roundingAccount, usageAccount } from "./account-id.ts";
import type { Dimensions } from "./dimensions.ts";

/** What an entry is for. */
export type EntryKind =
  /** Reserved before a call is sent. */
  | "hold"
  /** Reserved in addition while it runs. */
  | "extend"
  /** What was held comes back when the cost is known. */
  | "release"
  /** What was held comes back, and nothing is owed. */
  | "void"
  /** The cost, as far as it was held or where nothing had to be. */
  | "settle"
  /** The cost of a call that nobody settled in time. */
  | "expire"
  /** The cost beyond what was held. */
  | "overrun"
  /** An earlier cost taken back, and the right one in its place. */
  | "correction"
  /** What rounding a cost to nano-USD left over. */
  | "rounding"
  | "top-up"
  /** What a top-up costs, taken from it. */
  | "fee";

/**
 * One movement between two accounts: what is added to one is taken from its counter-account, so that all accounts together are
 * always 0. Of the kinds `hold`, `extend`, `release` and `void` it moves what is held, of all others what is posted.
 */
export interface LedgerEntry {
  readonly kind: EntryKind;
  readonly account: string;
  readonly counterAccount: string;
  /** In nano-USD; of the kind `rounding` in pico-USD. */
  readonly amount: bigint;
}

/** What one class of a usage cost. */
export interface CostLine {
  readonly class: string;
  readonly units: number;
  readonly costPicoUsd: bigint;
}

/** A usage with its price. */
export interface SettledPrice {
  /** Names the row of the catalogue that it was priced by; where parts have rows of their own, all of them, joined by " + ". */
  readonly priceRow: string;
  readonly lines: readonly CostLine[];
  /** The sum of the lines, rounded once. */
  readonly costNanoUsd: bigint;
}

/** What an operation came to: one row of attribution. Sums and error are what its posting adds to what was known before. */
export interface Settlement {
  readonly provider: string;
  /** The operation's cost from here on; `null` when no price is known. */
  readonly costNanoUsd: bigint | null;
  /** Its cost before this posting: 0 where it closes the operation. */
  readonly costBeforeNanoUsd: bigint | null;
  /** As in `SettledPrice`; `null` where no row made the price. */
  readonly priceRow: string | null;
  readonly lines: readonly CostLine[];
  /** What reports add up, as `SettleRequest` names it; what nobody knows is absent. */
  readonly tokens: Readonly<Record<string, number>>;
  /** The cost is not the vendor's own count. */
  readonly estimated: boolean;
  /** Of a call that failed. */
  readonly errorCode: string | null;
  readonly dimensions: Dimensions;
}

/** Entries that were booked as one. Never changed and never deleted. */
export interface Posting {
  /** Counts from 1, without gaps. */
  readonly seq: number;
  readonly operationId: string;
  readonly kind: "hold" | "extend" | "settle" | "void" | "expire" | "correction" | "top-up";
  /** 0 where it closes its operation, then counting its corrections; `null` before. An operation has each number once. */
  readonly step: number | null;
  /** In ms since 1970. */
  readonly atMs: number;
  readonly entries: readonly LedgerEntry[];
  /** Of `settle`, `void`, `expire` and `correction`. */
  readonly settlement: Settlement | null;
}

/** Whether entries of a kind move what is held, rather than what is posted. */
export function movesHeld(kind: EntryKind): boolean {
  return kind === "hold" || kind === "extend" || kind === "release" || kind === "void";
}

/** What rounding took from a cost, in pico-USD; negative where it was rounded up. */
export function remainderPicoUsd({ lines, costNanoUsd }: Pick<Settlement, "lines" | "costNanoUsd">): bigint {
  if (costNanoUsd === null || lines.length === 0) return 0n;
  return lines.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n) - costNanoUsd * 1_000n;
}

/** The accounts that the cost of a closed operation stands in, beside those that every cost does. */
export function chargedAccounts({ kind, entries }: Posting): string[] {
  const charged = entries.filter((entry) => (kind === "void" ? entry.kind === "void" : !movesHeld(entry.kind)));
  const accounts = new Set(charged.map(({ account }) => account));
  accounts.delete(usageAccount);
  accounts.delete(roundingAccount);
  return [...accounts];
}
