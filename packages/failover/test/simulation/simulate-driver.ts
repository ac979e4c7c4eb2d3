import { isGatewayError } from "@gw/core";
import type { Clock } from "../../src/clock.ts";
import { execute, type FailoverTarget } from "../../src/execute.ts";
import { MemoryHealthStore } from "../../src/health-store.ts";
import { EventQueue } from "./event-queue.ts";
import { Referee } from "./referee.ts";
import { seededRandom } from "./seeded-random.ts";
import type { Stats } from "./simulate.ts";
import { type SimulatedCall, World } from "./world.ts";

/**
 * The worlds of {@link simulate}, lived through by the real driver and the real store, on a virtual clock.
 *
 * @throws {Error} at the first thing that must not be
 */
export async function simulateDriver(seed: number, callCount: number): Promise<Stats> {
  const random = seededRandom(seed);
  const world = new World(random);
  const queue = new EventQueue();
  const health = new MemoryHealthStore();
  const referee = new Referee({
    openUntilMs: (circuit) => health.circuits.get(circuit)?.openUntilMs ?? 0,
    restsUntilMs: (credential) => health.credentials.get(credential)?.restsUntilMs ?? 0,
  });
  const clock: Clock = {
    nowMs: () => queue.nowMs,
    after: (ms, run) => {
      let cancelled = false;
      queue.put(queue.nowMs + ms, () => {
        if (!cancelled) run();
      });
      return () => {
        cancelled = true;
      };
    },
  };
  let violation: unknown = null;
  // The driver would take it for the failure of an attempt.
  const watched = (watch: () => void): void => {
    try {
      watch();
    } catch (error) {
      violation ??= error;
    }
  };

  async function ask(call: SimulatedCall): Promise<void> {
    const { deadlineMs } = call.limits;
    const leaving = new AbortController();
    if (call.leavesAtMs === call.atMs) leaving.abort();
    else if (call.leavesAtMs < Number.POSITIVE_INFINITY) queue.put(call.leavesAtMs, () => leaving.abort());
    const targets = call.targets.map((names, value): FailoverTarget<number> => ({ ...names, value }));
    const attempt = (target: FailoverTarget<number>, signal: AbortSignal): Promise<string> => {
      watched(() => referee.sends(call.id, target.value, queue.nowMs));
      const { tookMs, error } = world.reply(target, call, queue.nowMs);
      return new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        queue.put(queue.nowMs + tookMs, () => (error === null ? resolve("answer") : reject(error)));
      });
    };
    try {
      await execute(targets, attempt, {
        ...call.limits,
        signal: leaving.signal,
        health,
        clock,
        random,
        onAttempt: ({ startedAtMs, endedAtMs, error }) => {
          const cut = endedAtMs === call.atMs + deadlineMs && error?.code === "timed_out";
          const counts = !cut || endedAtMs - startedAtMs >= deadlineMs / 2;
          watched(() => referee.ends(call.id, endedAtMs, error, counts));
        },
      });
      watched(() => referee.answers(call.id, queue.nowMs, null));
    } catch (error) {
      if (!isGatewayError(error)) throw error;
      watched(() => referee.answers(call.id, queue.nowMs, error));
    }
  }

  for (const call of world.calls(callCount)) {
    queue.put(call.atMs, () => {
      referee.begins(call);
      ask(call).catch((error: unknown) => {
        violation ??= error;
      });
    });
  }
  while (queue.step()) {
    // Whatever follows from what just happened happens before the next thing does.
    await new Promise((resolve) => setImmediate(resolve));
    if (violation !== null) throw violation;
  }
  referee.finish();
  return referee.stats;
}
