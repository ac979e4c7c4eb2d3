import type { Dimensions } from "./dimensions.ts";
import type { LedgerAccount } from "./limit.ts";
import type { Posting, SettledPrice, Settlement } from "./posting.ts";

/** A settlement before it is known what the operation cost until now. */
export type NewSettlement = Omit<Settlement, "costBeforeNanoUsd">;

/** One thing for a store to do; it is done whole or not at all, and once however often it is asked for. */
export type LedgerCommand = { readonly operationId: string; readonly atMs: number } & (
  | {
      readonly type: "hold";
      readonly accounts: readonly LedgerAccount[];
      readonly amountNanoUsd: bigint;
      readonly expiresAtMs: number;
      readonly dimensions: Dimensions;
    }
  | {
      readonly type: "extend";
      /** As they were held. */
      readonly accounts: readonly LedgerAccount[];
      readonly byNanoUsd: bigint;
      readonly expiresAtMs: number;
    }
  | { readonly type: "meter"; readonly costNanoUsd: bigint }
  | {
      readonly type: "settle" | "void";
      /** Those that the cost is posted to; `null` for all that were held. */
      readonly accounts: readonly string[] | null;
      /** Its dimensions are added to those of the hold. */
      readonly settlement: NewSettlement;
    }
  /** Does nothing to a hold whose deadline is still to come. */
  | { readonly type: "expire" }
  | { readonly type: "correct"; readonly price: SettledPrice }
  | {
      readonly type: "top-up";
      readonly account: string;
      readonly amountNanoUsd: bigint;
      readonly feeNanoUsd: bigint;
    }
);

/** Why a hold was not granted: the limit that is passed, and what it stands at. */
export interface Refusal {
  readonly limit: string;
  readonly limitNanoUsd: bigint;
  /** Negative where it is a balance of credits. */
  readonly spentNanoUsd: bigint;
  readonly heldNanoUsd: bigint;
  /** When there is room again at the latest, in ms since 1970; `null` where time makes none. */
  readonly resetsAtMs: number | null;
  /** Whether it would be granted if nobody else held anything: then it is worth waiting for those who do. */
  readonly fitsWithoutHolds: boolean;
  /** The accounts that have no room for it. */
  readonly blockedBy: readonly string[];
}

/** What became of a command. */
export type LedgerOutcome =
  /** The operation is open and holds as much as this. */
  | { readonly type: "open"; readonly heldNanoUsd: bigint }
  | { readonly type: "refused"; readonly refusal: Refusal }
  /** The operation is closed, now or since before: its newest posting. */
  | { readonly type: "closed"; readonly posting: Posting }
  /** There is no such operation. */
  | { readonly type: "unknown" }
  /** The command makes no sense, in words for people. */
  | { readonly type: "invalid"; readonly reason: string };
