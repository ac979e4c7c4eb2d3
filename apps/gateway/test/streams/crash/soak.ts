/**
 * More of what the tests do, for a long time: `pnpm soak [cycles]` kills so many processes (500 by default) of the gateway, of the stream
 * buffer and of the ledger, and does 20,000 random operations a cycle in ledgers (10 million by default). Leaves with status 1 when
 * something does not hold.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { crashCycle } from "../../../../../packages/stream-buffer/test/crash/crash-cycle.ts";
import { newDirectory } from "../stream-gateway.ts";
import { killCycles } from "./kill-cycles.ts";

const cycles = Number(process.argv[2] ?? 500);
const ledger = join(import.meta.dirname, "../../../../../packages/billing/test/soak/run.ts");

const { problems, ...totals } = await killCycles(cycles);
report("gateway", totals, problems);

const file = join(newDirectory(), "streams.db");
const sums = { streams: 0, events: 0, interrupted: 0 };
const bufferProblems: string[] = [];
for (let cycle = 0; cycle < cycles; cycle += 1) {
  const result = await crashCycle(file, `${cycle}`, 30 + Math.random() * 700);
  sums.streams += result.streams;
  sums.events += result.events;
  sums.interrupted += result.interrupted;
  bufferProblems.push(...result.problems);
}
report("stream buffer", sums, bufferProblems);

for (const [what, count] of [
  ["kills", cycles],
  ["operations", cycles * 20_000],
] as const) {
  const child = spawn(process.execPath, ["--conditions=@gw/source", ledger, what, String(count)], { stdio: "inherit" });
  const [code] = await once(child, "close");
  if (code !== 0) process.exitCode = 1;
}

function report(name: string, sums: object, problems: readonly string[]): void {
  console.log(`${name}, ${cycles} processes killed:`, sums);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
