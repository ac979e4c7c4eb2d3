import { bookOf, isHoldsAccount, usageAccount } from "./account-id.ts";
import {
  type Balance,
  type Books,
  eachPosting,
  emptyBalance,
  type LedgerStore,
  type OpenHold,
} from "./ledger-store.ts";
import { movesHeld, type Posting } from "./posting.ts";

/** Something that does not add up. */
export interface LedgerProblem {
  readonly code: /** All accounts of a book together are not 0: debits and credits differ. */
    | "book_unbalanced"
    /** An account is not the sum of its entries. */
    | "account_differs"
    /** What an account holds is not what its open operations hold. */
    | "held_differs"
    /** An operation was closed more than once. */
    | "closed_twice"
    /** A hold without its posting, or an operation that was never closed and has no hold. */
    | "hold_differs"
    /** A hold is past its deadline. */
    | "hold_overdue"
    /** The entries of a settlement are not its cost. */
    | "cost_differs"
    /** Numbers of postings are missing. */
    | "posting_missing";
  /** The book, account or operation. */
  readonly subject: string;
}

/** What the books look like. They are in order when there are no problems. */
export interface LedgerReport {
  readonly postings: number;
  readonly accounts: number;
  readonly openHolds: number;
  /** How many operations cost more than they held. */
  readonly overruns: number;
  readonly problems: readonly LedgerProblem[];
}

/**
 * Proves the books from the postings alone: debits are credits, an account is the sum of its entries, nothing was settled
 * twice, and no hold is past its deadline. Reads only, and looks at one moment, whoever writes meanwhile.
 *
 * @param nowMs holds with an earlier deadline are overdue: give a little grace where somebody expires them
 * @throws {GatewayError} `unavailable`
 */
export async function verify(store: Pick<LedgerStore, "books" | "postings">, nowMs: number): Promise<LedgerReport> {
  const { lastSeq, balances, holds } = await store.books();
  const { postings, overruns, sums, unclosed, problems } = await sumsOf(store, lastSeq);
  problems.push(...bookProblems(balances, sums), ...holdProblems(balances, holds, unclosed, nowMs));
  return { postings, accounts: balances.size, openHolds: holds.length, overruns, problems };
}

interface PostingSums {
  readonly postings: number;
  readonly overruns: number;
  /** By account. */
  readonly sums: ReadonlyMap<string, Balance>;
  /** Operations that hold something and were not closed. */
  readonly unclosed: ReadonlySet<string>;
  readonly problems: LedgerProblem[];
}

async function sumsOf(store: Pick<LedgerStore, "postings">, lastSeq: number): Promise<PostingSums> {
  const problems: LedgerProblem[] = [];
  const sums = new Map<string, MutableBalance>();
  const unclosed = new Set<string>();
  const closed = new Set<string>();
  let [postings, overruns] = [0, 0];
  for await (const posting of eachPosting(store, lastSeq)) {
    postings += 1;
    const { operationId, step, entries } = posting;
    for (const { kind, account, counterAccount, amount } of entries) {
      const field = movesHeld(kind) ? "heldNanoUsd" : "postedNanoUsd";
      sumOf(sums, account)[field] += amount;
      sumOf(sums, counterAccount)[field] -= amount;
    }
    if (posting.kind === "hold") unclosed.add(operationId);
    if (step === 0) {
      if (closed.has(operationId)) problems.push({ code: "closed_twice", subject: operationId });
      closed.add(operationId);
      unclosed.delete(operationId);
    }
    if (entries.some(({ kind }) => kind === "overrun")) overruns += 1;
    if (!costIsPosted(posting)) problems.push({ code: "cost_differs", subject: operationId });
  }
  if (postings !== lastSeq) problems.push({ code: "posting_missing", subject: String(lastSeq) });
  return { postings, overruns, sums, unclosed, problems };
}

function bookProblems(balances: Books["balances"], sums: ReadonlyMap<string, Balance>): LedgerProblem[] {
  const problems: LedgerProblem[] = [];
  const books = new Map<string, MutableBalance>();
  for (const account of new Set([...balances.keys(), ...sums.keys()])) {
    const { postedNanoUsd, heldNanoUsd } = balances.get(account) ?? emptyBalance;
    const sum = sums.get(account) ?? emptyBalance;
    if (postedNanoUsd !== sum.postedNanoUsd || heldNanoUsd !== sum.heldNanoUsd) {
      problems.push({ code: "account_differs", subject: account });
    }
    const book = sumOf(books, bookOf(account));
    book.postedNanoUsd += postedNanoUsd;
    book.heldNanoUsd += heldNanoUsd;
  }
  for (const [subject, { postedNanoUsd, heldNanoUsd }] of books) {
    if (postedNanoUsd !== 0n || heldNanoUsd !== 0n) problems.push({ code: "book_unbalanced", subject });
  }
  return problems;
}

function holdProblems(
  balances: Books["balances"],
  holds: readonly OpenHold[],
  unclosed: ReadonlySet<string>,
  nowMs: number,
): LedgerProblem[] {
  const problems: LedgerProblem[] = [];
  const left = new Map<string, bigint>();
  for (const [account, { heldNanoUsd }] of balances) if (!isHoldsAccount(account)) left.set(account, heldNanoUsd);
  const unheld = new Set(unclosed);
  for (const { operationId, accounts, heldNanoUsd, expiresAtMs } of holds) {
    for (const account of accounts) left.set(account, (left.get(account) ?? 0n) - heldNanoUsd);
    if (!unheld.delete(operationId)) problems.push({ code: "hold_differs", subject: operationId });
    if (expiresAtMs < nowMs) problems.push({ code: "hold_overdue", subject: operationId });
  }
  for (const operationId of unheld) problems.push({ code: "hold_differs", subject: operationId });
  for (const [subject, nanoUsd] of left) if (nanoUsd !== 0n) problems.push({ code: "held_differs", subject });
  return problems;
}

type MutableBalance = { -readonly [Field in keyof Balance]: Balance[Field] };

function sumOf(sums: Map<string, MutableBalance>, name: string): MutableBalance {
  let sum = sums.get(name);
  if (sum === undefined) {
    sum = { ...emptyBalance };
    sums.set(name, sum);
  }
  return sum;
}

function costIsPosted({ entries, settlement }: Posting): boolean {
  if (settlement === null) return true;
  const posted = entries.reduce((sum, { account, amount }) => (account === usageAccount ? sum + amount : sum), 0n);
  return posted === (settlement.costNanoUsd ?? 0n) - (settlement.costBeforeNanoUsd ?? 0n);
}
