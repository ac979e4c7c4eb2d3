import { type ErrorCode, GatewayError, type GatewayErrorOptions } from "@gw/core";
import { describe, expect, test } from "vitest";
import type { Standing } from "../src/index.ts";
import { type AttemptLimits, beginCall, type CallAction, decide } from "../src/index.ts";

const well: Standing = { blockedUntilMs: 0, restsUntilMs: 0, mayRetry: true, firstContentMs: null };
const defaults: AttemptLimits = {
  maxAttempts: 4,
  maxAttemptsPerTarget: 3,
  deadlineAtMs: 600_000,
  maxWaitMs: 30_000,
};
const failed = (code: ErrorCode, options?: GatewayErrorOptions): GatewayError => new GatewayError(code, code, options);

/** What a call at a list of circuits does while each attempt fails with the next of the errors, and time stands still but for waits. */
function walk(
  circuits: readonly string[],
  errors: readonly GatewayError[],
  options: { readonly standings?: readonly Partial<Standing>[]; readonly limits?: Partial<AttemptLimits> } = {},
): (string | number)[] {
  const standings = circuits.map((_, index) => ({ ...well, ...options.standings?.[index] }));
  const left = [...errors];
  const steps: (string | number)[] = [];
  let nowMs = 0;
  let state = beginCall(
    circuits.map((circuit) => ({ circuit })),
    { ...defaults, ...options.limits },
  );
  const next = (event: Parameters<typeof decide>[1]): CallAction => {
    const decision = decide(state, event, standings, nowMs, 0.5);
    state = decision.state;
    return decision.action;
  };
  let action = next({ type: "ready" });
  for (;;) {
    if (action.type === "give-up") return [...steps, action.error.code, action.error.retryAfterMs ?? "no hint"];
    if (action.type === "wait") {
      steps.push(action.waitMs);
      nowMs += action.waitMs;
      action = next({ type: "ready" });
      continue;
    }
    steps.push(`${action.target}${action.retry ? " again" : ""}`);
    const error = left.shift();
    if (error === undefined) return steps;
    action = next({ type: "failed", target: action.target, error });
  }
}

const broken = failed("upstream_failed");
const refused = failed("connection_failed");
const limited = failed("rate_limited");
const badKey = failed("authentication_failed");

describe("which target is next", () => {
  test.each<[string, string[], GatewayError[], (string | number)[]]>([
    ["another at once", ["a", "b", "c"], [broken, broken], ["0", "1", "2"]],
    [
      "the last one up to three times, with growing pauses",
      ["a"],
      [broken, broken, broken],
      ["0", 250, "0 again", 500, "0 again", "upstream_failed", "no hint"],
    ],
    [
      "four attempts over all",
      ["a", "b"],
      [broken, broken, broken, broken],
      ["0", "1", 250, "0 again", "1 again", "upstream_failed", "no hint"],
    ],
    ["a failed connection once more at once, then another", ["a", "b"], [refused, refused], ["0", "0 again", "1"]],
    [
      "a failed connection that is the last: at once, then with pauses",
      ["a"],
      [refused, refused, refused],
      ["0", "0 again", 500, "0 again", "connection_failed", "no hint"],
    ],
    ["another key of the same model, when the key was at fault", ["a", "a", "b"], [limited], ["0", "1"]],
    [
      "another model before another key, when the model was at fault",
      ["a", "a", "b"],
      [broken, broken],
      ["0", "2", "1"],
    ],
    [
      "no other key, when the request does not fit the model",
      ["a", "a", "b"],
      [failed("context_length_exceeded")],
      ["0", "2"],
    ],
    [
      "none, when the request is at fault",
      ["a", "b"],
      [failed("invalid_request")],
      ["0", "invalid_request", "no hint"],
    ],
    [
      "never again one that refused the key",
      ["a", "b"],
      [badKey, broken, broken, broken],
      ["0", "1", 250, "1 again", 500, "1 again", "upstream_failed", "no hint"],
    ],
    [
      "not the same where the error forbids it",
      ["a"],
      [failed("upstream_failed", { retry: { sameTarget: false } })],
      ["0", "upstream_failed", "no hint"],
    ],
    [
      "not another where the error forbids it",
      ["a", "b"],
      [failed("upstream_failed", { retry: { nextTarget: false } })],
      ["0", 250, "0 again"],
    ],
    ["none where there is none", [], [], ["overloaded", "no hint"]],
  ])("%s", (_what, circuits, errors, expected) => {
    expect(walk(circuits, errors)).toEqual(expected);
  });

  test("the last attempt is not spent on a connection that has just failed", () => {
    expect(walk(["a", "b"], [refused], { limits: { maxAttempts: 2 } })).toEqual(["0", "1"]);
  });

  test("a target without retry budget is left", () => {
    expect(walk(["a"], [broken], { standings: [{ mayRetry: false }] })).toEqual(["0", "upstream_failed", "no hint"]);
    expect(walk(["a", "b"], [refused], { standings: [{ mayRetry: false }] })).toEqual(["0", "1"]);
  });

  test("what the store refused is asked for again a little later, and counts as no attempt", () => {
    const limits = { ...defaults, maxAttempts: 1 };
    const first = decide(beginCall([{ circuit: "a" }], limits), { type: "ready" }, [well], 0, 0.5);
    const second = decide(first.state, { type: "refused", target: 0 }, [well], 0, 0.5);
    expect(second.action).toEqual({ type: "wait", waitMs: 250 });
    const third = decide(second.state, { type: "ready" }, [well], 250, 0.5);
    expect(third.action).toEqual({ type: "attempt", target: 0, retry: false });
  });
});

describe("waits", () => {
  const asked = (retryAfterMs: number): GatewayError => failed("rate_limited", { retryAfterMs });

  test.each<[string, number, Partial<AttemptLimits>, (string | number)[]]>([
    ["as long as the vendor asks, and a little more", 7_000, {}, ["0", 7_250, "0 again"]],
    ["no longer than it may", 30_000, {}, ["0", "rate_limited", 30_000]],
    ["not into the deadline", 7_000, { deadlineAtMs: 7_250 }, ["0", "rate_limited", 7_000]],
    ["up to the deadline", 7_000, { deadlineAtMs: 7_251 }, ["0", 7_250, "0 again"]],
  ])("%s", (_what, retryAfterMs, limits, expected) => {
    expect(walk(["a"], [asked(retryAfterMs)], { limits })).toEqual(expected);
  });

  test("while another target is there, nobody waits", () => {
    expect(walk(["a", "b"], [asked(7_000)])).toEqual(["0", "1"]);
  });

  test("for a key that rests, but behind no open breaker", () => {
    expect(walk(["a", "b"], [], { standings: [{ restsUntilMs: 9_000 }, { blockedUntilMs: 2_000 }] })).toEqual([
      9_250,
      "0",
    ]);
    expect(walk(["a"], [], { standings: [{ blockedUntilMs: 2_000 }] })).toEqual(["overloaded", 2_000]);
  });

  test("a backoff is waited for though a breaker would open sooner", () => {
    expect(walk(["a", "b"], [broken], { standings: [{}, { blockedUntilMs: 100 }] })).toEqual(["0", 250, "1"]);
  });

  test("past the deadline nothing begins", () => {
    const state = beginCall([{ circuit: "a" }], { ...defaults, deadlineAtMs: 1_000 });
    expect(decide(state, { type: "ready" }, [well], 1_000, 0.5).action.type).toBe("give-up");
  });
});

describe("the time to come back", () => {
  const limits = { maxAttempts: 1 };

  test.each<[string, Partial<Standing>[], GatewayError, number | string]>([
    [
      "when the first of all takes calls again",
      [{ restsUntilMs: 60_000 }, { blockedUntilMs: 3_000, restsUntilMs: 1_000 }],
      limited,
      3_000,
    ],
    [
      "sooner than the vendor said, where another target is back sooner",
      [{ restsUntilMs: 60_000 }, { blockedUntilMs: 3_000 }],
      failed("rate_limited", { retryAfterMs: 60_000 }),
      3_000,
    ],
    [
      "what the vendor said, where others take calls",
      [{}, {}],
      failed("rate_limited", { retryAfterMs: 60_000 }),
      60_000,
    ],
    ["unknown where nobody said", [{}, {}], limited, "no hint"],
    [
      "none for a request that will not be better then",
      [{ blockedUntilMs: 3_000 }, { blockedUntilMs: 3_000 }],
      failed("invalid_request"),
      "no hint",
    ],
  ])("%s", (_what, standings, error, expected) => {
    const state = beginCall([{ circuit: "a" }, { circuit: "b" }], { ...defaults, ...limits });
    const all = standings.map((standing) => ({ ...well, ...standing }));
    const { action } = decide(state, { type: "failed", target: 0, error }, all, 0, 0.5);
    expect(action.type === "give-up" && (action.error.retryAfterMs ?? "no hint")).toBe(expected);
  });
});
