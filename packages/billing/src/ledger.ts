import { GatewayError } from "@gw/core";
import { GroupCommit } from "./group-commit.ts";
import { HoldQueue } from "./hold-queue.ts";
import type { LedgerCommand, LedgerOutcome } from "./ledger-command.ts";
import type {
  ClosedOperation,
  ExtendRequest,
  HoldOptions,
  HoldRequest,
  HoldResult,
  SettleRequest,
  TopUp,
  VoidRequest,
} from "./ledger-request.ts";
import type { LedgerStore } from "./ledger-store.ts";
import type { LedgerAccount } from "./limit.ts";
import type { Posting, SettledPrice } from "./posting.ts";
import { readBalances } from "./read-standing.ts";
import { refusalOf, roomIn, standingOf } from "./refusal-of.ts";

const overduePage = 1_000;

/**
 * Limits that hold and books that balance: *hold, extend, settle once, or void, or expire*.
 *
 * What is asked for within one turn of the event loop is one transaction of the store, of 512 commands at most, and every promise
 * here resolves once it is durable. Closing an operation again changes nothing and says how it was closed. An id that is empty or
 * holds half a character, and an amount that is negative or from 2^60 nano-USD on, are an `invalid_request` everywhere.
 */
export class Ledger {
  readonly #store: LedgerStore;
  readonly #nowMs: () => number;
  readonly #group: GroupCommit;
  readonly #queue = new HoldQueue();

  /** @param nowMs wall clock, in ms since 1970 */
  constructor(store: LedgerStore, { nowMs = Date.now }: { readonly nowMs?: () => number } = {}) {
    this.#store = store;
    this.#nowMs = nowMs;
    this.#group = new GroupCommit(store);
  }

  /**
   * Reserves an amount on all accounts at once. Who needs an account that others wait for waits behind them, or is refused.
   *
   * @throws {GatewayError} `unavailable` when the store fails, `aborted` when the signal ends the wait, `invalid_request`
   *   when the operation is closed already, and for an account named twice
   */
  async hold(request: HoldRequest, { waitMs = 0, signal }: HoldOptions = {}): Promise<HoldResult> {
    const awaited = this.#queue.awaited(request.accounts);
    const result = awaited.length > 0 ? await this.#resultBehind(awaited, request) : await this.#hold(request);
    if (result.granted || !result.fitsWithoutHolds || waitMs <= 0) return result;
    return this.#queue.wait(result, () => this.#hold(request), waitMs, signal);
  }

  /**
   * Reserves more for an operation that is under way, at once or not at all: it does not wait for those that wait for it.
   *
   * @throws {GatewayError} `unavailable`; `invalid_request` when the operation is unknown or closed, or held on other accounts
   */
  async extend(request: ExtendRequest): Promise<HoldResult> {
    return holdResultOf(await this.#group.submit({ ...request, type: "extend", atMs: this.#nowMs() }));
  }

  /**
   * Notes what an open operation has cost so far: what it is settled at if nobody settles it in time. Does nothing to a closed
   * one.
   *
   * @throws {GatewayError} `unavailable`; `invalid_request` when there is no such operation
   */
  async meter(operationId: string, costNanoUsd: bigint): Promise<void> {
    accepted(await this.#group.submit({ type: "meter", operationId, costNanoUsd, atMs: this.#nowMs() }));
  }

  /**
   * Posts what an operation cost, all of it, and gives back what else was held. Also without a hold before it.
   *
   * @throws {GatewayError} `unavailable`; `invalid_request` when the lines do not add up to the cost, for an account named
   *   twice, and when the id is a top-up's
   */
  settle(request: SettleRequest): Promise<ClosedOperation> {
    const { operationId, provider, price, accounts = null, tokens = {}, estimated = false } = request;
    return this.#close({
      type: "settle",
      operationId,
      accounts,
      settlement: {
        provider,
        costNanoUsd: price?.costNanoUsd ?? null,
        priceRow: price?.priceRow ?? null,
        lines: price?.lines ?? [],
        tokens,
        estimated,
        errorCode: request.errorCode ?? null,
        dimensions: { ...request.dimensions, provider },
      },
      atMs: this.#nowMs(),
    });
  }

  /**
   * Gives back what was held for a call that costs nothing. Also without a hold before it, so that the call is counted.
   *
   * @throws {GatewayError} `unavailable`; `invalid_request` when the id is a top-up's
   */
  void({ operationId, errorCode, dimensions = {} }: VoidRequest): Promise<ClosedOperation> {
    const nothing = { costNanoUsd: 0n, priceRow: null, lines: [], tokens: {}, estimated: false };
    return this.#close({
      type: "void",
      operationId,
      accounts: null,
      settlement: {
        ...nothing,
        provider: dimensions.provider ?? "unknown",
        errorCode: errorCode ?? null,
        dimensions,
      },
      atMs: this.#nowMs(),
    });
  }

  /**
   * Settles all that is past its deadline at what it was metered at, or, where it never was, at all that was held. Call it every
   * second or so.
   *
   * @throws {GatewayError} `unavailable`; what was settled until then stays settled
   */
  async expireOverdue(): Promise<readonly ClosedOperation[]> {
    const atMs = this.#nowMs();
    const expired: ClosedOperation[] = [];
    for (;;) {
      const overdue = await this.#store.overdue(atMs, overduePage);
      const settled = await this.#expire(overdue, atMs);
      expired.push(...settled);
      if (overdue.length < overduePage || settled.length === 0) return expired;
    }
  }

  /**
   * Puts a corrected price in the place of the one that an operation was settled by, as new entries.
   *
   * @throws {GatewayError} `unavailable`; `invalid_request` when the operation is unknown or open, its id is a top-up's, or the
   *   lines do not add up to the cost
   */
  correct(operationId: string, price: SettledPrice): Promise<ClosedOperation> {
    return this.#close({ type: "correct", operationId, price, atMs: this.#nowMs() });
  }

  /**
   * Pays into a credit account.
   *
   * @throws {GatewayError} `unavailable`; `invalid_request` when the id is a call's, or the fee is above the sum
   */
  async topUp({ id, account, amountNanoUsd, feeNanoUsd = 0n }: TopUp): Promise<void> {
    const command = { operationId: id, account: account.account, amountNanoUsd, feeNanoUsd, atMs: this.#nowMs() };
    accepted(await this.#group.submit({ type: "top-up", ...command }));
    this.#queue.freed([account.account]);
  }

  /**
   * The most that could be held against all of the accounts now; `null` when there are none.
   *
   * @throws {GatewayError} `unavailable`
   */
  async largestHold(accounts: readonly LedgerAccount[]): Promise<bigint | null> {
    return roomIn(accounts, await readBalances(this.#store, accounts));
  }

  async #expire(operationIds: readonly string[], atMs: number): Promise<ClosedOperation[]> {
    const outcomes = await Promise.all(
      operationIds.map(async (operationId) =>
        accepted(await this.#group.submit({ type: "expire", operationId, atMs })),
      ),
    );
    // One that was closed or extended meanwhile is left as it is.
    const expired = outcomes.flatMap((outcome) => {
      return outcome.type === "closed" && outcome.posting.kind === "expire" ? [outcome.posting] : [];
    });
    this.#queue.freed(expired.flatMap(({ entries }) => entries.map(({ account }) => account)));
    return expired.map(closedOf);
  }

  async #close(command: LedgerCommand): Promise<ClosedOperation> {
    const outcome = accepted(await this.#group.submit(command));
    if (outcome.type !== "closed") throw new GatewayError("invalid_request", "The operation is open");
    const { posting } = outcome;
    if (posting.settlement === null) throw new GatewayError("invalid_request", "This id is a top-up's");
    this.#queue.freed(posting.entries.map(({ account }) => account));
    return closedOf(posting);
  }

  async #hold({
    operationId,
    accounts,
    amountNanoUsd,
    expiresAtMs,
    dimensions = {},
  }: HoldRequest): Promise<HoldResult> {
    const asked = { operationId, accounts, amountNanoUsd, expiresAtMs, dimensions };
    return holdResultOf(await this.#group.submit({ type: "hold", ...asked, atMs: this.#nowMs() }));
  }

  /** Why somebody who came later has to wait, whatever room there is. */
  async #resultBehind(awaited: readonly string[], { accounts, amountNanoUsd }: HoldRequest): Promise<HoldResult> {
    const balance = await readBalances(this.#store, accounts);
    const refusal = refusalOf(accounts, amountNanoUsd, balance);
    if (refusal !== null)
      return { granted: false, ...refusal, blockedBy: [...new Set([...refusal.blockedBy, ...awaited])] };
    const first = accounts.find(({ account }) => account === awaited[0]) as LedgerAccount;
    const { postedNanoUsd: spentNanoUsd, heldNanoUsd } = standingOf(first, balance);
    const { limit, limitNanoUsd, resetsAtMs } = first;
    const standing = { limit, limitNanoUsd, spentNanoUsd, heldNanoUsd, resetsAtMs };
    return { granted: false, ...standing, fitsWithoutHolds: true, blockedBy: awaited };
  }
}

function accepted(outcome: LedgerOutcome): Exclude<LedgerOutcome, { type: "invalid" | "unknown" }> {
  if (outcome.type === "invalid") throw new GatewayError("invalid_request", outcome.reason);
  if (outcome.type === "unknown") throw new GatewayError("invalid_request", "There is no such operation");
  return outcome;
}

function holdResultOf(outcome: LedgerOutcome): HoldResult {
  const known = accepted(outcome);
  if (known.type === "refused") return { granted: false, ...known.refusal };
  if (known.type === "closed") throw new GatewayError("invalid_request", "The operation is closed");
  return { granted: true, heldNanoUsd: known.heldNanoUsd };
}

function closedOf({ operationId, kind, settlement, entries }: Posting): ClosedOperation {
  let overrunNanoUsd = 0n;
  for (const entry of entries) {
    if (entry.kind === "overrun" && entry.amount > overrunNanoUsd) overrunNanoUsd = entry.amount;
  }
  return {
    operationId,
    closedBy: kind as ClosedOperation["closedBy"],
    costNanoUsd: settlement?.costNanoUsd ?? null,
    overrunNanoUsd,
  };
}
