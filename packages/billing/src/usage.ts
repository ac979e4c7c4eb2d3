import { type DimensionName, dimensionOf } from "./dimensions.ts";
import { eachSettled, type LedgerStore } from "./ledger-store.ts";

/** What calls with the same values came to. */
export interface UsageRow {
  /** The value of each dimension that was grouped by; `null` for calls without one. */
  readonly group: Readonly<Record<string, string | null>>;
  readonly costNanoUsd: bigint;
  /** Operations that were closed, those that failed among them. */
  readonly requests: number;
  readonly errors: number;
  /** Requests whose cost is not known, and not part of `costNanoUsd`. */
  readonly unpricedRequests: number;
  /** Requests whose cost, as far as it is known, is not their vendor's own count. */
  readonly estimatedRequests: number;
  /** The sums that `SettleRequest` names: tokens by class, and whatever else was given to be added up. */
  readonly tokens: Readonly<Record<string, number>>;
}

/** Which calls, and how to group them. */
export interface UsageQuery {
  readonly groupBy: readonly DimensionName[];
  /** In ms since 1970; corrections count at their own time. */
  readonly fromMs: number;
  /** The first ms that is no longer part of it. */
  readonly toMs: number;
}

/**
 * What was spent, by any dimensions, in the order in which the groups first appear. Each call counts at the time it was closed.
 *
 * @throws {GatewayError} `unavailable`
 */
export async function usageOf(
  store: Pick<LedgerStore, "settled">,
  { groupBy, fromMs, toMs }: UsageQuery,
): Promise<UsageRow[]> {
  const rows = new Map<string, UsageRow>();
  for await (const { step, settlement } of eachSettled(store, { fromMs, toMs })) {
    if (settlement === null) continue;
    const { dimensions, costNanoUsd, costBeforeNanoUsd, errorCode } = settlement;
    const values = groupBy.map((name) => dimensionOf(dimensions, name));
    const key = JSON.stringify(values);
    const row = rows.get(key) ?? emptyRow(groupBy, values);
    const tokens: Record<string, number> = { ...row.tokens };
    for (const [name, count] of Object.entries(settlement.tokens)) tokens[name] = (tokens[name] ?? 0) + count;
    rows.set(key, {
      group: row.group,
      costNanoUsd: row.costNanoUsd + (costNanoUsd ?? 0n) - (costBeforeNanoUsd ?? 0n),
      requests: row.requests + (step === 0 ? 1 : 0),
      errors: row.errors + (errorCode === null ? 0 : 1),
      unpricedRequests: row.unpricedRequests + Number(costNanoUsd === null) - Number(costBeforeNanoUsd === null),
      // What a correction corrects was counted as it was.
      estimatedRequests: row.estimatedRequests + (step === 0 && settlement.estimated ? 1 : 0),
      tokens,
    });
  }
  return [...rows.values()];
}

function emptyRow(groupBy: readonly string[], values: readonly (string | null)[]): UsageRow {
  const group = Object.fromEntries(groupBy.map((name, index) => [name, values[index] ?? null]));
  return { group, costNanoUsd: 0n, requests: 0, errors: 0, unpricedRequests: 0, estimatedRequests: 0, tokens: {} };
}
