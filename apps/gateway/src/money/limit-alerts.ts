import { setTimeout as sleep } from "node:timers/promises";
import { type LedgerAccount, type LedgerStore, readStanding } from "@gw/billing";
import type { Logger } from "pino";
import type { GatewayLimit } from "./gateway-limit.ts";
import { usdNumber } from "./usd.ts";

const tries = 3;
const replyTimeoutMs = 5_000;
const pauseMs = 1_000;
const maxPending = 100;
const maxRemembered = 10_000;

/** Tells a webhook when a limit is used up to a share. Nobody waits for it, and each gateway tells each share once a window. */
export class LimitAlerts {
  readonly #store: Pick<LedgerStore, "balances">;
  readonly #logger: Logger;
  readonly #stopped = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  /** By account: how much was spent when it was last looked at. */
  readonly #spent = new Map<string, bigint>();

  constructor(store: Pick<LedgerStore, "balances">, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /**
   * Looks at an account after calls were booked to it, and before any other is.
   *
   * @param costNanoUsd of those calls together: what was spent before them was told then
   * @throws {GatewayError} `unavailable`
   */
  async check(limit: GatewayLimit, account: LedgerAccount, costNanoUsd: bigint): Promise<void> {
    const { webhook, alertAt } = limit;
    if (webhook === null) return;
    const { postedNanoUsd: spent, heldNanoUsd: held } = await readStanding(this.#store, account);
    const before = this.#spent.get(account.account) ?? spent - costNanoUsd;
    if (this.#spent.size >= maxRemembered) this.#spent.clear();
    this.#spent.set(account.account, spent);
    for (const share of alertAt) {
      const bound = BigInt(Math.ceil(Number(account.limitNanoUsd) * share));
      if (before >= bound || spent < bound) continue;
      this.#send(webhook, {
        limit: limit.name,
        account: account.account,
        alert_at: share,
        limit_usd: usdNumber(account.limitNanoUsd),
        spent_usd: usdNumber(spent),
        held_usd: usdNumber(held),
        resets_at: account.resetsAtMs === null ? null : new Date(account.resetsAtMs).toISOString(),
      });
    }
  }

  /** Gives up what was not told yet. */
  async close(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#pending);
  }

  #send(url: string, alert: object): void {
    if (this.#pending.size >= maxPending) {
      this.#logger.error({ alert }, "an alert was not told: too many are under way");
      return;
    }
    const sending = this.#deliver(url, JSON.stringify(alert)).catch((error: unknown) => {
      this.#logger.error({ err: error, alert }, "an alert could not be told");
    });
    this.#pending.add(sending);
    void sending.finally(() => this.#pending.delete(sending));
  }

  async #deliver(url: string, body: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const signal = AbortSignal.any([AbortSignal.timeout(replyTimeoutMs), this.#stopped.signal]);
        const headers = { "content-type": "application/json" };
        const reply = await fetch(url, { method: "POST", headers, body, signal, redirect: "error" });
        await reply.body?.cancel();
        if (reply.ok) return;
        throw new Error(`The webhook answered with status ${reply.status}`);
      } catch (error) {
        if (attempt === tries || this.#stopped.signal.aborted) throw error;
      }
      await sleep(pauseMs * attempt, undefined, { signal: this.#stopped.signal });
    }
  }
}
