import type { Refusal } from "./ledger-command.ts";
import type { Balance } from "./ledger-store.ts";
import type { LedgerAccount } from "./limit.ts";

/** Reads one balance of a state that does not change meanwhile. */
export type ReadBalance = (account: string) => Balance;

/** What stands against a limit, in all steps of its window. */
export function standingOf({ account, earlier }: LedgerAccount, balance: ReadBalance): Balance {
  const own = balance(account);
  if (earlier.length === 0) return own;
  let { postedNanoUsd, heldNanoUsd } = own;
  for (const step of earlier) {
    const past = balance(step.account);
    postedNanoUsd += past.postedNanoUsd;
    heldNanoUsd += past.heldNanoUsd;
  }
  return { postedNanoUsd, heldNanoUsd };
}

/** Why an amount cannot be held against all of the accounts at once; `null` when it can. */
export function refusalOf(
  accounts: readonly LedgerAccount[],
  amountNanoUsd: bigint,
  balance: ReadBalance,
): Refusal | null {
  const blocked = accounts
    .map((account) => ({ account, standing: standingOf(account, balance) }))
    .filter(({ account: { limitNanoUsd }, standing: { postedNanoUsd, heldNanoUsd } }) => {
      return postedNanoUsd + heldNanoUsd + amountNanoUsd > limitNanoUsd;
    });
  const [first] = blocked;
  if (first === undefined) return null;
  // Waiting for others does not help against this one, so it is the one to name.
  const spent = blocked.find(({ account, standing }) => standing.postedNanoUsd + amountNanoUsd > account.limitNanoUsd);
  const { account, standing } = spent ?? first;
  const oldest = account.earlier.find((step) => {
    const past = balance(step.account);
    return past.postedNanoUsd !== 0n || past.heldNanoUsd !== 0n;
  });
  return {
    limit: account.limit,
    limitNanoUsd: account.limitNanoUsd,
    spentNanoUsd: standing.postedNanoUsd,
    heldNanoUsd: standing.heldNanoUsd,
    resetsAtMs: oldest?.leavesAtMs ?? account.resetsAtMs,
    fitsWithoutHolds: spent === undefined,
    blockedBy: blocked.map(({ account: { account: id } }) => id),
  };
}

/** The most that can be held against all of the accounts at once, at least 0; `null` when there are none. */
export function roomIn(accounts: readonly LedgerAccount[], balance: ReadBalance): bigint | null {
  let least: bigint | null = null;
  for (const account of accounts) {
    const { postedNanoUsd, heldNanoUsd } = standingOf(account, balance);
    const room = account.limitNanoUsd - postedNanoUsd - heldNanoUsd;
    if (least === null || room < least) least = room;
  }
  return least !== null && least < 0n ? 0n : least;
}
