import { GatewayError, isGatewayError } from "@gw/core";
import { type Clock, sleep, systemClock } from "./clock.ts";
import { beginCall, type CallEvent, decide } from "./decide.ts";
import type { TargetNames } from "./health.ts";
import { type HealthStore, MemoryHealthStore } from "./health-store.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

/** Where a call can be answered. */
export interface FailoverTarget<Value> extends TargetNames {
  readonly value: Value;
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

/** What {@link execute} takes beside its targets. */
export interface ExecuteOptions<Value> {
  /** Of this call alone: where the result is a stream, it goes on to hold for that. */
  readonly signal?: AbortSignal;
  /** Over all attempts and waits. Default 600,000. */
  readonly deadlineMs?: number;
  /** Over all targets. Default 4. */
  readonly maxAttempts?: number;
  /** Default 3. */
  readonly maxAttemptsPerTarget?: number;
  /** A longer wait is left to the caller. Default 30,000. */
  readonly maxWaitMs?: number;
  /**
   * Whether running out of time counts against a target's health. `false` where the caller chose shorter bounds than usual: its
   * impatience must not open a breaker for others. Default `true`.
   */
  readonly timeoutsCount?: boolean;
  /** Shared by the calls that should learn from each other; by all of the process by default. */
  readonly health?: HealthStore;
  readonly clock?: Clock;
  /** Between 0 and 1. */
  readonly random?: () => number;
  readonly onAttempt?: (record: AttemptRecord<Value>) => void;
}

/**
 * Walks targets, the preferred first, until one answers.
 *
 * @param attempt Asks one target, and ends soon after its signal aborts. It rejects, if at all, before any of the answer has
 * reached the caller; the code of its error says what happens next, and what is no `GatewayError` is `internal_error`.
 * @throws {GatewayError} the last failure; `overloaded` when no target takes calls; `aborted`; `timed_out` at the deadline.
 * Where no target takes calls now, its `retryAfterMs` says when one does.
 */
export async function execute<Value, Result>(
  targets: readonly FailoverTarget<Value>[],
  attempt: (target: FailoverTarget<Value>, signal: AbortSignal) => Promise<Result>,
  options: ExecuteOptions<Value> = {},
): Promise<Result> {
  const { health = sharedHealth, clock = systemClock, random = Math.random, deadlineMs = 600_000 } = options;
  const abort = new AbortController();
  const leave = (): void => abort.abort(options.signal?.reason);
  if (options.signal?.aborted === true) leave();
  else options.signal?.addEventListener("abort", leave, { once: true });

  const stopDeadline = clock.after(deadlineMs, () => {
    abort.abort(new GatewayError("timed_out", `No answer within ${deadlineMs} ms`));
  });

  let state = beginCall(targets, {
    maxAttempts: options.maxAttempts ?? 4,
    maxAttemptsPerTarget: options.maxAttemptsPerTarget ?? 3,
    maxWaitMs: options.maxWaitMs ?? 30_000,
    deadlineAtMs: clock.nowMs() + deadlineMs,
  });
  let event: CallEvent = { type: "ready" };
  let waitedMs = 0;
  try {
    for (;;) {
      const read = health.read(targets, clock.nowMs());
      const standings = "length" in read ? read : await read;
      if (abort.signal.aborted) throw abortError(abort.signal);
      const nowMs = clock.nowMs();
      const decision: ReturnType<typeof decide> = decide(state, event, standings, nowMs, random());
      state = decision.state;
      const { action } = decision;
      if (action.type === "give-up") throw action.error;
      if (action.type === "wait") {
        await sleep(clock, action.waitMs, abort.signal);
        waitedMs += clock.nowMs() - nowMs;
        event = { type: "ready" };
        continue;
      }
      const target = targets[action.target] as FailoverTarget<Value>;
      const started = health.start(target, { retry: action.retry, nowMs });
      if (!(typeof started === "boolean" ? started : await started)) {
        event = { type: "refused", target: action.target };
        continue;
      }
      let result: Result | null = null;
      let error: GatewayError | null = null;
      try {
        result = await attempt(target, abort.signal);
      } catch (cause) {
        error = failureOf(cause, abort.signal);
      }
      const endedAtMs = clock.nowMs();
      const tookMs = endedAtMs - nowMs;
      // A deadline that earlier attempts used up says nothing of the last one.
      const timeoutCounts = options.timeoutsCount !== false && !(abort.signal.aborted && tookMs < deadlineMs / 2);
      const outcome = outcomeAfter(error, tookMs, timeoutCounts);
      const reported = health.report([
        { circuit: target.circuit, credential: target.credential, startedAtMs: nowMs, endedAtMs, outcome },
      ]);
      if (reported !== undefined) await reported;
      options.onAttempt?.({ target, startedAtMs: nowMs, endedAtMs, waitedMs, error });
      if (error === null) return result as Result;
      event = { type: "failed", target: action.target, error };
      waitedMs = 0;
    }
  } catch (error) {
    options.signal?.removeEventListener("abort", leave);
    throw error;
  } finally {
    stopDeadline();
  }
}

/**
 * Tells that an answer broke off after {@link execute} had returned it: a stream, after its first content.
 *
 * @param options as {@link execute} was given
 */
export async function reportBreak(
  { circuit, credential }: TargetNames,
  error: unknown,
  { health = sharedHealth, clock = systemClock }: Pick<ExecuteOptions<unknown>, "health" | "clock"> = {},
): Promise<void> {
  if (!isGatewayError(error) || outcomeOf(error).type !== "failed") return;
  const nowMs = clock.nowMs();
  await health.report([{ circuit, credential, startedAtMs: nowMs, endedAtMs: nowMs, outcome: { type: "broke" } }]);
}

const sharedHealth = new MemoryHealthStore();

function failureOf(cause: unknown, signal: AbortSignal): GatewayError {
  if (signal.aborted) return abortError(signal);
  return isGatewayError(cause) ? cause : new GatewayError("internal_error", "An attempt failed inside", { cause });
}

function outcomeAfter(error: GatewayError | null, tookMs: number, timeoutCounts: boolean): Outcome {
  if (error === null) return { type: "succeeded", firstContentMs: tookMs };
  return error.code === "timed_out" && !timeoutCounts ? { type: "released" } : outcomeOf(error);
}

function abortError(signal: AbortSignal): GatewayError {
  return isGatewayError(signal.reason)
    ? signal.reason
    : new GatewayError("aborted", "The call was aborted", { cause: signal.reason });
}
