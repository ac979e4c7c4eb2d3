/**
 * Runs the simulation on many seeds: `pnpm sim [count]`, 100,000 by default, from `SIM_SEED` alone where that is set.
 * Prints each seed that fails, and leaves with status 1 if one does.
 */
import { type Stats, simulate } from "./simulate.ts";

Error.stackTraceLimit = 0;
const one = process.env.SIM_SEED;
const first = one === undefined ? 0 : Number(one);
const count = one === undefined ? Number(process.argv[2] ?? 100_000) : 1;
const startedAtMs = performance.now();
const totals: Partial<Record<keyof Stats, number>> = {};
let failed = 0;

for (let seed = first; seed < first + count; seed += 1) {
  try {
    const stats = Object.entries(simulate(seed)) as [keyof Stats, number][];
    for (const [name, value] of stats) totals[name] = (totals[name] ?? 0) + value;
  } catch (error) {
    failed += 1;
    console.log(`SIM_SEED=${seed}  ${error instanceof Error ? error.message : error}`);
  }
}
console.log(`${count} seeds in ${((performance.now() - startedAtMs) / 1_000).toFixed(1)} s, ${failed} failed`, totals);
process.exitCode = failed === 0 ? 0 : 1;
