import { Ledger } from "./ledger.ts";
import type { ClosedOperation, HoldResult } from "./ledger-request.ts";
import type { LedgerStore } from "./ledger-store.ts";
import { accountsFor, type LedgerAccount } from "./limit.ts";
import type { SettledPrice } from "./posting.ts";

/** A minute before a day and a month end. */
export const startMs = Date.UTC(2026, 0, 31, 23, 59);
const limits = [
  { name: "team-day", groupBy: "metadata.teamId" as const, limitNanoUsd: 100n, per: "day" as const },
  { name: "all", limitNanoUsd: 250n, per: "total" as const },
];

/** A price of one class, of lines that add up to the cost. */
export function settledPrice(costNanoUsd: bigint): SettledPrice {
  const lines = [{ class: "input", units: 10, costPicoUsd: costNanoUsd * 1_000n }];
  return { priceRow: "acme/m@2026-01-01", lines, costNanoUsd };
}

/** A ledger with two limits, for the cases, on a clock that stands still unless it is moved. */
export class CaseLedger {
  nowMs = startMs;
  readonly ledger: Ledger;
  readonly store: LedgerStore;

  constructor(store: LedgerStore) {
    this.store = store;
    this.ledger = new Ledger(store, { nowMs: () => this.nowMs });
  }

  accounts(teamId: string): LedgerAccount[] {
    return accountsFor(limits, { metadata: { teamId } }, this.nowMs);
  }

  hold(operationId: string, amountNanoUsd: bigint, teamId = "t0"): Promise<HoldResult> {
    const expiresAtMs = this.nowMs + 60_000;
    const dimensions = { metadata: { teamId } };
    return this.ledger.hold({ operationId, accounts: this.accounts(teamId), amountNanoUsd, expiresAtMs, dimensions });
  }

  extend(operationId: string, byNanoUsd: bigint): Promise<HoldResult> {
    const expiresAtMs = this.nowMs + 60_000;
    return this.ledger.extend({ operationId, accounts: this.accounts("t0"), byNanoUsd, expiresAtMs });
  }

  settle(operationId: string, costNanoUsd: bigint, teamId = "t0"): Promise<ClosedOperation> {
    const price = settledPrice(costNanoUsd);
    const dimensions = { metadata: { teamId } };
    return this.ledger.settle({ operationId, provider: "acme", price, tokens: { input: 10 }, dimensions });
  }

  /** Posted and held of the team `t0`, then of all. */
  async standing(): Promise<bigint[]> {
    const balances = await this.store.balances(this.accounts("t0").map(({ account }) => account));
    return balances.flatMap(({ postedNanoUsd, heldNanoUsd }) => [postedNanoUsd, heldNanoUsd]);
  }
}
