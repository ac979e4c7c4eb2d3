import { GatewayError } from "@gw/core";
import { withoutWindow } from "./account-id.ts";
import type { HoldResult } from "./ledger-request.ts";
import type { LedgerAccount } from "./limit.ts";

type Attempt = () => Promise<HoldResult>;
type Refused = Extract<HoldResult, { readonly granted: false }>;

interface Waiter {
  /** Smaller for those who came first. */
  readonly ticket: number;
  readonly attempt: Attempt;
  readonly queues: Set<string>;
  refusal: Refused;
  attempting: boolean;
  /** Something was given back during an attempt: it may have read the state before that. */
  again: boolean;
  /** How it ends once the attempt that is under way is not granted. */
  leaving: (() => Refused | Promise<never>) | null;
  ended: boolean;
  end(result: HoldResult | Promise<never>): void;
}

/**
 * Those who wait for money that others hold, first come first served on each account, in this process.
 *
 * Who needs an account that somebody waits for waits behind, so that a large hold is not overtaken by small ones for ever.
 * Nobody waits where there is room: a team that waits for its own limit holds up nobody of another team.
 */
export class HoldQueue {
  readonly #queues = new Map<string, Waiter[]>();
  #nextTicket = 0;

  /** The accounts among these that somebody waits for. */
  awaited(accounts: readonly LedgerAccount[]): string[] {
    if (this.#queues.size === 0) return [];
    return accounts.map(({ account }) => account).filter((account) => this.#queues.has(withoutWindow(account)));
  }

  /**
   * Waits until an attempt is granted, its refusal says that waiting does not help, or the time is over.
   *
   * @returns the grant, or the last refusal
   * @throws {GatewayError} `aborted`; an attempt that is under way still counts, and resolves
   */
  wait(refusal: Refused, attempt: Attempt, waitMs: number, signal?: AbortSignal): Promise<HoldResult> {
    return new Promise((resolve) => {
      const giveUp = (): void => this.#leave(waiter, () => waiter.refusal);
      const abort = (): void =>
        this.#leave(waiter, () => Promise.reject(new GatewayError("aborted", "Aborted", { cause: signal?.reason })));
      const timer = setTimeout(giveUp, Math.min(waitMs, maxTimerMs));
      signal?.addEventListener("abort", abort, { once: true });
      const waiter: Waiter = {
        ticket: this.#nextTicket,
        attempt,
        queues: new Set(),
        refusal,
        attempting: false,
        again: false,
        leaving: null,
        ended: false,
        end: (result) => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", abort);
          resolve(result);
        },
      };
      this.#nextTicket += 1;
      this.#join(waiter, refusal.blockedBy);
      if (signal?.aborted) abort();
      // Room may have come while this one was on its way here.
      else void this.#attempt(waiter);
    });
  }

  /** Says that accounts hold less than before. */
  freed(accounts: readonly string[]): void {
    if (this.#queues.size > 0) this.#wake(accounts.map(withoutWindow));
  }

  #wake(queues: Iterable<string>): void {
    for (const name of new Set(queues)) {
      const head = this.#queues.get(name)?.[0];
      if (head !== undefined) void this.#attempt(head);
    }
  }

  async #attempt(waiter: Waiter): Promise<void> {
    if (waiter.attempting) {
      waiter.again = true;
      return;
    }
    waiter.attempting = true;
    try {
      do {
        waiter.again = false;
        // One who came before is first on one of the accounts.
        if (![...waiter.queues].every((name) => this.#queues.get(name)?.[0] === waiter)) return;
        const result = await waiter.attempt();
        if (result.granted || !result.fitsWithoutHolds) return this.#end(waiter, result);
        waiter.refusal = result;
        if (waiter.leaving !== null) return this.#end(waiter, waiter.leaving());
        this.#join(waiter, result.blockedBy);
      } while (waiter.again);
    } catch (error) {
      this.#end(waiter, Promise.reject(error));
    } finally {
      waiter.attempting = false;
    }
  }

  #leave(waiter: Waiter, how: () => Refused | Promise<never>): void {
    // An attempt that is granted after all must not be left behind.
    if (waiter.attempting) waiter.leaving = how;
    else this.#end(waiter, how());
  }

  #join(waiter: Waiter, accounts: readonly string[]): void {
    for (const name of accounts.map(withoutWindow)) {
      if (waiter.queues.has(name)) continue;
      waiter.queues.add(name);
      const queue = this.#queues.get(name) ?? [];
      const place = queue.findIndex(({ ticket }) => ticket > waiter.ticket);
      queue.splice(place === -1 ? queue.length : place, 0, waiter);
      this.#queues.set(name, queue);
    }
  }

  #end(waiter: Waiter, result: HoldResult | Promise<never>): void {
    if (waiter.ended) return;
    waiter.ended = true;
    for (const name of waiter.queues) {
      const queue = this.#queues.get(name) ?? [];
      queue.splice(queue.indexOf(waiter), 1);
      if (queue.length === 0) this.#queues.delete(name);
    }
    waiter.end(result);
    this.#wake(waiter.queues);
  }
}

// Longer timers fire at once in every runtime.
const maxTimerMs = 2_147_483_647;
