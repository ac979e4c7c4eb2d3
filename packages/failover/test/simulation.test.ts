import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stats, simulate } from "./simulation/simulate.ts";
import { simulateDriver } from "./simulation/simulate-driver.ts";

// A failure names its seed; `SIM_SEED=<seed>` runs that alone. `pnpm sim` runs 100,000.
const replayed = process.env.SIM_SEED;
const seedsOf = (count: number): number[] =>
  replayed === undefined ? Array.from({ length: count }, (_, seed) => seed) : [Number(replayed)];

// Millions of errors, of which nobody reads a stack.
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

async function runAll(
  seeds: readonly number[],
  run: (seed: number) => Stats | Promise<Stats>,
): Promise<{ failures: string[]; totals: Map<string, number> }> {
  const failures: string[] = [];
  const totals = new Map<string, number>();
  for (const seed of seeds) {
    try {
      const stats = await run(seed);
      for (const [name, value] of Object.entries(stats)) totals.set(name, (totals.get(name) ?? 0) + value);
    } catch (error) {
      failures.push(`SIM_SEED=${seed}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { failures, totals };
}

/** Nothing was proven of what never happened. */
function expectEventful(totals: ReadonlyMap<string, number>, names: readonly (keyof Stats)[]): void {
  if (replayed !== undefined) return;
  for (const name of names) expect([name, (totals.get(name) ?? 0) > 100]).toEqual([name, true]);
}

test("10,000 worlds of 200 calls: the core keeps every promise", { timeout: 120_000 }, async () => {
  const { failures, totals } = await runAll(seedsOf(10_000), (seed) => simulate(seed));
  expect(failures).toEqual([]);
  expectEventful(totals, ["good", "sent", "retries", "waits", "opened", "probes"]);
});

test("300 worlds of 200 calls: so does the driver", { timeout: 120_000 }, async () => {
  const { failures, totals } = await runAll(seedsOf(300), (seed) => simulateDriver(seed, 200));
  expect(failures).toEqual([]);
  expectEventful(totals, ["good", "sent", "retries", "opened", "probes"]);
});
