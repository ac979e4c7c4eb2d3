import { GatewayError } from "@gw/core";
import { backoffMs } from "./backoff.ts";
import { classifyFailure } from "./failure-class.ts";
import type { Standing, TargetNames } from "./health.ts";

/** Bounds of one call over all of its targets. */
export interface AttemptLimits {
  readonly maxAttempts: number;
  /** Tries of one target. More than one happen only once no other healthy target is left, or to connect again. */
  readonly maxAttemptsPerTarget: number;
  /** When the call has to be over, in the clock's milliseconds. */
  readonly deadlineAtMs: number;
  /** A longer wait is not waited: the caller is told when to come back. */
  readonly maxWaitMs: number;
}

/** What a call remembers of a target. */
export interface TargetState {
  readonly circuit: string;
  /** Tries that failed. */
  readonly tries: number;
  /** It cannot answer this request, whatever its health. */
  readonly excluded: boolean;
  /** Its circuit failed this call, perhaps with another key: it comes after those of which nothing bad is known. */
  readonly doubted: boolean;
  /** Not before this time: a backoff, and what the vendor asked for. */
  readonly notBeforeMs: number;
}

/** One call's way over its targets. Plain data: the same state, event, time and number give the same action. */
export interface CallState {
  readonly limits: AttemptLimits;
  readonly targets: readonly TargetState[];
  /** Attempts that failed, over all targets. */
  readonly attempts: number;
  /** The last failure; `null` before the first. */
  readonly error: GatewayError | null;
  /** The target whose connection has just failed for the first time: worth another try at once. `null` otherwise. */
  readonly reconnect: number | null;
}

/** What happened to a call. */
export type CallEvent =
  /** It began, or a wait is over. */
  | { readonly type: "ready" }
  /** The attempt at a target failed. */
  | { readonly type: "failed"; readonly target: number; readonly error: GatewayError }
  /** The health store did not let it begin after all. */
  | { readonly type: "refused"; readonly target: number };

/** What to do now. */
export type CallAction =
  /** `retry`: this call has tried the target before. */
  | { readonly type: "attempt"; readonly target: number; readonly retry: boolean }
  | { readonly type: "wait"; readonly waitMs: number }
  | { readonly type: "give-up"; readonly error: GatewayError };

/** A call at its beginning. Its targets in order of preference. */
export function beginCall(targets: readonly Pick<TargetNames, "circuit">[], limits: AttemptLimits): CallState {
  const fresh = { tries: 0, excluded: false, doubted: false, notBeforeMs: 0 };
  return {
    limits,
    attempts: 0,
    error: null,
    reconnect: null,
    targets: targets.map(({ circuit }) => ({ circuit, ...fresh })),
  };
}

/**
 * What a call does next.
 *
 * Another healthy target is tried at once; the last one is tried again with growing pauses. Nothing is sent where a breaker
 * is open or a key rests, nothing beyond the limits, and no wait begins that the deadline would cut.
 *
 * @param standings one per target, as they are now
 * @param random between 0 and 1
 */
export function decide(
  state: CallState,
  event: CallEvent,
  standings: readonly Standing[],
  nowMs: number,
  random: number,
): { readonly state: CallState; readonly action: CallAction } {
  const next = afterEvent(state, event, nowMs, random);
  return { state: next, action: choose(next, standings, nowMs, random) };
}

function afterEvent(state: CallState, event: CallEvent, nowMs: number, random: number): CallState {
  if (event.type === "ready") return state;
  const { target } = event;
  const before = state.targets[target] as TargetState;
  if (event.type === "refused") {
    // Its standing says why; the pause is for a store that answers with what it knew a moment ago.
    return { ...state, targets: state.targets.with(target, { ...before, notBeforeMs: nowMs + backoffMs(1, random) }) };
  }
  const { error } = event;
  const failure = classifyFailure(error);
  const doubted = failure.health === "failure" || failure.health === "soft";
  const targets = state.targets.map((one) => {
    const related = one.circuit === before.circuit;
    const excluded = failure.nextTarget === "none" || (failure.nextTarget === "other-circuit" && related);
    return excluded || (doubted && related)
      ? { ...one, excluded: one.excluded || excluded, doubted: one.doubted || doubted }
      : one;
  });
  const tries = before.tries + 1;
  const reconnect = failure.sameTarget === "once" && tries === 1;
  const pauseMs = reconnect ? 0 : (error.retryAfterMs ?? 0) + backoffMs(tries, random);
  targets[target] = {
    ...before,
    tries,
    excluded: failure.sameTarget === "never",
    doubted: before.doubted || doubted,
    notBeforeMs: nowMs + pauseMs,
  };
  return { ...state, targets, attempts: state.attempts + 1, error, reconnect: reconnect ? target : null };
}

function choose(state: CallState, standings: readonly Standing[], nowMs: number, random: number): CallAction {
  const { limits, targets } = state;
  const left = limits.maxAttempts - state.attempts;
  if (left <= 0 || nowMs >= limits.deadlineAtMs) return giveUp(state, standings, nowMs);

  let chosen = -1;
  let lowestRank = Number.POSITIVE_INFINITY;
  let soonestMs = Number.POSITIVE_INFINITY;
  for (const [index, target] of targets.entries()) {
    const standing = standings[index] as Standing;
    const spent = target.tries >= limits.maxAttemptsPerTarget || (target.tries > 0 && !standing.mayRetry);
    // Behind an open breaker nobody waits: a queue would form, and fall on the target the moment it closes.
    if (target.excluded || spent || standing.blockedUntilMs > nowMs) continue;
    const availableAtMs = Math.max(target.notBeforeMs, restedAtMs(standing, nowMs, random));
    soonestMs = Math.min(soonestMs, availableAtMs);
    // Others come first where there is but one try left.
    const rank = index === state.reconnect && left > 1 ? -1 : rankOf(target);
    if (availableAtMs <= nowMs && rank < lowestRank) {
      chosen = index;
      lowestRank = rank;
    }
  }
  if (chosen >= 0) return { type: "attempt", target: chosen, retry: (targets[chosen] as TargetState).tries > 0 };
  const waitMs = soonestMs - nowMs;
  return waitMs > limits.maxWaitMs || soonestMs >= limits.deadlineAtMs
    ? giveUp(state, standings, nowMs)
    : { type: "wait", waitMs };
}

/** Lower is sooner; among equals the order of the targets holds. */
function rankOf({ tries, doubted }: TargetState): number {
  return 2 * tries + (doubted ? 1 : 0);
}

// Calls that wait for the same credential must not all come at the same moment.
function restedAtMs({ restsUntilMs }: Standing, nowMs: number, random: number): number {
  return restsUntilMs > nowMs ? restsUntilMs + backoffMs(1, random) : 0;
}

/** The last failure; with the time after which a target takes calls again, where none does now. */
function giveUp({ error }: CallState, standings: readonly Standing[], nowMs: number): CallAction {
  const last = error ?? new GatewayError("overloaded", "No target takes calls at the moment");
  if (classifyFailure(last).health === "none" || standings.length === 0) return { type: "give-up", error: last };
  const untilMs = Math.min(...standings.map((one) => Math.max(one.blockedUntilMs, one.restsUntilMs)));
  const backInMs = Math.ceil(untilMs - nowMs);
  // Most often it is what the vendor has just said, less the moment since.
  const saidIt = last.retryAfterMs !== null && Math.abs(last.retryAfterMs - backInMs) < 1_000;
  return { type: "give-up", error: backInMs <= 0 || saidIt ? last : last.retryAfter(backInMs) };
}
