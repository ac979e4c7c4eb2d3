export { applyCommands } from "./apply-commands.ts";
export type { DimensionName, Dimensions } from "./dimensions.ts";
export { Ledger } from "./ledger.ts";
export type { LedgerCommand, LedgerOutcome, NewSettlement, Refusal } from "./ledger-command.ts";
export type { LedgerDraft, LedgerState } from "./ledger-draft.ts";
export type {
  ClosedOperation,
  ExtendRequest,
  HoldOptions,
  HoldRequest,
  HoldResult,
  SettleRequest,
  TopUp,
  VoidRequest,
} from "./ledger-request.ts";
export {
  type Balance,
  type Books,
  eachPosting,
  eachSettled,
  type LedgerStore,
  type OpenHold,
  type OperationState,
  type SettledRange,
} from "./ledger-store.ts";
export { accountsFor, creditAccount, type LedgerAccount, type Limit } from "./limit.ts";
export { type LimitStanding, limitStandings } from "./limit-standings.ts";
export { MemoryLedgerStore } from "./memory-ledger-store.ts";
export type { CostLine, EntryKind, LedgerEntry, Posting, SettledPrice, Settlement } from "./posting.ts";
export { priceOf } from "./price-of.ts";
export { type PriceCircumstances, priceRowFor } from "./price-row-for.ts";
export type { ExtraUnits, PricedLine, PricedUsage } from "./priced-usage.ts";
export { readStanding } from "./read-standing.ts";
export { type PriceChange, reprice } from "./reprice.ts";
export { type UsageQuery, type UsageRow, usageOf } from "./usage.ts";
export { type LedgerProblem, type LedgerReport, verify } from "./verify.ts";
