import type { Ledger } from "@gw/billing";
import { unknownUsage } from "@gw/core";
import type { Operation } from "../operation.ts";
import { costSoFar } from "./bill-of.ts";
import { callerDimensions, targetDimensions } from "./dimensions-of.ts";
import { holdLifeMs } from "./spending.ts";

/** How an operation stands in the ledger. */
interface Noted {
  expiresAtMs: number;
  costNanoUsd: bigint;
}

// Most calls are over by then, and cost nothing beside their settlement.
const notedAfterMs = 1_000;

/**
 * Calls that no limit is in scope of. Nothing is held for them, but one that takes long is an open operation in the ledger while it
 * runs: when the gateway dies it is settled at what it had cost by an estimate, and not lost.
 */
export class UnheldCalls {
  readonly #ledger: Ledger;
  readonly #nowMs: () => number;
  readonly #running = new Set<Operation>();
  readonly #noted = new WeakMap<Operation, Noted>();

  constructor(ledger: Ledger, nowMs: () => number) {
    this.#ledger = ledger;
    this.#nowMs = nowMs;
  }

  /** @param operation held for or not: who holds anything is left alone */
  began(operation: Operation): void {
    this.#running.add(operation);
  }

  ended(operation: Operation): void {
    this.#running.delete(operation);
  }

  /**
   * Enters those that have come to run long, and keeps the others alive: all in one transaction that nobody waits for.
   *
   * @throws {GatewayError} `unavailable`
   */
  async note(): Promise<void> {
    const work: Promise<void>[] = [];
    for (const operation of this.#running) {
      if (operation.elapsedMs() < notedAfterMs || (operation.spending?.heldNanoUsd ?? null) !== null) continue;
      // What has no price, or none that an estimate comes to, would stand there as if it were free.
      const costNanoUsd = costSoFar(operation, operation.usage ?? unknownUsage);
      if (costNanoUsd === null || costNanoUsd === 0n) continue;
      const noted = this.#noted.get(operation);
      work.push(
        noted === undefined ? this.#enter(operation, costNanoUsd) : this.#renew(operation.id, noted, costNanoUsd),
      );
    }
    const results = await Promise.allSettled(work);
    const failure = results.find((result) => result.status === "rejected");
    if (failure !== undefined) throw failure.reason;
  }

  async #enter(operation: Operation, costNanoUsd: bigint): Promise<void> {
    const { id: operationId, lastAttempt } = operation;
    // Nobody is at work on it.
    if (lastAttempt === null || lastAttempt.error !== null) return;
    const expiresAtMs = this.#nowMs() + holdLifeMs;
    const dimensions = { ...callerDimensions(operation), ...targetDimensions(lastAttempt.target) };
    await this.#ledger.hold({ operationId, accounts: [], amountNanoUsd: costNanoUsd, expiresAtMs, dimensions });
    this.#noted.set(operation, { expiresAtMs, costNanoUsd });
  }

  async #renew(operationId: string, noted: Noted, costNanoUsd: bigint): Promise<void> {
    const isDue = noted.expiresAtMs - this.#nowMs() <= holdLifeMs / 2;
    // A long answer is not written down anew each second.
    const hasGrown = costNanoUsd * 4n >= noted.costNanoUsd * 5n;
    const work: Promise<unknown>[] = [];
    if (isDue) {
      const expiresAtMs = this.#nowMs() + holdLifeMs;
      work.push(this.#ledger.extend({ operationId, accounts: [], byNanoUsd: 0n, expiresAtMs }));
      noted.expiresAtMs = expiresAtMs;
    }
    if (hasGrown || (isDue && costNanoUsd !== noted.costNanoUsd)) {
      work.push(this.#ledger.meter(operationId, costNanoUsd));
      noted.costNanoUsd = costNanoUsd;
    }
    await Promise.all(work);
  }
}
