import {
  accountsFor,
  type Dimensions,
  type ExtendRequest,
  type HoldResult,
  type Ledger,
  type LedgerAccount,
  type LedgerStore,
  type Refusal,
  readStanding,
} from "@gw/billing";
import { GatewayError } from "@gw/core";
import type { Settings } from "../config/settings.ts";
import type { Operation } from "../operation.ts";
import type { DecodedCall } from "../pipeline/decode.ts";
import type { DeliveryFrame } from "../pipeline/delivery-frame.ts";
import type { RoutePlan, RouteTarget } from "../routing/route-plan.ts";
import { failureCost } from "./bill-of.ts";
import { budgetError } from "./budget-error.ts";
import {
  affordableOutput,
  type CallBound,
  callBound,
  dearestCost,
  type RequestSize,
  requestSize,
} from "./call-bound.ts";
import { countedBounds, hopedBounds, isCountable } from "./counted-input.ts";
import { callerDimensions, targetDimensions } from "./dimensions-of.ts";
import { type FittedCall, fittedCall } from "./fitted-call.ts";
import type { GatewayLimit } from "./gateway-limit.ts";
import { thinkingBudget } from "./output-bound.ts";
import { priceRowOf } from "./price-row-of.ts";
import type { TokenCounter } from "./token-counter.ts";
import { visibleTokens } from "./visible-tokens.ts";

/** A limit that a call is charged to. */
export interface ChargedLimit {
  readonly limit: GatewayLimit;
  readonly account: LedgerAccount;
}

/** What of the settings a hold heeds. */
type MoneySettings = Pick<Settings, "fitMaxTokens" | "unpricedModels">;

// Output is held in pieces of this size while it streams.
const stepTokens = 4_096;
// Held for a model that nobody knows the bound of, where the request has none: to set one would fail where it is beyond the model's.
const usualOutputTokens = 16_384;
/** Less is refused by a vendor. @see https://platform.openai.com/docs/api-reference/responses/create (`max_output_tokens`, read 2026-11-29) */
const leastOutputTokens = 16;
/** A hold of a gateway that died is settled after this time. */
export const holdLifeMs = 20_000;

/** The money of one call on the limits in its scope: held before it is sent, more while it streams, settled in the end. */
export class Spending {
  readonly #operation: Operation;
  readonly #limits: readonly GatewayLimit[];
  readonly #ledger: Ledger;
  readonly #store: LedgerStore;
  readonly #counter: Pick<TokenCounter, "count">;
  readonly #nowMs: () => number;
  #accounts: readonly LedgerAccount[] = [];
  /** Which windows it counts in. */
  #heldAtMs = 0;
  #bounds: readonly CallBound[] = [];
  #heldNanoUsd: bigint | null = null;
  #attemptNanoUsd = 0n;
  #expiresAtMs = 0;
  /** Tokens of output that the hold is good for; `null`: as many as there can be. */
  #heldOutput: number | null = null;
  #seenOutput = 0;
  #coveredFailures = 0;
  #extending: Promise<void> | null = null;
  /** Why no more could be held the last time; `null`: it could. */
  #denial: unknown = null;
  /** Of the limit in scope that has the least room; `null` until something is held. */
  #leftNanoUsd: bigint | null = null;

  constructor(options: {
    readonly operation: Operation;
    readonly limits: readonly GatewayLimit[];
    readonly ledger: Ledger;
    readonly store: LedgerStore;
    readonly counter: Pick<TokenCounter, "count">;
    readonly nowMs: () => number;
  }) {
    this.#operation = options.operation;
    this.#limits = options.limits;
    this.#ledger = options.ledger;
    this.#store = options.store;
    this.#counter = options.counter;
    this.#nowMs = options.nowMs;
  }

  /** `null` where no limit is in scope of the call. */
  get heldNanoUsd(): bigint | null {
    return this.#heldNanoUsd;
  }

  /** What was held for the first attempt: another may cost as much. */
  get attemptNanoUsd(): bigint {
    return this.#attemptNanoUsd;
  }

  /** Of the accounts that hold the call, those of the target that answered; `null` where none holds it. */
  chargedTo(dimensions: Dimensions): readonly ChargedLimit[] | null {
    if (this.#heldNanoUsd === null) return null;
    return this.#limits.flatMap((limit) =>
      accountsFor([limit], dimensions, this.#heldAtMs).map((account) => ({ limit, account })),
    );
  }

  /** What is left of the tightest limit, as of the hold and with what the call gave back since. */
  leftNanoUsd(costNanoUsd: bigint | null): bigint | null {
    if (this.#leftNanoUsd === null || this.#heldNanoUsd === null) return null;
    return costNanoUsd === null ? this.#leftNanoUsd : this.#leftNanoUsd + this.#heldNanoUsd - costNanoUsd;
  }

  /**
   * Holds what the call can cost at the dearest of its targets.
   *
   * @returns the call as it may be sent: bound to less output where all of it does not fit, and without targets that have no
   *   price
   * @throws {GatewayError} `budget_exceeded`; `permission_denied` where no target has a price; `unavailable`; `aborted`
   */
  async hold(
    call: DecodedCall,
    plan: RoutePlan,
    settings: MoneySettings,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<FittedCall> {
    if (this.#operation.free) return { call, plan };
    const priced = this.#boundPlan(call, plan, settings);
    if (this.#accounts.length === 0) return { call, plan: priced };
    const bounded = this.#bounds.every(({ outputTokens }) => outputTokens !== null);
    // A model that thinks unseen is only counted when it is over.
    const steps = call.stream && this.#bounds.every(({ target: { facts } }) => facts?.reasoning !== true);
    const most = bounded ? Math.max(0, ...this.#bounds.map(({ outputTokens }) => outputTokens ?? 0)) : null;
    const answers = Math.max(1, ...this.#bounds.map((bound) => bound.answers));
    const first = steps ? Math.min(most ?? stepTokens, stepTokens) : (most ?? usualOutputTokens * answers);
    const countable = isCountable(this.#bounds);
    let result = await this.#reserve(first, countable ? 0 : waitMs, signal);
    if (!result.granted && countable) {
      await this.#countInput(call, result, first, signal);
      result = await this.#reserve(first, waitMs, signal);
    }
    if (result.granted) {
      const fits = most === null || first === most || !settings.fitMaxTokens;
      const bound = fits ? most : await this.#outputInLimits(most);
      this.#heldOutput = steps && first !== bound ? first : null;
      if (bound === most || bound === null) return { call, plan: priced };
      this.#bounds = this.#bounds.map((one) => ({ ...one, outputTokens: bound }));
      return this.#fitted(call, priced, Math.floor(bound / answers));
    }
    const tokens = settings.fitMaxTokens ? await this.#reserveLess(call, result, first, answers, waitMs, signal) : null;
    if (tokens === null) throw budgetError(result, this.#nowMs());
    return this.#fitted(call, priced, tokens);
  }

  /**
   * Holds again what attempts that failed have cost, so that the next one is as well covered as the first.
   *
   * @throws {GatewayError} `budget_exceeded`, `unavailable`
   */
  async coverFailures(): Promise<void> {
    const { attempts } = this.#operation;
    if (this.#heldNanoUsd === null || attempts.length === this.#coveredFailures) return;
    const cost = attempts
      .slice(this.#coveredFailures)
      .reduce((sum, attempt) => sum + (failureCost(this.#operation, attempt) ?? 0n), 0n);
    this.#coveredFailures = attempts.length;
    if (cost > 0n) {
      const result = await this.#extend(cost);
      if (!result.granted) throw budgetError(result, this.#nowMs());
    }
  }

  /**
   * Looks at what is about to be delivered, and holds more when the hold comes to its end. `null` where nothing has to be waited
   * for.
   *
   * @returns rejects with `budget_exceeded` when no more can be held, and with `unavailable` when the books fail
   */
  watch(frames: readonly DeliveryFrame[]): Promise<void> | null {
    if (this.#heldOutput === null) return null;
    for (const { bytes, content } of frames) if (content) this.#seenOutput += visibleTokens(bytes);
    if (this.#seenOutput + stepTokens / 2 <= this.#heldOutput) return null;
    // It does not reject: nobody may be waiting for it.
    this.#extending ??= this.#step()
      .catch((error: unknown) => {
        this.#denial = error;
      })
      .finally(() => {
        this.#extending = null;
      });
    return this.#seenOutput <= this.#heldOutput ? null : this.#caughtUp();
  }

  /** Keeps the hold alive. */
  async renew(): Promise<void> {
    if (this.#heldNanoUsd === null || this.#expiresAtMs - this.#nowMs() > holdLifeMs / 2) return;
    await this.#extend(0n);
  }

  #boundPlan(call: DecodedCall, plan: RoutePlan, { unpricedModels }: MoneySettings): RoutePlan {
    const { terms, pricedAtMs, requestBytes } = this.#operation;
    const caller = callerDimensions(this.#operation);
    const accounts = new Map<string, LedgerAccount>();
    const bounds: CallBound[] = [];
    let size: RequestSize | null = null;
    this.#heldAtMs = this.#nowMs();
    const targets = plan.targets.filter((target: RouteTarget) => {
      const own = accountsFor(this.#limits, { ...caller, ...targetDimensions(target) }, this.#heldAtMs);
      if (own.length === 0) return true;
      const row = priceRowOf(target, terms, pricedAtMs);
      if (row === null && unpricedModels === "refuse") return false;
      for (const account of own) accounts.set(account.account, account);
      if (row === null) return true;
      size ??= requestSize(call, requestBytes);
      bounds.push(callBound(call, target, row, size));
      return true;
    });
    if (targets.length === 0) {
      throw new GatewayError(
        "permission_denied",
        "The model has no known price, and a spending limit is in scope of this call",
        { param: "model" },
      );
    }
    this.#accounts = [...accounts.values()];
    this.#bounds = bounds;
    return targets.length === plan.targets.length ? plan : { ...plan, targets };
  }

  /** Puts a count of the input in the place of its bytes, where that may make room: it takes longer than most calls wait. */
  async #countInput(call: DecodedCall, refusal: Refusal, first: number, signal: AbortSignal): Promise<void> {
    const hoped = dearestCost(
      hopedBounds(this.#bounds, this.#operation.requestBytes),
      Math.min(first, leastOutputTokens),
    );
    if (hoped > refusal.limitNanoUsd - refusal.spentNanoUsd) return;
    this.#bounds = await countedBounds(this.#bounds, call, this.#counter, signal);
  }

  /** What the call costs at most with so much output, over all answers. */
  #costOf(outputTokens: number): bigint {
    return dearestCost(this.#bounds, outputTokens);
  }

  async #reserve(outputTokens: number, waitMs: number, signal: AbortSignal): Promise<HoldResult> {
    const expiresAtMs = this.#nowMs() + holdLifeMs;
    const amountNanoUsd = this.#costOf(outputTokens);
    const { id } = this.#operation;
    const dimensions = { ...callerDimensions(this.#operation), ...this.#firstTarget() };
    const result = await this.#ledger.hold(
      { operationId: id, accounts: this.#accounts, amountNanoUsd, expiresAtMs, dimensions },
      { waitMs, signal },
    );
    if (result.granted) {
      this.#heldNanoUsd = result.heldNanoUsd;
      this.#attemptNanoUsd = result.heldNanoUsd;
      this.#expiresAtMs = expiresAtMs;
      this.#leftNanoUsd = await this.#ledger.largestHold(this.#accounts);
    }
    return result;
  }

  /** @returns tokens of one answer; `null` where not even the least fits */
  async #reserveLess(
    call: DecodedCall,
    refusal: Refusal,
    first: number,
    answers: number,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<number | null> {
    const least = Math.max(leastOutputTokens, thinkingBudget(call.body) + 1);
    if (call.modality !== "text" || refusal.fitsWithoutHolds) return null;
    // Others take and give back while this one asks.
    for (const room of [await this.#ledger.largestHold(this.#accounts), refusal.limitNanoUsd - refusal.spentNanoUsd]) {
      const tokens = Math.floor(affordableOutput(this.#bounds, room ?? 0n, first) / answers);
      if (tokens < least) continue;
      const result = await this.#reserve(tokens * answers, waitMs, signal);
      if (result.granted) return tokens;
    }
    return null;
  }

  /** So much output as the limits have room for once all others have given back what they hold; at most `most`. */
  async #outputInLimits(most: number): Promise<number> {
    const cost = this.#costOf(most);
    const bounds = this.#accounts.map(async (account) => {
      const room = account.limitNanoUsd - (await readStanding(this.#store, account)).postedNanoUsd;
      return cost <= room ? most : affordableOutput(this.#bounds, room, most);
    });
    return Math.min(...(await Promise.all(bounds)));
  }

  #fitted(call: DecodedCall, plan: RoutePlan, tokens: number): FittedCall {
    const { param, ...fitted } = fittedCall(call, plan, this.#bounds[0]?.target.facts?.reasoning === true, tokens);
    this.#operation.limitedParam = `${param}=${tokens}`;
    return fitted;
  }

  async #step(): Promise<void> {
    const held = this.#heldOutput ?? 0;
    const most = Math.max(...this.#bounds.map(({ outputTokens }) => outputTokens ?? Number.MAX_SAFE_INTEGER));
    const next = Math.min(most, Math.max(this.#seenOutput, held) + stepTokens);
    const result = await this.#extend(this.#costOf(next) - this.#costOf(held));
    this.#denial = result.granted ? null : budgetError(result, this.#nowMs());
    if (!result.granted) return;
    this.#heldOutput = next === most ? null : next;
  }

  async #caughtUp(): Promise<void> {
    await this.#extending;
    if (this.#denial !== null && this.#heldOutput !== null && this.#seenOutput > this.#heldOutput) throw this.#denial;
  }

  async #extend(byNanoUsd: bigint): Promise<HoldResult> {
    const expiresAtMs = this.#nowMs() + holdLifeMs;
    const request: ExtendRequest = {
      operationId: this.#operation.id,
      accounts: this.#accounts,
      byNanoUsd,
      expiresAtMs,
    };
    const result = await this.#ledger.extend(request);
    if (result.granted) {
      if (this.#leftNanoUsd !== null) this.#leftNanoUsd -= byNanoUsd;
      this.#heldNanoUsd = result.heldNanoUsd;
      this.#expiresAtMs = expiresAtMs;
    }
    return result;
  }

  #firstTarget() {
    const [first] = this.#bounds;
    return first === undefined ? {} : targetDimensions(first.target);
  }
}
