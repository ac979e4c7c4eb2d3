import type { LedgerCommand } from "./ledger-command.ts";
import { remainderPicoUsd, type SettledPrice } from "./posting.ts";

// What 64 bits hold, with room for sums: 1.1 billion USD.
const maxNanoUsd = 2n ** 60n;

/** Why a command makes no sense, in words for people; `null` when it does. */
export function invalidReason(command: LedgerCommand): string | null {
  // Half a character would be another id once it is stored.
  if (command.operationId === "" || !command.operationId.isWellFormed()) return "An operation needs an id";
  switch (command.type) {
    case "hold":
      if (new Set(command.accounts.map(({ account }) => account)).size !== command.accounts.length) {
        return "An account is named twice";
      }
      return amountReason(command.amountNanoUsd);
    case "extend":
      return amountReason(command.byNanoUsd);
    case "meter":
      return amountReason(command.costNanoUsd);
    case "settle":
    case "void":
      if (command.accounts !== null && new Set(command.accounts).size !== command.accounts.length) {
        return "An account is named twice";
      }
      if (command.type === "void" && command.settlement.costNanoUsd !== 0n) return "What is voided costs nothing";
      if (command.settlement.costNanoUsd === null) return null;
      return priceReason({ ...command.settlement, costNanoUsd: command.settlement.costNanoUsd });
    case "expire":
      return null;
    case "correct":
      return priceReason(command.price);
    case "top-up":
      if (command.feeNanoUsd > command.amountNanoUsd) return "The fee is more than what is paid in";
      return amountReason(command.amountNanoUsd) ?? amountReason(command.feeNanoUsd);
  }
}

function priceReason(price: Pick<SettledPrice, "lines" | "costNanoUsd">): string | null {
  const remainder = remainderPicoUsd(price);
  // The cost may be rounded, and so may each line.
  const allowed = 500n + BigInt(price.lines.length);
  if (remainder > allowed || remainder < -allowed) return "The lines do not add up to the cost";
  return amountReason(price.costNanoUsd);
}

function amountReason(nanoUsd: bigint): string | null {
  return nanoUsd >= 0n && nanoUsd < maxNanoUsd ? null : "An amount is negative or too large";
}
