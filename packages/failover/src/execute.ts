import { GatewayError, isGatewayError } from "@gw/core";
import { beginCall, type CallAction, type CallEvent, type CallState, decide, type TargetHealth } from "./decide.ts";
import { classifyFailure } from "./failure-class.ts";
import type { Outcome } from "./health.ts";
import { type HealthStore, MemoryHealthStore } from "./health-store.ts";

/** Where a call can be answered. */
export interface FailoverTarget<Value> {
  readonly value: Value;
  /** Names what breaks together: usually `provider/model`. */
  readonly circuit: string;
  /** Names what is rate-limited or refused together: a key of a provider. */
  readonly credential: string;
}

/** Time, injected: tests and simulations bring their own. */
export interface Clock {
  nowMs(): number;
  /** Resolves after the time, or as soon as the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Told of every attempt, as it ends. */
export interface AttemptRecord<Value> {
  readonly target: FailoverTarget<Value>;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** How long the call had waited before it. */
  readonly waitedMs: number;
  readonly error: GatewayError | null;
}

export interface ExecuteOptions<Value> {
  readonly signal?: AbortSignal;
  /** Over all attempts and waits. Default 600,000. */
  readonly deadlineMs?: number;
  /** Over all targets. Default 4. */
  readonly maxAttempts?: number;
  /** Default 3. */
  readonly maxAttemptsPerTarget?: number;
  /** A longer wait is left to the caller. Default 30,000. */
  readonly maxWaitMs?: number;
  readonly health?: HealthStore;
  readonly clock?: Clock;
  /** Between 0 and 1. */
  readonly random?: () => number;
  readonly onAttempt?: (record: AttemptRecord<Value>) => void;
}

/**
 * Walks targets until one answers.
 *
 * @param attempt asks one target; its rejection is classified by code, and must come before any of the answer reached the caller
 * @throws {GatewayError} the last failure; `overloaded` when no target takes calls; `aborted`; `timed_out` at the deadline
 */
export async function execute<Value, Result>(
  targets: readonly FailoverTarget<Value>[],
  attempt: (target: FailoverTarget<Value>, signal: AbortSignal) => Promise<Result>,
  options: ExecuteOptions<Value> = {},
): Promise<Result> {
  const { health = sharedHealth, clock = systemClock, random = Math.random, deadlineMs = 600_000 } = options;
  const deadlineAtMs = clock.nowMs() + deadlineMs;
  const abort = new AbortController();
  const leave = (): void => abort.abort(options.signal?.reason);
  if (options.signal?.aborted === true) leave();
  options.signal?.addEventListener("abort", leave, { once: true });
  const answered = new AbortController();
  void clock.sleep(deadlineMs, answered.signal).then(() => {
    if (!answered.signal.aborted) abort.abort(new GatewayError("timed_out", `No answer within ${deadlineMs} ms`));
  });
  let state = beginCall(targets, {
    maxAttempts: options.maxAttempts ?? 4,
    maxAttemptsPerTarget: options.maxAttemptsPerTarget ?? 3,
    maxWaitMs: options.maxWaitMs ?? 30_000,
    deadlineAtMs,
  });
  let event: CallEvent = { type: "ready" };
  let waitedMs = 0;
  try {
    for (;;) {
      const decision: { state: CallState; action: CallAction } = decide(
        state,
        event,
        await healthOf(targets, health),
        clock.nowMs(),
        random(),
      );
      state = decision.state;
      const { action } = decision;
      if (abort.signal.aborted) throw aborted(abort.signal);
      if (action.type === "give-up") throw action.error;
      if (action.type === "wait") {
        await clock.sleep(action.waitMs, abort.signal);
        waitedMs += action.waitMs;
        event = { type: "ready" };
        continue;
      }
      const target = targets[action.target] as FailoverTarget<Value>;
      const admitted = await health.start([target.circuit, target.credential], {
        retry: action.retry,
        nowMs: clock.nowMs(),
      });
      if (admitted.type === "no") {
        event = { type: "refused", target: action.target, untilMs: admitted.untilMs };
        continue;
      }
      const startedAtMs = clock.nowMs();
      const settle = async (error: GatewayError | null): Promise<void> => {
        const endedAtMs = clock.nowMs();
        await health.report(outcomesOf(target, error, endedAtMs - startedAtMs), endedAtMs);
        options.onAttempt?.({ target, startedAtMs, endedAtMs, waitedMs, error });
        waitedMs = 0;
      };
      try {
        const result = await attempt(target, abort.signal);
        await settle(null);
        // The signal goes on to hold for what the result still brings, a stream for instance.
        return result;
      } catch (cause) {
        const error = asGatewayError(cause, abort.signal);
        await settle(error);
        event = { type: "failed", target: action.target, error };
      }
    }
  } catch (error) {
    options.signal?.removeEventListener("abort", leave);
    throw error;
  } finally {
    answered.abort();
  }
}

const sharedHealth = new MemoryHealthStore();

const systemClock: Clock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal.addEventListener("abort", wake, { once: true });
    }),
};

async function healthOf<Value>(
  targets: readonly FailoverTarget<Value>[],
  store: HealthStore,
): Promise<readonly TargetHealth[]> {
  const all = await store.read(targets.flatMap(({ circuit, credential }) => [circuit, credential]));
  return targets.map((_target, index) => ({
    circuit: all[2 * index] as TargetHealth["circuit"],
    credential: all[2 * index + 1] as TargetHealth["credential"],
  }));
}

/** What an attempt says of its circuit, and of its credential. */
function outcomesOf<Value>(
  { circuit, credential }: FailoverTarget<Value>,
  error: GatewayError | null,
  firstContentMs: number,
): { readonly id: string; readonly outcome: Outcome }[] {
  const released: Outcome = { type: "released" };
  if (error === null) {
    const outcome: Outcome = { type: "succeeded", firstContentMs };
    return [
      { id: circuit, outcome },
      { id: credential, outcome },
    ];
  }
  const { health } = classifyFailure(error);
  if (health === "credential") {
    const refused = error.code !== "rate_limited";
    return [
      { id: circuit, outcome: released },
      { id: credential, outcome: { type: "cooled", retryAfterMs: error.retryAfterMs, refused } },
    ];
  }
  const failed: Outcome = { type: "failed", soft: health === "soft" };
  return [
    { id: circuit, outcome: health === "none" ? released : failed },
    { id: credential, outcome: released },
  ];
}

function asGatewayError(cause: unknown, signal: AbortSignal): GatewayError {
  if (signal.aborted) return aborted(signal);
  return isGatewayError(cause) ? cause : new GatewayError("internal_error", "An attempt failed inside", { cause });
}

function aborted(signal: AbortSignal): GatewayError {
  return isGatewayError(signal.reason)
    ? signal.reason
    : new GatewayError("aborted", "The call was aborted", { cause: signal.reason });
}
