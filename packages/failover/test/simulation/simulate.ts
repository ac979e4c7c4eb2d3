import { GatewayError } from "@gw/core";
import { type CircuitHealth, defaultBreaker, freshCircuit } from "../../src/circuit-health.ts";
import { type CredentialHealth, freshCredential } from "../../src/credential-health.ts";
import { beginCall, type CallEvent, type CallState, decide } from "../../src/decide.ts";
import { reported, standingOf, started, type TargetHealth, type TargetNames } from "../../src/health.ts";
import { outcomeOf } from "../../src/outcome.ts";
import { EventQueue } from "./event-queue.ts";
import { Referee } from "./referee.ts";
import { type Random, seededRandom } from "./seeded-random.ts";
import { type SimulatedCall, World } from "./world.ts";

/** How much of everything there was. */
export type Stats = Referee["stats"];

const left = new GatewayError("aborted", "The caller left");
const late = new GatewayError("timed_out", "The deadline passed");
/** Every mood has passed by then, and every rest and ejection. */
const afterwardsMs = 1_200_000;

/**
 * Lives through one world: some 200 calls over minutes of virtual time.
 *
 * @throws {Error} at the first thing that must not be
 */
export function simulate(seed: number, callCount = 200): Stats {
  const simulation = new Simulation(seededRandom(seed));
  return simulation.run(callCount);
}

class Simulation {
  readonly random: Random;
  readonly world: World;
  readonly queue = new EventQueue();
  readonly referee: Referee;
  readonly #circuits = new Map<string, CircuitHealth>();
  readonly #credentials = new Map<string, CredentialHealth>();

  constructor(random: Random) {
    this.random = random;
    this.world = new World(random);
    this.referee = new Referee({
      openUntilMs: (circuit) => this.#circuits.get(circuit)?.openUntilMs ?? 0,
      restsUntilMs: (credential) => this.#credentials.get(credential)?.restsUntilMs ?? 0,
    });
  }

  run(callCount: number): Stats {
    const { referee, world, queue } = this;
    for (const call of world.calls(callCount)) this.#begin(call);
    while (queue.step());
    const { good } = referee.stats;
    this.#begin({
      id: callCount,
      atMs: Math.max(world.spanMs, queue.nowMs) + afterwardsMs,
      targets: world.targets,
      limits: { maxAttempts: 1, maxAttemptsPerTarget: 1, maxWaitMs: 1_000, deadlineMs: 60_000 },
      leavesAtMs: Number.POSITIVE_INFINITY,
      fault: null,
    });
    while (queue.step());
    referee.finish();
    if (referee.stats.good !== good + 1) throw new Error("With all targets well again, a call failed");
    return referee.stats;
  }

  healthOf({ circuit, credential }: TargetNames): TargetHealth {
    return {
      circuit: this.#circuits.get(circuit) ?? freshCircuit,
      credential: this.#credentials.get(credential) ?? freshCredential,
    };
  }

  keep({ circuit, credential }: TargetNames, health: TargetHealth): void {
    this.#circuits.set(circuit, health.circuit);
    this.#credentials.set(credential, health.credential);
  }

  #begin(call: SimulatedCall): void {
    this.queue.put(call.atMs, () => new Run(this, call).begin());
  }
}

/** A driver of the core without promises: fast enough for thousands of worlds. */
class Run {
  readonly #simulation: Simulation;
  readonly #call: SimulatedCall;
  readonly #deadlineAtMs: number;
  #state: CallState;
  #answered = false;
  #underWay = false;

  constructor(simulation: Simulation, call: SimulatedCall) {
    this.#simulation = simulation;
    this.#call = call;
    this.#deadlineAtMs = call.atMs + call.limits.deadlineMs;
    this.#state = beginCall(call.targets, { ...call.limits, deadlineAtMs: this.#deadlineAtMs });
  }

  begin(): void {
    const { queue, referee } = this.#simulation;
    referee.begins(this.#call);
    const { leavesAtMs, atMs } = this.#call;
    if (leavesAtMs === atMs) {
      this.#answer(left);
      return;
    }
    if (leavesAtMs < this.#deadlineAtMs) {
      queue.put(leavesAtMs, () => {
        if (!this.#underWay && !this.#answered) this.#answer(left);
      });
    }
    this.#goOn({ type: "ready" });
  }

  #goOn(event: CallEvent): void {
    if (this.#answered) return;
    const { queue, referee, random } = this.#simulation;
    const { targets, id } = this.#call;
    const nowMs = queue.nowMs;
    const standings = targets.map((target) => standingOf(this.#simulation.healthOf(target), nowMs, defaultBreaker));
    const { state, action } = decide(this.#state, event, standings, nowMs, random());
    this.#state = state;
    switch (action.type) {
      case "give-up":
        this.#answer(action.error);
        return;
      case "wait":
        referee.waits(id, action.waitMs, nowMs);
        queue.put(nowMs + action.waitMs, () => this.#goOn({ type: "ready" }));
        return;
      case "attempt": {
        const target = targets[action.target] as TargetNames;
        const call = { retry: action.retry, nowMs };
        // A shared store may know better than what was read of it.
        const health = random() < 0.02 ? null : started(this.#simulation.healthOf(target), call, defaultBreaker);
        if (health === null) {
          referee.refuses(id, action.target, nowMs);
          this.#goOn({ type: "refused", target: action.target });
          return;
        }
        referee.sends(id, action.target, nowMs);
        this.#simulation.keep(target, health);
        this.#send(action.target);
      }
    }
  }

  #send(index: number): void {
    const { queue, world } = this.#simulation;
    const target = this.#call.targets[index] as TargetNames;
    const startedAtMs = queue.nowMs;
    const reply = world.reply(target, this.#call, startedAtMs);
    const cutAtMs = Math.min(this.#deadlineAtMs, this.#call.leavesAtMs);
    const isCut = startedAtMs + reply.tookMs >= cutAtMs;
    const endedAtMs = isCut ? cutAtMs : startedAtMs + reply.tookMs;
    const error = isCut ? (cutAtMs === this.#deadlineAtMs ? late : left) : reply.error;
    this.#underWay = true;
    queue.put(endedAtMs, () => {
      this.#underWay = false;
      const tookMs = endedAtMs - startedAtMs;
      const counts = !isCut || tookMs >= this.#call.limits.deadlineMs / 2;
      const outcome =
        error === null
          ? ({ type: "succeeded", firstContentMs: tookMs } as const)
          : counts
            ? outcomeOf(error)
            : ({ type: "released" } as const);
      const health = this.#simulation.healthOf(target);
      this.#simulation.keep(target, reported(health, { ...target, startedAtMs, endedAtMs, outcome }, defaultBreaker));
      this.#simulation.referee.ends(this.#call.id, endedAtMs, error, counts);
      if (error === null || isCut) this.#answer(error);
      else this.#goOn({ type: "failed", target: index, error });
    });
  }

  #answer(error: GatewayError | null): void {
    this.#answered = true;
    this.#simulation.referee.answers(this.#call.id, this.#simulation.queue.nowMs, error);
  }
}
