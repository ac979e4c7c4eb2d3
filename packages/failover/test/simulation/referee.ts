import type { GatewayError } from "@gw/core";
import { classifyFailure } from "../../src/failure-class.ts";
import type { TargetNames } from "../../src/health.ts";
import type { SimulatedCall } from "./world.ts";

/** What has been seen of a circuit: from outside, but for when its breaker opened and closed. */
interface SeenCircuit {
  readonly sent: { readonly second: number; readonly retry: boolean }[];
  readonly ended: { readonly second: number; readonly failed: boolean }[];
  /** When the breaker last opened or closed. */
  changedAtMs: number;
  openUntilMs: number;
  failuresInRow: number;
  /** Starts of attempts under way that were let through while it was open. */
  readonly probes: Map<number, number>;
}

interface SeenCall {
  readonly call: SimulatedCall;
  readonly tries: number[];
  readonly excluded: boolean[];
  /** Told by the store, a moment ago, that it does not take calls. */
  readonly refusedUntilMs: number[];
  startedAtMs: number;
  underWay: number | null;
  attempts: number;
  lastError: GatewayError | null;
  answers: number;
}

/** What is taken on trust: until when a breaker says that it is open (0 for a closed one), and a credential that it rests. */
export interface VisibleHealth {
  openUntilMs(circuit: string): number;
  restsUntilMs(credential: string): number;
}

const probeMs = 120_000;

/** Watches a simulation, and throws at the first thing that must not be. It keeps its own books. */
export class Referee {
  readonly stats = { calls: 0, good: 0, sent: 0, retries: 0, waits: 0, opened: 0, probes: 0 };
  readonly #calls = new Map<number, SeenCall>();
  readonly #circuits = new Map<string, SeenCircuit>();
  readonly #restsUntilMs = new Map<string, number>();
  readonly #visible: VisibleHealth;

  constructor(visible: VisibleHealth) {
    this.#visible = visible;
  }

  begins(call: SimulatedCall): void {
    this.stats.calls += 1;
    this.#calls.set(call.id, {
      call,
      tries: call.targets.map(() => 0),
      excluded: call.targets.map(() => false),
      refusedUntilMs: call.targets.map(() => 0),
      startedAtMs: 0,
      underWay: null,
      attempts: 0,
      lastError: null,
      answers: 0,
    });
  }

  refuses(id: number, target: number, nowMs: number): void {
    this.#call(id).refusedUntilMs[target] = nowMs + 500;
  }

  sends(id: number, target: number, nowMs: number): void {
    const seen = this.#call(id);
    const { call, tries } = seen;
    const { circuit, credential } = call.targets[target] as TargetNames;
    const retry = (tries[target] as number) > 0;
    this.stats.sent += 1;
    demand(seen.answers === 0, id, "sent after the answer");
    demand(seen.underWay === null, id, "two attempts at once");
    demand(!isFinal(seen.lastError), id, "sent what the caller has to change first");
    demand(!seen.excluded[target], id, "sent where the request cannot be answered");
    demand(nowMs < call.atMs + call.limits.deadlineMs, id, "sent after the deadline");
    demand(nowMs < call.leavesAtMs, id, "sent for a caller who had left");
    demand(nowMs >= (this.#restsUntilMs.get(credential) ?? 0), id, "sent with a resting credential");
    tries[target] = (tries[target] as number) + 1;
    seen.attempts += 1;
    seen.underWay = target;
    seen.startedAtMs = nowMs;
    demand(seen.attempts <= call.limits.maxAttempts, id, "too many attempts");
    demand((tries[target] as number) <= call.limits.maxAttemptsPerTarget, id, "too many attempts at a target");
    const reconnects = tries[target] === 2 && seen.lastError?.code === "connection_failed";
    if (retry && !(reconnects && seen.attempts < call.limits.maxAttempts))
      demand(this.#untried(seen, nowMs) < 0, id, "tried a target again with another in reach");

    const known = this.#circuit(circuit);
    const openUntilMs = this.#visible.openUntilMs(circuit);
    if (openUntilMs > 0) {
      this.stats.probes += 1;
      demand(openUntilMs <= nowMs, id, "sent to an open breaker");
      demand(!probing(known, nowMs), id, "a second probe");
      known.probes.set(id, nowMs);
    }
    const second = Math.floor(nowMs / 1_000);
    forgetBefore(known.sent, second - 9);
    if (retry) {
      this.stats.retries += 1;
      const retries = known.sent.filter((one) => one.retry).length;
      demand(retries + 1 <= 0.2 * (known.sent.length - retries) + 3, id, "retries beyond the budget");
    }
    known.sent.push({ second, retry });
  }

  /** @param counts whether the outcome is one that a breaker hears of */
  ends(id: number, nowMs: number, error: GatewayError | null, counts: boolean): void {
    const seen = this.#call(id);
    const target = seen.underWay;
    demand(target !== null, id, "ended without being sent");
    const { circuit, credential } = seen.call.targets[target as number] as TargetNames;
    seen.underWay = null;
    seen.lastError = error;
    const known = this.#circuit(circuit);
    known.probes.delete(id);
    const health = error === null ? "success" : counts ? classifyFailure(error).health : "none";
    if (error !== null) this.#rest(credential, error, nowMs);
    if (error !== null) exclude(seen, target as number, error);

    const before = known.openUntilMs;
    const after = this.#visible.openUntilMs(circuit);
    known.openUntilMs = after;
    const informs = health === "success" || health === "failure" || health === "soft";
    const timely = informs && seen.startedAtMs >= (before > 0 ? before : known.changedAtMs);
    if (timely) {
      if (health === "success") known.failuresInRow = 0;
      if (health === "failure") known.failuresInRow += 1;
      const second = Math.floor(nowMs / 1_000);
      forgetBefore(known.ended, second - 9);
      known.ended.push({ second, failed: health !== "success" });
    }
    const failed = known.ended.filter((one) => one.failed).length;
    const due = known.failuresInRow >= 5 || (known.ended.length >= 20 && failed >= known.ended.length / 2);
    const trips = timely && health !== "success" && (before > 0 || due);
    demand(after > before === trips, id, trips ? "the breaker did not open" : "the breaker opened without a cause");
    if (after > before) {
      this.stats.opened += 1;
      demand(
        after - nowMs >= 5_000 && after - nowMs <= 300_000,
        id,
        "the breaker is open for another time than agreed",
      );
    }
    if (before > 0 && after === 0) demand(timely && health === "success", id, "the breaker closed without a cause");
    if (after !== before) {
      known.probes.clear();
      known.changedAtMs = nowMs;
      known.failuresInRow = 0;
      known.ended.length = 0;
      if (after === 0) known.ended.push({ second: Math.floor(nowMs / 1_000), failed: false });
    }
  }

  waits(id: number, waitMs: number, nowMs: number): void {
    const seen = this.#call(id);
    this.stats.waits += 1;
    demand(waitMs > 0 && waitMs <= seen.call.limits.maxWaitMs, id, "a wait out of bounds");
    demand(nowMs + waitMs < seen.call.atMs + seen.call.limits.deadlineMs, id, "a wait that the deadline cuts");
    demand(this.#untried(seen, nowMs) < 0, id, "waited with another target in reach");
  }

  answers(id: number, nowMs: number, error: GatewayError | null): void {
    const seen = this.#call(id);
    const { call } = seen;
    const deadlineAtMs = call.atMs + call.limits.deadlineMs;
    seen.answers += 1;
    demand(seen.answers === 1, id, "answered twice");
    demand(seen.underWay === null, id, "answered while an attempt is under way");
    demand(nowMs <= Math.min(deadlineAtMs, call.leavesAtMs), id, "answered too late");
    if (error === null) {
      this.stats.good += 1;
      return;
    }
    if (nowMs === deadlineAtMs || nowMs >= call.leavesAtMs || seen.attempts >= call.limits.maxAttempts) return;
    demand(this.#untried(seen, nowMs) < 0, id, "gave up with a target in reach");
  }

  /** At the end of all things. */
  finish(): void {
    for (const { call, answers } of this.#calls.values()) demand(answers === 1, call.id, "never answered");
  }

  /** A target that this call has not tried and that would take it; -1 where there is none. */
  #untried({ call, tries, excluded, refusedUntilMs }: SeenCall, nowMs: number): number {
    return call.targets.findIndex(({ circuit, credential }, index) => {
      if (tries[index] !== 0 || excluded[index] || (refusedUntilMs[index] ?? 0) > nowMs) return false;
      const openUntilMs = this.#visible.openUntilMs(circuit);
      if (openUntilMs > nowMs || (openUntilMs > 0 && probing(this.#circuit(circuit), nowMs))) return false;
      return nowMs >= this.#visible.restsUntilMs(credential);
    });
  }

  #rest(credential: string, error: GatewayError, nowMs: number): void {
    if (classifyFailure(error).health !== "credential") return;
    const before = this.#restsUntilMs.get(credential) ?? 0;
    const resting = before > nowMs;
    if (resting && error.retryAfterMs === null) return;
    const least = error.code === "rate_limited" ? (error.retryAfterMs ?? 5_000) : 300_000;
    this.#restsUntilMs.set(credential, Math.max(before, nowMs + least));
  }

  #call(id: number): SeenCall {
    return this.#calls.get(id) as SeenCall;
  }

  #circuit(name: string): SeenCircuit {
    let known = this.#circuits.get(name);
    if (known === undefined) {
      known = { sent: [], ended: [], changedAtMs: 0, openUntilMs: 0, failuresInRow: 0, probes: new Map() };
      this.#circuits.set(name, known);
    }
    return known;
  }
}

function exclude({ call, excluded }: SeenCall, target: number, error: GatewayError): void {
  const { sameTarget, nextTarget } = classifyFailure(error);
  const circuit = call.targets[target]?.circuit;
  for (const [index, one] of call.targets.entries()) {
    const itself = index === target && sameTarget === "never";
    const alike = nextTarget === "other-circuit" && one.circuit === circuit;
    if (itself || alike || nextTarget === "none") excluded[index] = true;
  }
}

function isFinal(error: GatewayError | null): boolean {
  return error?.code === "invalid_request" || error?.code === "content_filtered";
}

function probing({ probes }: SeenCircuit, nowMs: number): boolean {
  for (const startedAtMs of probes.values()) if (startedAtMs > nowMs - probeMs) return true;
  return false;
}

function forgetBefore(list: { readonly second: number }[], second: number): void {
  let old = 0;
  while (old < list.length && (list[old]?.second ?? 0) < second) old += 1;
  if (old > 0) list.splice(0, old);
}

function demand(holds: boolean, id: number, violation: string): asserts holds {
  if (!holds) throw new Error(`call ${id}: ${violation}`);
}
