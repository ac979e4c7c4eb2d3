import { bookOf, isHoldsAccount, usageAccount } from "./account-id.ts";
import { type Balance, eachPosting, emptyBalance, type LedgerStore } from "./ledger-store.ts";
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
  const problems: LedgerProblem[] = [];
  const found = (code: LedgerProblem["code"], subject: string): void => void problems.push({ code, subject });

  const sums = new Map<string, MutableBalance>();
  const open = new Set<string>();
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
    if (posting.kind === "hold") open.add(operationId);
    if (step === 0) {
      if (closed.has(operationId)) found("closed_twice", operationId);
      closed.add(operationId);
      open.delete(operationId);
    }
    if (entries.some(({ kind }) => kind === "overrun")) overruns += 1;
    if (!costIsPosted(posting)) found("cost_differs", operationId);
  }
  if (postings !== lastSeq) found("posting_missing", String(lastSeq));

  const books = new Map<string, MutableBalance>();
  const held = new Map<string, bigint>();
  for (const account of new Set([...balances.keys(), ...sums.keys()])) {
    const { postedNanoUsd, heldNanoUsd } = balances.get(account) ?? emptyBalance;
    const sum = sums.get(account) ?? emptyBalance;
    if (postedNanoUsd !== sum.postedNanoUsd || heldNanoUsd !== sum.heldNanoUsd) found("account_differs", account);
    const book = sumOf(books, bookOf(account));
    book.postedNanoUsd += postedNanoUsd;
    book.heldNanoUsd += heldNanoUsd;
    if (!isHoldsAccount(account)) held.set(account, heldNanoUsd);
  }
  for (const [book, { postedNanoUsd, heldNanoUsd }] of books) {
    if (postedNanoUsd !== 0n || heldNanoUsd !== 0n) found("book_unbalanced", book);
  }
  for (const { operationId, accounts, heldNanoUsd, expiresAtMs } of holds) {
    for (const account of accounts) held.set(account, (held.get(account) ?? 0n) - heldNanoUsd);
    if (!open.delete(operationId)) found("hold_differs", operationId);
    if (expiresAtMs < nowMs) found("hold_overdue", operationId);
  }
  for (const operationId of open) found("hold_differs", operationId);
  for (const [account, left] of held) if (left !== 0n) found("held_differs", account);
  return { postings, accounts: balances.size, openHolds: holds.length, overruns, problems };
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
