import { creditAccountId, everyCall, groupOf, limitAccountId } from "./account-id.ts";
import { type DimensionName, type Dimensions, dimensionOf } from "./dimensions.ts";
import { type CalendarPeriod, windowAt } from "./limit-window.ts";

/** What may be spent at most. */
export interface Limit {
  /** Its accounts are known by this name: who renames a limit begins at 0. */
  readonly name: string;
  /** The calls it is for: those that have all of these values. All calls by default. */
  readonly scope?: Dimensions;
  /**
   * Each value of this dimension has an account of its own. Calls without a value share one more: who leaves the value out
   * escapes no limit, and takes nothing from those who give it.
   */
  readonly groupBy?: DimensionName;
  readonly limitNanoUsd: bigint;
  readonly per: CalendarPeriod | "rolling" | "total";
  /** Length of a rolling window, one day by default. It moves on in steps of a 24th, and until then counts a little more. */
  readonly windowMs?: number;
  /** IANA name of the zone whose calendar counts, `UTC` by default. */
  readonly timeZone?: string;
}

/** One account that a call is held and settled against, and what it must not pass. */
export interface LedgerAccount {
  /** Its id in the ledger. */
  readonly account: string;
  /** Name of the limit. */
  readonly limit: string;
  /** Posted and held amounts together never pass it. */
  readonly limitNanoUsd: bigint;
  /** When it is empty again, in ms since 1970; `null` where it never is. */
  readonly resetsAtMs: number | null;
  /** What counts beside it, oldest first, and until when: the earlier steps of a rolling window. */
  readonly earlier: readonly { readonly account: string; readonly leavesAtMs: number }[];
}

const rollingSteps = 24;
const dayMs = 86_400_000;

/**
 * The accounts that a call is counted in, in the order of the limits.
 *
 * A limit scoped by provider or model is in scope of those that the dimensions name: a call with several targets holds against
 * the accounts of all of them, and names those of the one that answered when it settles.
 */
export function accountsFor(limits: readonly Limit[], dimensions: Dimensions, nowMs: number): LedgerAccount[] {
  return limits
    .filter(({ scope }) => scope === undefined || inScope(scope, dimensions))
    .map((limit) => accountOf(limit, groupIn(limit, dimensions), nowMs));
}

/** The account of a credit balance, for calls that draw on it: it holds as much as was topped up and not spent. */
export function creditAccount(name: string): LedgerAccount {
  return { account: creditAccountId(name), limit: name, limitNanoUsd: 0n, resetsAtMs: null, earlier: [] };
}

/** An account of a limit at a time. `group` is the last part of its id. */
export function accountOf(limit: Limit, group: string, nowMs: number): LedgerAccount {
  const { name, limitNanoUsd } = limit;
  const idAt = (fromMs: number | null): string => limitAccountId(limit, fromMs, group);
  if (limit.per === "total") return { account: idAt(null), limit: name, limitNanoUsd, resetsAtMs: null, earlier: [] };
  if (limit.per !== "rolling") {
    const { fromMs, toMs } = windowAt(limit.per, limit.timeZone ?? "UTC", nowMs);
    return { account: idAt(fromMs), limit: name, limitNanoUsd, resetsAtMs: toMs, earlier: [] };
  }
  const windowMs = limit.windowMs ?? dayMs;
  const stepMs = windowMs / rollingSteps;
  const step = Math.floor(nowMs / stepMs);
  const earlier = Array.from({ length: rollingSteps }, (_, index) => step - rollingSteps + index).map((past) => ({
    account: idAt(Math.round(past * stepMs)),
    leavesAtMs: Math.ceil((past + 1) * stepMs + windowMs),
  }));
  const resetsAtMs = Math.ceil((step + 1) * stepMs + windowMs);
  return { account: idAt(Math.round(step * stepMs)), limit: name, limitNanoUsd, resetsAtMs, earlier };
}

function groupIn({ groupBy }: Limit, dimensions: Dimensions): string {
  return groupBy === undefined ? everyCall : groupOf(dimensionOf(dimensions, groupBy));
}

function inScope(scope: Dimensions, dimensions: Dimensions): boolean {
  const { metadata = {}, ...others } = scope;
  const names = [
    ...(Object.keys(others) as DimensionName[]),
    ...Object.keys(metadata).map((key): DimensionName => `metadata.${key}`),
  ];
  return names.every((name) => {
    const wanted = dimensionOf(scope, name);
    return wanted === null || wanted === dimensionOf(dimensions, name);
  });
}
