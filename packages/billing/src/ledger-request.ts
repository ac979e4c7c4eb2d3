import type { Dimensions } from "./dimensions.ts";
import type { Refusal } from "./ledger-command.ts";
import type { LedgerAccount } from "./limit.ts";
import type { SettledPrice } from "./posting.ts";

/** What to reserve for an operation before it costs anything. */
export interface HoldRequest {
  /** Chosen by the caller: who asks twice with one id holds once. */
  readonly operationId: string;
  /** Each once: all of them hold the amount, or none. */
  readonly accounts: readonly LedgerAccount[];
  readonly amountNanoUsd: bigint;
  /** In ms since 1970. A hold that is not closed by then is settled at its last metered amount. */
  readonly expiresAtMs: number;
  readonly dimensions?: Dimensions;
}

/** Whether a hold that does not fit waits for its turn. */
export interface HoldOptions {
  /** How long to wait, in order, where only what others hold is in the way. Not at all by default. */
  readonly waitMs?: number;
  /** Ends the wait: it rejects with `aborted`, but for a hold that is being granted just then. */
  readonly signal?: AbortSignal;
}

/** What to reserve in addition. */
export interface ExtendRequest {
  readonly operationId: string;
  /** As they were held. */
  readonly accounts: readonly LedgerAccount[];
  readonly byNanoUsd: bigint;
  /** The new deadline, in ms since 1970. */
  readonly expiresAtMs: number;
}

/** Whether the operation may go on. */
export type HoldResult =
  | { readonly granted: true; readonly heldNanoUsd: bigint }
  | ({ readonly granted: false } & Refusal);

/** What an operation came to. */
export interface SettleRequest {
  readonly operationId: string;
  /** Who is paid. */
  readonly provider: string;
  /** `null` when no price is known: then nothing is posted, and the operation counts as unpriced. */
  readonly price: SettledPrice | null;
  /** The accounts to post the cost to; those that were held by default. */
  readonly accounts?: readonly string[];
  /**
   * Sums for reports, by name: tokens by their class (`input`, `cacheRead`), and whatever else is worth adding up, such as
   * searches, or money with its unit in the name (`cacheSavingsNanoUsd`). What nobody knows is left out.
   */
  readonly tokens?: Readonly<Record<string, number>>;
  /** The cost is not the vendor's own count. */
  readonly estimated?: boolean;
  /** Of a call that failed and was billed all the same. */
  readonly errorCode?: string;
  /** Added to those of the hold. */
  readonly dimensions?: Dimensions;
}

/** What a call came to that nobody has to pay for. */
export interface VoidRequest {
  readonly operationId: string;
  readonly errorCode?: string;
  readonly dimensions?: Dimensions;
}

/** How an operation was closed, whoever did it. */
export interface ClosedOperation {
  readonly operationId: string;
  readonly closedBy: "settle" | "void" | "expire" | "correction";
  /** `null` when no price is known. */
  readonly costNanoUsd: bigint | null;
  /** What it cost beyond what was held; more than 0 means that a hold was too small. */
  readonly overrunNanoUsd: bigint;
}

/** A sum that is paid in, once for each id. */
export interface TopUp {
  readonly id: string;
  readonly account: LedgerAccount;
  readonly amountNanoUsd: bigint;
  /** Taken from it. */
  readonly feeNanoUsd?: bigint;
}
