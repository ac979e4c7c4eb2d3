import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  type IBreaker,
  SamplingBreaker,
} from "cockatiel";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  afterOutcome,
  afterStart,
  type BreakerOptions,
  blockedUntilMs,
  type CircuitHealth,
  defaultBreaker,
  freshCircuit,
} from "../src/circuit-health.ts";
import type { Outcome } from "../src/outcome.ts";
import { between, oneOf, seededRandom } from "./simulation/seeded-random.ts";

const success: Outcome = { type: "succeeded", firstContentMs: 10 };
const failure: Outcome = { type: "failed", soft: false };

/** Calls one after the other, as a caller of a single circuit would make them. */
class Line {
  circuit: CircuitHealth = freshCircuit;
  readonly options: BreakerOptions;

  constructor(options: Partial<BreakerOptions> = {}) {
    this.options = { ...defaultBreaker, ...options };
  }

  /** Whether it was let through. */
  call(outcome: Outcome, nowMs: number): boolean {
    if (blockedUntilMs(this.circuit, nowMs, this.options) > nowMs) return false;
    this.circuit = afterStart(this.circuit, false, nowMs, this.options);
    this.circuit = afterOutcome(this.circuit, { outcome, startedAtMs: nowMs, endedAtMs: nowMs }, this.options);
    return true;
  }

  fail(times: number, nowMs: number): void {
    for (let time = 0; time < times; time += 1) this.call(failure, nowMs);
  }
}

describe("agrees with cockatiel on when it opens and closes", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  // Cockatiel opens above its threshold, this breaker at its share; and its rate is per second of the window.
  const sampling = () => new SamplingBreaker({ threshold: 0.5 - 1e-9, duration: 10_000, minimumRps: 2 });
  const either = (one: IBreaker, other: IBreaker): IBreaker => ({
    state: null,
    success: (state) => {
      one.success(state);
      other.success(state);
    },
    failure: (state) => [one.failure(state), other.failure(state)].includes(true),
  });
  const breakers: readonly [string, () => IBreaker, Partial<BreakerOptions>][] = [
    ["failures in a row", () => new ConsecutiveBreaker(5), { minCalls: Number.POSITIVE_INFINITY }],
    ["share of failures", sampling, { failuresInRow: Number.POSITIVE_INFINITY }],
    ["both", () => either(new ConsecutiveBreaker(5), sampling()), {}],
  ];

  test.each(breakers)("%s", async (_rule, breaker, options) => {
    let opened = 0;
    let closed = 0;
    for (let seed = 0; seed < 60; seed += 1) {
      const random = seededRandom(seed);
      // Cockatiel starts each opening after a closed time anew; growth is tested below.
      const line = new Line({ ...options, maxOpenMs: 5_000 });
      const oracle = circuitBreaker(handleAll, { halfOpenAfter: 5_000, breaker: breaker() });
      oracle.onBreak(() => {
        opened += 1;
      });
      oracle.onReset(() => {
        closed += 1;
      });
      let failureShare = 0.5;
      for (let second = 100; second < 220; second += 1) {
        if (second % 15 === 0) failureShare = oneOf(random, [0, 0.3, 0.5, 0.7, 1]);
        // Cockatiel's seconds begin when a call comes, and old ones go one by one: so calls come at every second's beginning.
        for (let call = between(random, 1, 7); call > 0; call -= 1) {
          const nowMs = second * 1_000;
          vi.setSystemTime(nowMs);
          const fails = random() < failureShare;
          const admitted = await oracle
            .execute(() => (fails ? Promise.reject(new Error("failed")) : Promise.resolve()))
            .catch((error: unknown) => !(error instanceof BrokenCircuitError));
          const ours = line.call(fails ? failure : success, nowMs);
          expect([seed, nowMs, ours]).toEqual([seed, nowMs, admitted ?? true]);
          expect([seed, nowMs, line.circuit.openUntilMs > 0]).toEqual([
            seed,
            nowMs,
            oracle.state !== CircuitState.Closed,
          ]);
        }
      }
    }
    expect(opened).toBeGreaterThan(50);
    expect(closed).toBeGreaterThan(20);
  });
});

describe("beyond that", () => {
  test("it opens for 5 s, doubling to 5 min while probes fail", () => {
    const line = new Line();
    line.fail(5, 1_000_000);
    const opened: number[] = [];
    for (let nowMs = 1_000_000; opened.length < 8; nowMs = line.circuit.openUntilMs) {
      if (opened.length > 0) line.call(failure, nowMs);
      opened.push(line.circuit.openUntilMs - nowMs);
    }
    expect(opened).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });

  test.each([
    ["soon after it closed, it opens for longer than before", 6_000, 10_000],
    ["after twice that time in health, it begins with 5 s again", 11_000, 5_000],
  ])("%s", (_what, wellMs, expectedMs) => {
    const line = new Line();
    line.fail(5, 1_000_000);
    line.call(success, 1_005_000);
    const nowMs = 1_005_000 + wellMs;
    line.fail(5, nowMs);
    expect(line.circuit.openUntilMs).toBe(nowMs + expectedMs);
  });

  test("a vendor that is full counts for the share of failures alone", () => {
    const line = new Line();
    for (let call = 1; call < 20; call += 1) line.call({ type: "failed", soft: true }, 1_000);
    expect(line.circuit.openUntilMs).toBe(0);
    line.call({ type: "failed", soft: true }, 1_000);
    expect(line.circuit.openUntilMs).toBe(6_000);
  });

  test("answers that break off after they began open it by their share", () => {
    const line = new Line();
    const endedAtMs = 1_000;
    const broke = { outcome: { type: "broke" }, startedAtMs: 1_000, endedAtMs } as const;
    for (let call = 0; call < 20; call += 1) {
      line.call(success, 1_000);
      if (call % 2 === 1) line.circuit = afterOutcome(line.circuit, broke, line.options);
    }
    expect(line.circuit.openUntilMs).toBe(6_000);
  });

  test("a caller's fault is neither a failure nor a success", () => {
    const line = new Line();
    line.fail(4, 1_000);
    line.call({ type: "released" }, 1_000);
    line.fail(1, 1_000);
    expect(line.circuit.openUntilMs).toBe(6_000);
  });

  test("a probe that tells nothing for two minutes makes room for another", () => {
    const line = new Line();
    line.fail(5, 1_000);
    line.circuit = afterStart(line.circuit, false, 6_000, line.options);
    expect(blockedUntilMs(line.circuit, 6_000, line.options)).toBe(11_000);
    expect(blockedUntilMs(line.circuit, 125_999, line.options)).toBe(126_000);
    expect(blockedUntilMs(line.circuit, 126_000, line.options)).toBe(0);
  });
});
