import { type ErrorCode, GatewayError } from "@gw/core";
import type { AttemptLimits } from "../../src/decide.ts";
import type { TargetNames } from "../../src/health.ts";
import { between, oneOf, type Random } from "./seeded-random.ts";

/** What a simulated target does with one attempt. */
export interface Reply {
  readonly tookMs: number;
  readonly error: GatewayError | null;
}

/** One simulated call. */
export interface SimulatedCall {
  readonly id: number;
  readonly atMs: number;
  readonly targets: readonly TargetNames[];
  readonly limits: Omit<AttemptLimits, "deadlineAtMs"> & { readonly deadlineMs: number };
  /** When its caller goes away; Infinity for one who stays. */
  readonly leavesAtMs: number;
  /** What every target says of the request itself; `null` where it is in order. */
  readonly fault: GatewayError | null;
}

// Made once: errors are dear, and nothing in them changes.
const errors = new Map<string, GatewayError>();
function error(code: ErrorCode, retryAfterMs: number | null = null): GatewayError {
  const key = `${code} ${retryAfterMs}`;
  const made = errors.get(key) ?? new GatewayError(code, code, retryAfterMs === null ? {} : { retryAfterMs });
  errors.set(key, made);
  return made;
}

const circuitMoods = ["well", "refuses", "fails", "flaky", "hangs", "full", "full for a while", "cuts"] as const;
const keyMoods = ["well", "limited", "limited for a while", "refused", "without credit"] as const;
const waits = [0, 400, 1_000, 7_000, 20_000, 60_000];
const faults: readonly ErrorCode[] = [
  "invalid_request",
  "content_filtered",
  "context_length_exceeded",
  "model_not_found",
];

/** Moods that follow each other, and end well. Only to be asked in the order of time. */
class Timeline<Mood> {
  readonly #phases: { readonly untilMs: number; readonly mood: Mood }[] = [];
  readonly #well: Mood;
  #current = 0;

  constructor(random: Random, moods: readonly [Mood, ...Mood[]], spanMs: number) {
    this.#well = moods[0];
    const wellShare = oneOf(random, [0.2, 0.5, 0.8, 1]);
    for (let atMs = 0; atMs < spanMs; ) {
      atMs += between(random, 500, 40_000);
      this.#phases.push({
        untilMs: Math.min(atMs, spanMs),
        mood: random() < wellShare ? this.#well : oneOf(random, moods),
      });
    }
  }

  at(nowMs: number): Mood {
    while ((this.#phases[this.#current]?.untilMs ?? Number.POSITIVE_INFINITY) <= nowMs) this.#current += 1;
    return this.#phases[this.#current]?.mood ?? this.#well;
  }
}

/** Targets with good and bad times, and the calls that come to them. All of it follows from the random numbers. */
export class World {
  readonly spanMs: number;
  readonly targets: readonly TargetNames[];
  readonly #random: Random;
  readonly #attemptTimeoutMs: number;
  readonly #circuits = new Map<string, Timeline<(typeof circuitMoods)[number]>>();
  readonly #keys = new Map<string, Timeline<(typeof keyMoods)[number]>>();

  constructor(random: Random) {
    this.#random = random;
    this.spanMs = between(random, 30_000, 600_000);
    // Now and then longer than a breaker waits for the word of its probe.
    this.#attemptTimeoutMs = random() < 0.9 ? between(random, 1_000, 30_000) : 150_000;
    const count = between(random, 1, 5);
    const shares = random() < 0.4;
    this.targets = Array.from({ length: count }, (_, index) => ({
      circuit: `circuit ${shares ? between(random, 0, count - 1) : index}`,
      credential: `key ${shares ? between(random, 0, count - 1) : index}`,
    }));
    for (const { circuit, credential } of this.targets) {
      this.#circuits.set(circuit, new Timeline(random, circuitMoods, this.spanMs));
      this.#keys.set(credential, new Timeline(random, keyMoods, this.spanMs));
    }
  }

  /** Calls in the order of their times, some of them at the same moment. */
  calls(count: number): SimulatedCall[] {
    const random = this.#random;
    const calls: SimulatedCall[] = [];
    const burstShare = oneOf(random, [0, 0.3, 0.8]);
    const pauseMs = (2 * this.spanMs) / (count * (1 - burstShare));
    let atMs = 0;
    for (let id = 0; id < count; id += 1) {
      if (random() >= burstShare) atMs += Math.floor(random() * pauseMs);
      calls.push({
        id,
        atMs,
        targets: random() < 0.8 ? this.targets : this.targets.filter((_, index) => index === 0 || random() < 0.5),
        limits: {
          maxAttempts: random() < 0.5 ? 4 : between(random, 1, 8),
          maxAttemptsPerTarget: random() < 0.5 ? 3 : between(random, 1, 4),
          maxWaitMs: oneOf(random, [0, 5_000, 30_000]),
          deadlineMs: oneOf(random, [300, 5_000, 60_000, 600_000]),
        },
        leavesAtMs: random() < 0.1 ? atMs + between(random, 0, 20_000) : Number.POSITIVE_INFINITY,
        fault: random() < 0.06 ? error(oneOf(random, faults)) : null,
      });
    }
    return calls;
  }

  reply({ circuit, credential }: TargetNames, { fault }: SimulatedCall, nowMs: number): Reply {
    const random = this.#random;
    const failed = (code: ErrorCode, mostMs: number, retryAfterMs: number | null = null): Reply => ({
      tookMs: between(random, 1, mostMs),
      error: error(code, retryAfterMs),
    });
    const mood = this.#circuits.get(circuit)?.at(nowMs);
    if (mood === "refuses") return failed("connection_failed", 5);
    if (mood === "hangs") return { tookMs: this.#attemptTimeoutMs, error: error("timed_out") };
    switch (this.#keys.get(credential)?.at(nowMs)) {
      case "limited":
        return failed("rate_limited", 100);
      case "limited for a while":
        return failed("rate_limited", 100, oneOf(random, waits));
      case "refused":
        return failed("authentication_failed", 100);
      case "without credit":
        return failed("quota_exhausted", 100, random() < 0.5 ? null : oneOf(random, waits));
    }
    if (fault !== null) return { tookMs: between(random, 1, 8_000), error: fault };
    if (mood === "fails" || (mood === "flaky" && random() < 0.5)) return failed("upstream_failed", 2_000);
    if (mood === "full") return failed("overloaded", 100);
    if (mood === "full for a while") return failed("overloaded", 100, oneOf(random, waits));
    if (mood === "cuts") return failed("stream_truncated", 2_000);
    return { tookMs: between(random, 50, 4_000), error: null };
  }
}
