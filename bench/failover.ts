/**
 * What a failover costs beside the attempts themselves: `pnpm bench:failover`, and with `--write` into `docs/performance.md`.
 * Medians of rounds: in the process, in microseconds of one core that does nothing else; and over HTTP, through the gateway.
 */
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { GatewayError } from "@gw/core";
import { beginCall, decide, execute, MemoryHealthStore } from "@gw/failover";
import { failoverOverHttp } from "./failover-over-http.ts";
import { median } from "./median.ts";
import { writeSection } from "./page.ts";

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });

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

const decision = await medianUs(async () => {
  for (let call = 0; call < callsPerRound; call += 1) {
    const { action } = decide(begun, { type: "failed", target: 0, error: failure }, standings, call, 0.5);
    if (action.type !== "attempt") throw new Error("It did not move on");
  }
});
const direct = await medianUs(async () => {
  for (let call = 0; call < callsPerRound; call += 1) await execute(targets, async () => "answer", { health });
});
const moved = await medianUs(async () => {
  for (let call = 0; call < callsPerRound; call += 1) {
    await execute(targets, async ({ value }) => (value === "one" ? Promise.reject(failure) : "answer"), {
      health: sickened,
    });
  }
});

async function medianUs(round: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let done = 0; done < rounds; done += 1) {
    const startedAtMs = performance.now();
    await round();
    times.push(((performance.now() - startedAtMs) * 1_000) / callsPerRound);
  }
  return median(times);
}

const httpRounds = 7;
const { direct: directMs, failures } = await failoverOverHttp(httpRounds, 1_000);

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const text = `## Failover

What it costs to move on, by \`pnpm bench:failover --write\`, all in one run. Machine: ${cpus().length} cores, ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}. Commit ${commit}.

| in the process, medians of ${rounds} rounds | µs | at most |
| --- | --- | --- |
| \`decide\`, of three targets | ${decision.toFixed(2)} | 20 |
| \`execute\`, the first target answers | ${direct.toFixed(2)} | |
| \`execute\`, the first fails, the second answers | ${moved.toFixed(2)} | |

Over HTTP, through the gateway, to the first event of a stream, calls one after the other, medians of ${httpRounds} rounds in turns. The failure by
itself was measured over a bare socket, without the gateway; what is left is what the failover adds beyond it. A refused connection is
tried twice.

| the first target fails with | alone, the second answers after ms | with the failure ms | the failure by itself ms | added ms | at most |
| --- | --- | --- | --- | --- | --- |
${failures.map(row).join("\n")}`;

function row({ name, movedOn, failure: failureMs }: (typeof failures)[number]): string {
  const addedMs = movedOn - directMs - failureMs;
  const cells = [directMs, movedOn, failureMs, addedMs].map((figure) => figure.toFixed(3));
  return `| ${[name, ...cells, "5"].join(" | ")} |`;
}

process.stdout.write(`${text}\n`);
if (values.write) writeSection("failover", text);
