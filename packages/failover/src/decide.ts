import { GatewayError } from "@gw/core";
import { backoffMs } from "./backoff.ts";
import { classifyFailure } from "./failure-class.ts";
import { type Admission, admission, type Health, mayRetry } from "./health.ts";

/** Bounds of one call over all of its targets. */
export interface AttemptLimits {
  readonly maxAttempts: number;
  /** Tries of one target. More than one happen only once no other healthy target is left. */
  readonly maxAttemptsPerTarget: number;
  /** When the call has to be over, in the clock's milliseconds. */
  readonly deadlineAtMs: number;
  /** A longer wait is not waited: the caller is told when to come back. */
  readonly maxWaitMs: number;
}

/** What a call remembers of a target. */
export interface TargetState {
  /** The model's circuit: targets that share it break together. */
  readonly circuit: string;
  /** The key it would use. */
  readonly credential: string;
  readonly attempts: number;
  /** It cannot answer this request, whatever its health. */
  readonly excluded: boolean;
  /** Not before this time: a backoff, or what the vendor asked for. */
  readonly notBeforeMs: number;
  /** Its last try ended before anything was sent. */
  readonly reconnect: boolean;
}

/** One call's way over its targets. Plain data: the same state, event, time and number give the same actions. */
export interface CallState {
  readonly limits: AttemptLimits;
  readonly targets: readonly TargetState[];
  readonly attempts: number;
  /** The last failure; `null` before the first. */
  readonly error: GatewayError | null;
}

/** What happened to a call. */
export type CallEvent =
  /** It began, or a wait is over. */
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly target: number; readonly error: GatewayError }
  /** The health store refused a target after all. */
  | { readonly type: "refused"; readonly target: number; readonly untilMs: number };

/** What to do now. */
export type CallAction =
  | { readonly type: "attempt"; readonly target: number; readonly retry: boolean }
  | { readonly type: "wait"; readonly waitMs: number }
  | { readonly type: "give-up"; readonly error: GatewayError };

export interface Decision {
  readonly state: CallState;
  readonly action: CallAction;
}

/** The health of a target: of its circuit and of its credential. */
export interface TargetHealth {
  readonly circuit: Health;
  readonly credential: Health;
}

/**
 * What a call does next.
 *
 * Another healthy target is tried at once; the last one is tried again with growing pauses. Nothing is sent where a breaker
 * is open or a key rests, nothing beyond the limits, and no wait begins that the deadline would cut.
 *
 * @param health one per target, as it is now
 * @param random between 0 and 1
 */
export function decide(
  state: CallState,
  event: CallEvent,
  health: readonly TargetHealth[],
  nowMs: number,
  random: number,
): Decision {
  const next = event.type === "failed" ? afterFailure(state, event, nowMs, random) : afterRefusal(state, event);
  if (next === null) return { state, action: { type: "give-up", error: (event as { error: GatewayError }).error } };
  const action = choose(next, health, nowMs);
  return { state: action.type === "attempt" ? started(next, action.target) : next, action };
}

/** A call at its beginning. */
export function beginCall(
  targets: readonly { readonly circuit: string; readonly credential: string }[],
  limits: AttemptLimits,
): CallState {
  const fresh = { attempts: 0, excluded: false, notBeforeMs: 0, reconnect: false };
  return {
    limits,
    attempts: 0,
    error: null,
    targets: targets.map(({ circuit, credential }) => ({ circuit, credential, ...fresh })),
  };
}

function started(state: CallState, target: number): CallState {
  const attempts = (state.targets[target]?.attempts ?? 0) + 1;
  return { ...changed(state, target, { attempts, reconnect: false }), attempts: state.attempts + 1 };
}

// The health store refused the attempt, so it was none.
function afterRefusal(state: CallState, event: Exclude<CallEvent, { type: "failed" }>): CallState {
  if (event.type === "ready") return state;
  const attempts = (state.targets[event.target]?.attempts ?? 1) - 1;
  return { ...changed(state, event.target, { attempts, notBeforeMs: event.untilMs }), attempts: state.attempts - 1 };
}

/** `null` when nobody could do better. */
function afterFailure(
  state: CallState,
  { target, error }: Extract<CallEvent, { type: "failed" }>,
  nowMs: number,
  random: number,
): CallState | null {
  const { sameTarget, nextTarget } = classifyFailure(error);
  if (sameTarget === "never" && !nextTarget) return null;
  const tries = state.targets[target]?.attempts ?? 1;
  const reconnect = sameTarget === "once" && tries === 1;
  const pauseMs = reconnect ? 0 : (error.retryAfterMs ?? backoffMs(tries, random));
  const failed = changed({ ...state, error }, target, {
    excluded: sameTarget === "never",
    notBeforeMs: nowMs + pauseMs,
    reconnect,
  });
  if (nextTarget) return failed;
  return {
    ...failed,
    targets: failed.targets.map((one, index) => (index === target ? one : { ...one, excluded: true })),
  };
}

function changed(state: CallState, target: number, change: Partial<TargetState>): CallState {
  return { ...state, targets: state.targets.map((one, index) => (index === target ? { ...one, ...change } : one)) };
}

function choose(state: CallState, health: readonly TargetHealth[], nowMs: number): CallAction {
  const { limits } = state;
  if (state.attempts >= limits.maxAttempts || nowMs >= limits.deadlineAtMs) return giveUp(state, null);
  const options = state.targets.map((target, index) => optionOf(target, index, state, health, nowMs));
  const now = options.filter((option) => option.availableAtMs <= nowMs);
  const fresh = now.filter((option) => option.tries === 0);
  const chosen =
    now.find((option) => option.reconnect) ??
    // A key that failed says nothing of its model; a model that failed says much of all its keys.
    fresh.find((option) => !option.circuitTried) ??
    fresh[0] ??
    now[0];
  if (chosen !== undefined) return { type: "attempt", target: chosen.index, retry: chosen.tries > 0 };

  const soonest = options.reduce((best, one) => (one.availableAtMs < best.availableAtMs ? one : best), never);
  if (!Number.isFinite(soonest.availableAtMs)) return giveUp(state, null);
  const waitMs = soonest.availableAtMs - nowMs;
  const tooLong = waitMs > limits.maxWaitMs || soonest.availableAtMs >= limits.deadlineAtMs;
  // Behind an open breaker a queue would form, and fall on the target the moment it closes.
  return tooLong || soonest.broken ? giveUp(state, waitMs) : { type: "wait", waitMs };
}

interface Option {
  readonly index: number;
  readonly tries: number;
  /** Infinity when it is out of the question. */
  readonly availableAtMs: number;
  /** Its breaker is open. */
  readonly broken: boolean;
  /** A target of the same circuit was tried. */
  readonly circuitTried: boolean;
  /** Its connection broke before anything was sent: worth one more try even with another target in reach. */
  readonly reconnect: boolean;
}

const never: Option = {
  index: -1,
  tries: 0,
  availableAtMs: Number.POSITIVE_INFINITY,
  broken: false,
  circuitTried: false,
  reconnect: false,
};

function optionOf(
  target: TargetState,
  index: number,
  state: CallState,
  health: readonly TargetHealth[],
  nowMs: number,
): Option {
  const { circuit, credential } = health[index] as TargetHealth;
  const tries = target.attempts;
  const spent = tries >= state.limits.maxAttemptsPerTarget || (tries > 0 && !mayRetry(circuit, nowMs));
  const admitted = admission(circuit, nowMs);
  return {
    index,
    tries,
    availableAtMs:
      target.excluded || spent
        ? Number.POSITIVE_INFINITY
        : Math.max(target.notBeforeMs, untilOf(admitted), untilOf(admission(credential, nowMs))),
    broken: admitted.type === "no",
    circuitTried: state.targets.some((one) => one.circuit === target.circuit && one.attempts > 0),
    reconnect: tries === 1 && target.reconnect,
  };
}

function untilOf(admitted: Admission): number {
  return admitted.type === "no" ? admitted.untilMs : 0;
}

function giveUp({ error }: CallState, waitMs: number | null): CallAction {
  const last = error ?? new GatewayError("overloaded", "No target takes calls at the moment");
  if (last.retryAfterMs !== null || waitMs === null) return { type: "give-up", error: last };
  return { type: "give-up", error: last.retryAfter(waitMs) };
}
