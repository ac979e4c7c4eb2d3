import { type Balance, emptyBalance, type LedgerStore } from "./ledger-store.ts";
import type { LedgerAccount } from "./limit.ts";
import { type ReadBalance, standingOf } from "./refusal-of.ts";

/**
 * What stands against a limit now, in all steps of its window.
 *
 * @throws {GatewayError} `unavailable`
 */
export async function readStanding(store: Pick<LedgerStore, "balances">, account: LedgerAccount): Promise<Balance> {
  return standingOf(account, await readBalances(store, [account]));
}

/**
 * The balances of accounts and of all steps of their windows, read at once.
 *
 * @throws {GatewayError} `unavailable`
 */
export async function readBalances(
  store: Pick<LedgerStore, "balances">,
  accounts: readonly LedgerAccount[],
): Promise<ReadBalance> {
  const ids = accounts.flatMap(({ account, earlier }) => [account, ...earlier.map((step) => step.account)]);
  const balances = await store.balances(ids);
  const byId = new Map<string, Balance>(ids.map((id, index) => [id, balances[index] as Balance]));
  return (account) => byId.get(account) ?? emptyBalance;
}
