import { afterThisTurn } from "./after-this-turn.ts";
import type { Dimensions } from "./dimensions.ts";
import type { LedgerCommand, LedgerOutcome } from "./ledger-command.ts";
import type { Posting } from "./posting.ts";

/** What an account stands at: the sum of its entries. */
export interface Balance {
  readonly postedNanoUsd: bigint;
  readonly heldNanoUsd: bigint;
}

/** An account that nothing was ever booked to. */
export const emptyBalance: Balance = Object.freeze({ postedNanoUsd: 0n, heldNanoUsd: 0n });

/** What is reserved for an operation that is not closed yet. */
export interface OpenHold {
  /** Of the posting that opened it. */
  readonly seq: number;
  readonly operationId: string;
  /** Each holds the whole amount. */
  readonly accounts: readonly string[];
  readonly heldNanoUsd: bigint;
  /** What it has cost so far, as far as somebody said; `null` when nobody has. */
  readonly meteredNanoUsd: bigint | null;
  /** In ms since 1970. */
  readonly expiresAtMs: number;
  readonly dimensions: Dimensions;
}

/** Where an operation is. */
export type OperationState =
  | { readonly type: "open"; readonly hold: OpenHold }
  /** With its newest posting. */
  | { readonly type: "closed"; readonly posting: Posting };

/** The whole state at one moment, without the postings that led to it. */
export interface Books {
  /** Of the newest posting; 0 when there is none. */
  readonly lastSeq: number;
  readonly balances: ReadonlyMap<string, Balance>;
  readonly holds: readonly OpenHold[];
}

/** A page of the postings that have a settlement. */
export interface SettledRange {
  /** Not older than this. */
  readonly fromMs: number;
  /** Older than this. */
  readonly toMs: number;
  /** Only those behind this one; `null` for the first page. */
  readonly after: Pick<Posting, "atMs" | "seq"> | null;
  readonly limit: number;
}

/**
 * Where a ledger is kept. Every method rejects when the data cannot be read or written; then nothing was done.
 *
 * Asynchronous and in batches, so that replicas can share it.
 */
export interface LedgerStore {
  /**
   * Carries out commands one after another, all in one transaction that is durable once this resolves. What each does is up to
   * `applyCommands`.
   *
   * @returns the outcomes, in the order of the commands
   * @throws {GatewayError} `unavailable`
   */
  apply(commands: readonly LedgerCommand[]): Promise<readonly LedgerOutcome[]>;
  /**
   * One for each account, in their order.
   *
   * @throws {GatewayError} `unavailable`
   */
  balances(accounts: readonly string[]): Promise<readonly Balance[]>;
  /**
   * The accounts whose ids begin with a text, by id.
   *
   * @throws {GatewayError} `unavailable`
   */
  balancesUnder(prefix: string): Promise<ReadonlyMap<string, Balance>>;
  /**
   * Ids of operations whose hold is past its deadline, the oldest first.
   *
   * @throws {GatewayError} `unavailable`
   */
  overdue(nowMs: number, limit: number): Promise<readonly string[]>;
  /**
   * All of one moment, whoever writes meanwhile.
   *
   * @throws {GatewayError} `unavailable`
   */
  books(): Promise<Books>;
  /**
   * Those with greater numbers, in the order of their numbers.
   *
   * @throws {GatewayError} `unavailable`
   */
  postings(afterSeq: number, limit: number): Promise<readonly Posting[]>;
  /**
   * By time, then in the order of their numbers.
   *
   * @throws {GatewayError} `unavailable`
   */
  settled(range: SettledRange): Promise<readonly Posting[]>;
}

// Reading a page takes about a millisecond, and others have their turn between two of them.
const pageSize = 100;
const nextTurn = (): Promise<void> => new Promise(afterThisTurn);

/** All postings up to one, page by page. */
export async function* eachPosting(store: Pick<LedgerStore, "postings">, lastSeq: number): AsyncGenerator<Posting> {
  let afterSeq = 0;
  while (afterSeq < lastSeq) {
    const page = await store.postings(afterSeq, Math.min(pageSize, lastSeq - afterSeq));
    const last = page.at(-1);
    if (last === undefined) return;
    yield* page;
    afterSeq = last.seq;
    await nextTurn();
  }
}

/** All postings with a settlement, of a time, page by page. */
export async function* eachSettled(
  store: Pick<LedgerStore, "settled">,
  { fromMs, toMs }: Pick<SettledRange, "fromMs" | "toMs">,
): AsyncGenerator<Posting> {
  let after: Posting | undefined;
  do {
    const page = await store.settled({ fromMs, toMs, after: after ?? null, limit: pageSize });
    yield* page;
    after = page.at(-1);
    await nextTurn();
  } while (after !== undefined);
}
