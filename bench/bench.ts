import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { load } from "./load.ts";
import { MeasuredProcess } from "./measured-process.ts";
import { writeSection } from "./page.ts";
import { peers } from "./peers.ts";
import { report } from "./report.ts";
import { type Round, type Scenario, scenarios } from "./scenarios.ts";
import type { Subject } from "./subject.ts";

// Everything is measured in one run, in turns, each round in the opposite order of the one before: what the machine does
// beside us then hits all alike. Figures are medians over the rounds, and mean something only beside each other.

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    "round-ms": { type: "string", default: "2000" },
    only: { type: "string" },
    write: { type: "boolean", default: false },
  },
});

const upstream = await MeasuredProcess.start("direct", "upstream.ts");
const bare = await MeasuredProcess.start("bare proxy", "bare-proxy.ts", [upstream.url]);
const gateway = await MeasuredProcess.start("gateway", "gateway.ts", [upstream.url], "upstream/bench");
const others = await peers(upstream.url);
const subjects: readonly Subject[] = [upstream, bare, gateway, ...others];

// The compiler goes on improving what runs often: the gateway is slower for its first 60,000 calls or so (measured).
const warmUpCalls = 60_000;
const warmUpMs = 30_000;
const scenarioWarmUpMs = 2_000;

const rounds: Round[] = [];
const chosen = scenarios.filter((scenario) => values.only === undefined || scenario.name.includes(values.only));
try {
  for (const subject of subjects) await warmUp(subject);
  for (const scenario of chosen) {
    const able: Subject[] = [];
    for (const subject of subjects) if (await takesPart(subject, scenario)) able.push(subject);
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const subject of round % 2 === 0 ? able : able.toReversed()) {
        rounds.push(await measure(scenario, subject, Number(values["round-ms"])));
      }
    }
  }
} finally {
  for (const subject of subjects) subject.stop();
}

async function warmUp(subject: Subject): Promise<void> {
  const scenario = scenarios.find(({ concurrency, stream }) => concurrency > 1 && !stream) as Scenario;
  const until = performance.now() + warmUpMs;
  for (let calls = 0; calls < warmUpCalls && performance.now() < until; ) {
    calls += (await measure(scenario, subject, scenarioWarmUpMs)).result.calls;
  }
}

/** Warms it up for a scenario; a peer that cannot answer it is left out of it. */
async function takesPart(subject: Subject, scenario: Scenario): Promise<boolean> {
  if (!scenario.reaches(subject.name)) return false;
  try {
    await measure(scenario, subject, scenarioWarmUpMs);
    return true;
  } catch (error) {
    if (!others.includes(subject)) throw error;
    process.stderr.write(`${subject.name} is left out of "${scenario.name}": ${error}\n`);
    return false;
  }
}

async function measure(scenario: Scenario, subject: Subject, durationMs: number): Promise<Round> {
  const before = await subject.cpuMicroseconds();
  const result = await load({
    url: subject.url,
    path: scenario.path,
    headers: subject.headers,
    body: scenario.body(subject.model),
    stream: scenario.stream,
    concurrency: scenario.concurrency,
    durationMs,
  });
  const after = await subject.cpuMicroseconds();
  return { scenario, subject: subject.name, result, cpuMicroseconds: after - before };
}

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const text = report(rounds, {
  machine: `${cpus().length} cores, ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}`,
  commit,
  rounds: Number(values.rounds),
});
process.stdout.write(`${text}\n`);
if (values.write) writeSection("calls", text);
