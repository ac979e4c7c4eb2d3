import type { DatabaseSync } from "node:sqlite";
import { Ledger, type LedgerStore, type SettleRequest, type VoidRequest } from "@gw/billing";
import { SqliteLedgerStore } from "@gw/billing/sqlite";
import { isGatewayError } from "@gw/core";
import type { Logger } from "pino";
import type { Operation } from "../operation.ts";
import { WriteBehind } from "../stores/write-behind.ts";
import { billOf } from "./bill-of.ts";
import { callerDimensions, targetDimensions } from "./dimensions-of.ts";
import type { GatewayLimit } from "./gateway-limit.ts";
import { LimitAlerts } from "./limit-alerts.ts";
import { type ChargedLimit, Spending } from "./spending.ts";
import { TokenCounter } from "./token-counter.ts";
import { UnheldCalls } from "./unheld-calls.ts";
import { usdText } from "./usd.ts";

type Closing =
  | { readonly type: "settle"; readonly request: SettleRequest; readonly charged: readonly ChargedLimit[] }
  | { readonly type: "void"; readonly request: VoidRequest; readonly charged: readonly [] };

const sweepMs = 1_000;

/** The gateway's books: what calls hold while they run, and what they cost when they are over. */
export class Till {
  readonly store: LedgerStore;
  readonly ledger: Ledger;
  readonly nowMs: () => number;
  readonly #logger: Logger;
  readonly #alerts: LimitAlerts;
  readonly #closings: WriteBehind<Closing>;
  readonly #open = new Set<Spending>();
  readonly #unheld: UnheldCalls;
  readonly #counter = new TokenCounter();
  readonly #sweeper: NodeJS.Timeout;
  #sweeping = false;

  /**
   * @param database stays open when this is closed
   * @param nowMs wall clock, in ms since 1970
   * @throws {GatewayError} `unavailable`
   */
  constructor(database: DatabaseSync, { logger, nowMs }: { readonly logger: Logger; readonly nowMs: () => number }) {
    this.store = new SqliteLedgerStore(database);
    this.ledger = new Ledger(this.store, { nowMs });
    this.nowMs = nowMs;
    this.#unheld = new UnheldCalls(this.ledger, nowMs);
    this.#logger = logger;
    this.#alerts = new LimitAlerts(this.store, logger);
    this.#closings = new WriteBehind({ logger, write: (closings) => this.#write(closings) });
    this.#sweeper = setInterval(() => void this.#sweep(), sweepMs);
    this.#sweeper.unref();
  }

  /** Looks after an operation, whose terms are known, until it is closed. */
  began(operation: Operation): void {
    this.#unheld.began(operation);
  }

  /** Opens the money of a call that limits may be in scope of; it is closed with the operation. */
  open(operation: Operation, limits: readonly GatewayLimit[]): Spending {
    const { ledger, store, nowMs } = this;
    const spending = new Spending({ operation, limits, ledger, store, nowMs, counter: this.#counter });
    operation.spending = spending;
    this.#open.add(spending);
    return spending;
  }

  /**
   * Books what an operation came to, soon and without anybody waiting for it. Called once, when it is closed.
   *
   * @returns what it cost; `null` where no price is known
   */
  closed(operation: Operation): bigint | null {
    const { spending, id, lastAttempt, error } = operation;
    this.#unheld.ended(operation);
    if (spending !== null) this.#open.delete(spending);
    // Who was refused before anybody was asked is not on the books, unless something is held.
    if (lastAttempt === null && (spending?.heldNanoUsd ?? null) === null) return 0n;
    const dimensions = {
      ...callerDimensions(operation),
      ...(lastAttempt !== null && targetDimensions(lastAttempt.target)),
    };
    const bill = billOf(operation);
    const errorCode = error === null ? {} : { errorCode: error.code };
    if (bill === null) {
      this.#closings.push({ type: "void", request: { operationId: id, dimensions, ...errorCode }, charged: [] });
      return 0n;
    }
    const { price, tokens, estimated } = bill;
    const provider = lastAttempt?.target.via.name ?? "unknown";
    const charged = spending?.chargedTo(dimensions) ?? null;
    const accounts = charged === null ? {} : { accounts: charged.map(({ account }) => account.account) };
    this.#closings.push({
      type: "settle",
      request: { operationId: id, provider, price, tokens, estimated, dimensions, ...accounts, ...errorCode },
      charged: charged ?? [],
    });
    return price?.costNanoUsd ?? null;
  }

  /** Resolves once all that was closed so far is on the disk, or could not be written. */
  flush(): Promise<void> {
    return this.#closings.flush();
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await this.#counter.close();
    await this.#closings.close();
    await this.#alerts.close();
  }

  async #write(closings: readonly Closing[]): Promise<void> {
    const results = await Promise.allSettled(closings.map((closing) => this.#book(closing)));
    const failure = results.find((result) => result.status === "rejected");
    // All of them are written again then: what is booked already stays as it is.
    if (failure !== undefined) throw failure.reason;
    const costs = results.map((result) => (result.status === "fulfilled" ? result.value : 0n));
    await this.#alert(closings, costs);
  }

  /** @returns what was booked, in nano-USD */
  async #book({ type, request }: Closing): Promise<bigint> {
    try {
      const { costNanoUsd, overrunNanoUsd } = await (type === "settle"
        ? this.ledger.settle(request)
        : this.ledger.void(request));
      if (overrunNanoUsd > 0n) {
        const { operationId } = request;
        this.#logger.warn(
          { operation: operationId, overrun_usd: usdText(overrunNanoUsd) },
          "a call cost more than was held",
        );
      }
      return costNanoUsd ?? 0n;
    } catch (error) {
      // Asking again does not make sense of what makes none.
      if (!isGatewayError(error) || error.code !== "invalid_request") throw error;
      this.#logger.error({ err: error, operation: request.operationId }, "a call could not be booked");
      return 0n;
    }
  }

  /** Looks at each account once, with all that these calls added to it. */
  async #alert(closings: readonly Closing[], costs: readonly bigint[]): Promise<void> {
    const sums = new Map<string, ChargedLimit & { readonly costNanoUsd: bigint }>();
    for (const [index, { charged }] of closings.entries()) {
      const costNanoUsd = costs[index] ?? 0n;
      if (costNanoUsd === 0n) continue;
      for (const { limit, account } of charged) {
        if (limit.webhook === null) continue;
        const before = sums.get(account.account)?.costNanoUsd ?? 0n;
        sums.set(account.account, { limit, account, costNanoUsd: before + costNanoUsd });
      }
    }
    const checks = [...sums.values()].map(({ limit, account, costNanoUsd }) =>
      this.#alerts.check(limit, account, costNanoUsd),
    );
    for (const check of await Promise.allSettled(checks)) {
      if (check.status === "rejected") this.#logger.error({ err: check.reason }, "a limit could not be looked at");
    }
  }

  async #sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      const renewed = await Promise.allSettled([
        this.#unheld.note(),
        ...[...this.#open].map((spending) => spending.renew()),
      ]);
      const reasons = renewed.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
      // One that another gateway has closed needs no life, and must not keep those of the dead from ending.
      const failure = reasons.find((reason) => !isGatewayError(reason) || reason.code !== "invalid_request");
      // What could not be kept alive is no reason to settle it: its call goes on.
      if (failure !== undefined) throw failure;
      const expired = await this.ledger.expireOverdue();
      if (expired.length > 0) this.#logger.warn({ expired: expired.length }, "holds expired that nobody had settled");
    } catch (error) {
      this.#logger.error({ err: error }, "the holds could not be looked after");
    } finally {
      this.#sweeping = false;
    }
  }
}
