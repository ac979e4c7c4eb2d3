import { feesAccount, holdsAccount, topUpsAccount } from "./account-id.ts";
import { closeOperation, correctOperation } from "./close-operation.ts";
import { invalidReason } from "./invalid-reason.ts";
import type { LedgerCommand, LedgerOutcome } from "./ledger-command.ts";
import { LedgerDraft, type LedgerState } from "./ledger-draft.ts";
import type { LedgerEntry } from "./posting.ts";
import { refusalOf } from "./refusal-of.ts";

type CommandOf<Type extends LedgerCommand["type"]> = Extract<LedgerCommand, { type: Type }>;

/**
 * What commands do to a ledger, one after another: the rules, without a place to keep anything. A store reads the state,
 * writes what changed, and answers with the outcomes, all in one transaction.
 */
export function applyCommands(
  state: LedgerState,
  commands: readonly LedgerCommand[],
): { readonly outcomes: readonly LedgerOutcome[]; readonly draft: LedgerDraft } {
  const draft = new LedgerDraft(state);
  const outcomes = commands.map((command): LedgerOutcome => {
    const reason = invalidReason(command);
    return reason === null ? apply(draft, command) : { type: "invalid", reason };
  });
  return { outcomes, draft };
}

function apply(draft: LedgerDraft, command: LedgerCommand): LedgerOutcome {
  switch (command.type) {
    case "hold":
      return hold(draft, command);
    case "extend":
      return extend(draft, command);
    case "meter":
      return meter(draft, command);
    case "settle":
    case "void":
    case "expire":
      return closeOperation(draft, command);
    case "correct":
      return correctOperation(draft, command);
    case "top-up":
      return topUp(draft, command);
  }
}

function hold(draft: LedgerDraft, command: CommandOf<"hold">): LedgerOutcome {
  const { operationId, amountNanoUsd, expiresAtMs, dimensions, atMs } = command;
  const operation = draft.operation(operationId);
  if (operation?.type === "open") return { type: "open", heldNanoUsd: operation.hold.heldNanoUsd };
  if (operation?.type === "closed") return operation;
  const refusal = refusalOf(command.accounts, amountNanoUsd, (account) => draft.balance(account));
  if (refusal !== null) return { type: "refused", refusal };
  const accounts = command.accounts.map(({ account }) => account);
  const entries = heldEntries("hold", accounts, amountNanoUsd);
  const { seq } = draft.post({ operationId, kind: "hold", step: null, atMs, entries, settlement: null });
  const opened = { seq, operationId, accounts, heldNanoUsd: amountNanoUsd, meteredNanoUsd: null };
  draft.open({ ...opened, expiresAtMs, dimensions });
  return { type: "open", heldNanoUsd: amountNanoUsd };
}

function extend(draft: LedgerDraft, command: CommandOf<"extend">): LedgerOutcome {
  const { operationId, byNanoUsd, expiresAtMs, atMs } = command;
  const operation = draft.operation(operationId);
  if (operation === null) return { type: "unknown" };
  if (operation.type === "closed") return operation;
  const { hold: before } = operation;
  const named = new Set(command.accounts.map(({ account }) => account));
  if (named.size !== before.accounts.length || !before.accounts.every((account) => named.has(account))) {
    return { type: "invalid", reason: "A hold is extended on the accounts it was made on" };
  }
  const refusal = refusalOf(command.accounts, byNanoUsd, (account) => draft.balance(account));
  if (refusal !== null) return { type: "refused", refusal };
  const heldNanoUsd = before.heldNanoUsd + byNanoUsd;
  draft.open({ ...before, heldNanoUsd, expiresAtMs });
  const entries = heldEntries("extend", before.accounts, byNanoUsd);
  draft.post({ operationId, kind: "extend", step: null, atMs, entries, settlement: null });
  return { type: "open", heldNanoUsd };
}

function meter(draft: LedgerDraft, { operationId, costNanoUsd }: CommandOf<"meter">): LedgerOutcome {
  const operation = draft.operation(operationId);
  if (operation === null) return { type: "unknown" };
  if (operation.type === "closed") return operation;
  draft.open({ ...operation.hold, meteredNanoUsd: costNanoUsd });
  return { type: "open", heldNanoUsd: operation.hold.heldNanoUsd };
}

function topUp(draft: LedgerDraft, command: CommandOf<"top-up">): LedgerOutcome {
  const { operationId, account, amountNanoUsd, feeNanoUsd, atMs } = command;
  const operation = draft.operation(operationId);
  if (operation?.type === "closed") return operation;
  if (operation?.type === "open") return { type: "invalid", reason: "This id is a call's" };
  // Spending fills an account, so what is paid in is taken from it.
  const entries: LedgerEntry[] = [
    { kind: "top-up", account, counterAccount: topUpsAccount(account), amount: -amountNanoUsd },
  ];
  if (feeNanoUsd > 0n) entries.push({ kind: "fee", account, counterAccount: feesAccount(account), amount: feeNanoUsd });
  return {
    type: "closed",
    posting: draft.post({ operationId, kind: "top-up", step: 0, atMs, entries, settlement: null }),
  };
}

function heldEntries(kind: "hold" | "extend", accounts: readonly string[], amount: bigint): LedgerEntry[] {
  return accounts.map((account) => ({ kind, account, counterAccount: holdsAccount(account), amount }));
}
