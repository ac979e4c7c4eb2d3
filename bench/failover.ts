/**
 * What a failover costs beside the attempts themselves: `pnpm bench:failover`. Medians of rounds, in microseconds of one core
 * that does nothing else.
 */
import { GatewayError } from "@gw/core";
import { beginCall, decide, execute, MemoryHealthStore } from "@gw/failover";

const rounds = 15;
const callsPerRound = 20_000;
const targets = ["one", "two", "three"].map((value) => ({ value, circuit: value, credential: value }));
const failure = new GatewayError("overloaded", "");
const standing = { blockedUntilMs: 0, restsUntilMs: 0, mayRetry: true, firstContentMs: null };
const standings = targets.map(() => standing);
const health = new MemoryHealthStore();
// Breakers that never open: each call has its failure.
const sickened = new MemoryHealthStore({
  failuresInRow: Number.POSITIVE_INFINITY,
  minCalls: Number.POSITIVE_INFINITY,
});
const begun = beginCall(targets, { maxAttempts: 4, maxAttemptsPerTarget: 3, maxWaitMs: 30_000, deadlineAtMs: 600_000 });

const decision = await median(async () => {
  for (let call = 0; call < callsPerRound; call += 1) {
    const { action } = decide(begun, { type: "failed", target: 0, error: failure }, standings, call, 0.5);
    if (action.type !== "attempt") throw new Error("It did not move on");
  }
});
const direct = await median(async () => {
  for (let call = 0; call < callsPerRound; call += 1) await execute(targets, async () => "answer", { health });
});
const moved = await median(async () => {
  for (let call = 0; call < callsPerRound; call += 1) {
    await execute(targets, async ({ value }) => (value === "one" ? Promise.reject(failure) : "answer"), {
      health: sickened,
    });
  }
});

async function median(round: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let done = 0; done < rounds; done += 1) {
    const startedAtMs = performance.now();
    await round();
    times.push(((performance.now() - startedAtMs) * 1_000) / callsPerRound);
  }
  return times.sort((one, other) => one - other)[Math.floor(rounds / 2)] ?? Number.NaN;
}

console.log(`decide, of three targets:                     ${decision.toFixed(2)} µs (at most 20)`);
console.log(`execute, the first target answers:            ${direct.toFixed(2)} µs`);
console.log(`execute, the first fails, the second answers: ${moved.toFixed(2)} µs`);
