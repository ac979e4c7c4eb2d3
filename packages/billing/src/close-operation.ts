import { holdsAccount, roundingAccount, spendAccount, usageAccount } from "./account-id.ts";
import { dimensionOf } from "./dimensions.ts";
import type { LedgerCommand, LedgerOutcome, NewSettlement } from "./ledger-command.ts";
import type { LedgerDraft } from "./ledger-draft.ts";
import type { OpenHold } from "./ledger-store.ts";
import {
  chargedAccounts,
  type EntryKind,
  type LedgerEntry,
  type Posting,
  remainderPicoUsd,
  type Settlement,
} from "./posting.ts";

/**
 * Ends an operation, once: what was held comes back, and what it cost is posted, all of it, also beyond what was held.
 *
 * One that expired was closed on a guess. Who settles or voids it later corrects that guess.
 */
export function closeOperation(
  draft: LedgerDraft,
  command: Extract<LedgerCommand, { type: "settle" | "void" | "expire" }>,
): LedgerOutcome {
  const { operationId, atMs } = command;
  const operation = draft.operation(operationId);
  if (operation?.type === "closed") {
    const { posting } = operation;
    if (posting.kind !== "expire" || command.type === "expire") return operation;
    return { type: "closed", posting: correct(draft, posting, command.settlement, command.accounts, atMs) };
  }
  const hold = operation?.hold ?? null;
  if (command.type === "expire") {
    if (hold === null) return { type: "unknown" };
    if (hold.expiresAtMs > atMs) return { type: "open", heldNanoUsd: hold.heldNanoUsd };
  }
  const kind = command.type;
  const given = kind === "expire" ? expiredSettlement(hold as OpenHold) : command.settlement;
  const settlement: Settlement = {
    ...given,
    costBeforeNanoUsd: 0n,
    dimensions: { ...hold?.dimensions, ...given.dimensions },
  };
  const charged = (kind === "expire" ? null : command.accounts) ?? hold?.accounts ?? [];
  const entries = [
    ...returned(kind === "void" ? "void" : "release", hold),
    ...(kind === "void" ? [] : charges(kind, charged, settlement, hold)),
  ];
  return { type: "closed", posting: draft.post({ operationId, kind, step: 0, atMs, entries, settlement }) };
}

/** Puts another price in the place of the one that a closed operation was settled by. */
export function correctOperation(
  draft: LedgerDraft,
  { operationId, price, atMs }: Extract<LedgerCommand, { type: "correct" }>,
): LedgerOutcome {
  const operation = draft.operation(operationId);
  if (operation === null) return { type: "unknown" };
  if (operation.type === "open") return { type: "invalid", reason: "An open operation has no cost to correct" };
  const { posting } = operation;
  if (posting.settlement === null) return { type: "invalid", reason: "This id is a top-up's" };
  const { costNanoUsd, priceRow } = posting.settlement;
  if (costNanoUsd === price.costNanoUsd && priceRow === price.priceRow) return operation;
  const settlement = { ...posting.settlement, ...price, tokens: {}, errorCode: null };
  return { type: "closed", posting: correct(draft, posting, settlement, null, atMs) };
}

function correct(
  draft: LedgerDraft,
  wrong: Posting,
  right: NewSettlement,
  accounts: readonly string[] | null,
  atMs: number,
): Posting {
  const { operationId, step, settlement: before } = wrong as Posting & { settlement: Settlement; step: number };
  const charged = chargedAccounts(wrong);
  const settlement: Settlement = {
    ...right,
    costBeforeNanoUsd: before.costNanoUsd,
    dimensions: { ...before.dimensions, ...right.dimensions },
  };
  const takenBack = charges("correction", charged, before, null);
  const entries = [
    ...takenBack.map((entry) => ({ ...entry, amount: -entry.amount })),
    ...charges("correction", accounts ?? charged, settlement, null),
  ];
  return draft.post({ operationId, kind: "correction", step: step + 1, atMs, entries, settlement });
}

function returned(kind: "release" | "void", hold: OpenHold | null): LedgerEntry[] {
  if (hold === null) return [];
  return hold.accounts.map((account) => ({
    kind,
    account,
    counterAccount: holdsAccount(account),
    amount: -hold.heldNanoUsd,
  }));
}

function charges(
  kind: "settle" | "expire" | "correction",
  accounts: readonly string[],
  settlement: Settlement,
  hold: OpenHold | null,
): LedgerEntry[] {
  const { provider } = settlement;
  const cost = settlement.costNanoUsd ?? 0n;
  const entry = (entryKind: EntryKind, account: string, amount: bigint): LedgerEntry => ({
    kind: entryKind,
    account,
    counterAccount: spendAccount(account, provider),
    amount,
  });
  const entries = [entry(kind, usageAccount, cost)];
  for (const account of accounts) {
    const held = hold?.accounts.includes(account) ? hold.heldNanoUsd : 0n;
    const over = kind !== "correction" && cost > held ? cost - held : 0n;
    // Also where it is 0: a later correction finds its accounts here.
    entries.push(entry(kind, account, cost - over));
    if (over > 0n) entries.push(entry("overrun", account, over));
  }
  const remainder = remainderPicoUsd(settlement);
  if (remainder !== 0n) entries.push(entry("rounding", roundingAccount, remainder));
  return entries;
}

/** The last that was known of the cost. Where nothing was, the vendor may have billed all that was held. */
function expiredSettlement(hold: OpenHold): NewSettlement {
  return {
    provider: dimensionOf(hold.dimensions, "provider") ?? "unknown",
    costNanoUsd: hold.meteredNanoUsd ?? hold.heldNanoUsd,
    priceRow: null,
    lines: [],
    tokens: {},
    estimated: true,
    errorCode: null,
    dimensions: {},
  };
}
