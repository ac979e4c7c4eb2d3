import { everyCall, groupValueOf } from "./account-id.ts";
import type { LedgerStore } from "./ledger-store.ts";
import { accountOf, type Limit } from "./limit.ts";
import { readStanding } from "./read-standing.ts";

/** What one account of a limit stands at. */
export interface LimitStanding {
  readonly limit: Limit;
  /** The value of the dimension that the limit is grouped by; `null` for calls without one, and where it is not grouped. */
  readonly group: string | null;
  readonly spentNanoUsd: bigint;
  readonly heldNanoUsd: bigint;
  /** In ms since 1970; `null` where it never is empty again. */
  readonly resetsAtMs: number | null;
}

/**
 * What is spent and held of limits in their windows of this moment: of each value of a grouped limit that has an account.
 *
 * @throws {GatewayError} `unavailable`
 */
export async function limitStandings(
  store: Pick<LedgerStore, "balances" | "balancesUnder">,
  limits: readonly Limit[],
  nowMs: number,
): Promise<LimitStanding[]> {
  const standings = limits.map(async (limit) => {
    const groups = limit.groupBy === undefined ? [everyCall] : await groupsOf(store, limit, nowMs);
    return Promise.all(groups.map((group) => standing(store, limit, group, nowMs)));
  });
  return (await Promise.all(standings)).flat();
}

async function groupsOf(store: Pick<LedgerStore, "balancesUnder">, limit: Limit, nowMs: number): Promise<string[]> {
  const { account, earlier } = accountOf(limit, "", nowMs);
  const groups = new Set<string>();
  for (const prefix of [...earlier.map((step) => step.account), account]) {
    for (const id of (await store.balancesUnder(prefix)).keys()) groups.add(id.slice(prefix.length));
  }
  return [...groups];
}

async function standing(
  store: Pick<LedgerStore, "balances">,
  limit: Limit,
  group: string,
  nowMs: number,
): Promise<LimitStanding> {
  const account = accountOf(limit, group, nowMs);
  const { postedNanoUsd, heldNanoUsd } = await readStanding(store, account);
  return {
    limit,
    group: groupValueOf(group),
    spentNanoUsd: postedNanoUsd,
    heldNanoUsd,
    resetsAtMs: account.resetsAtMs,
  };
}
