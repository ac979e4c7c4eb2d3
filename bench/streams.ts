/**
 * What it costs that streams are the gateway's: `pnpm bench:streams [--write]`. Memory for each open stream on which little
 * happens, processor time for each event and events per second, against the bare proxy in the same run and in turns; and how long
 * it takes to read the second half of a stream of 10,000 events again, over HTTP.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, get, request } from "node:http";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { load } from "./load.ts";
import { MeasuredProcess } from "./measured-process.ts";
import { median } from "./median.ts";
import { writeSection } from "./page.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    streams: { type: "string", default: "1000,8000" },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const eventsPerStream = 2_000;
const resumedEvents = 10_000;
const paceMs = 5_000;
const path = "/v1/chat/completions";
const directory = mkdtempSync(join(tmpdir(), "gw-bench-"));

const upstream = await MeasuredProcess.start("upstream", "paced-upstream.ts");
const startBare = () => MeasuredProcess.start("bare proxy", "bare-proxy.ts", [upstream.url]);
const startGateway = (folder = mkdtempSync(join(directory, "data-"))) =>
  MeasuredProcess.start("gateway", "gateway.ts", [upstream.url, folder], "upstream/bench");

function bodyFor(subject: MeasuredProcess, more: object): string {
  return JSON.stringify({
    model: subject.model,
    stream: true,
    messages: [{ role: "user", content: "Go on." }],
    ...more,
  });
}

/** Bytes of the process for each of so many open streams, on a process of its own. */
async function memoryPerStream(start: () => Promise<MeasuredProcess>, count: number): Promise<number> {
  const subject = await start();
  const agent = new Agent({ keepAlive: false });
  const open: { destroy(): void }[] = [];
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json", ...subject.headers };
      const outgoing = request(subject.url + path, { agent, method: "POST", headers }, (incoming) => {
        incoming.once("data", () => resolve());
        incoming.on("error", () => {});
      });
      outgoing.on("error", reject);
      outgoing.end(bodyFor(subject, { max_tokens: 1, seed: paceMs }));
      open.push(outgoing);
    });
  // What a first call brings in is no stream's own.
  for (let warm = 0; warm < 50; warm += 1) await one();
  await sleep(2_000);
  const before = await subject.residentBytes();
  for (let opened = 0; opened < count; opened += 100) await Promise.all(Array.from({ length: 100 }, one));
  await sleep(2 * paceMs);
  const after = await subject.residentBytes();
  subject.stop();
  for (const outgoing of open) outgoing.destroy();
  return (after - before) / count;
}

/** Processor time of each event, and events per second, on streams as fast as they are taken. */
async function events(subjects: readonly MeasuredProcess[]) {
  const found = subjects.map(() => ({ cpuMicroseconds: [] as number[], perSecond: [] as number[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, subject] of subjects.entries()) {
      const before = await subject.cpuMicroseconds();
      const { calls, elapsedMs } = await load({
        url: subject.url,
        path,
        headers: subject.headers,
        body: bodyFor(subject, { max_tokens: eventsPerStream }),
        stream: true,
        concurrency: 16,
        durationMs: 3_000,
      });
      // The first round warms up.
      if (round === 0) continue;
      const count = calls * (eventsPerStream + 3);
      found[index]?.cpuMicroseconds.push(((await subject.cpuMicroseconds()) - before) / count);
      found[index]?.perSecond.push((count * 1_000) / elapsedMs);
    }
  }
  return found.map(({ cpuMicroseconds, perSecond }) => ({
    cpuMicroseconds: median(cpuMicroseconds),
    perSecond: median(perSecond),
  }));
}

/** Makes a stream. @returns its id */
function newStream(subject: MeasuredProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", ...subject.headers };
    const outgoing = request(subject.url + path, { method: "POST", headers }, (incoming) => {
      incoming.resume().on("end", () => resolve(incoming.headers["gw-stream-id"] as string));
    });
    outgoing.on("error", reject);
    outgoing.end(bodyFor(subject, { max_tokens: resumedEvents }));
  });
}

/** Reads the second half of each stream. */
async function resumed(subject: MeasuredProcess, ids: readonly string[]) {
  const agent = new Agent({ keepAlive: true });
  const [totals, firsts]: [number[], number[]] = [[], []];
  for (const id of [...ids, ...ids, ...ids]) {
    const startedAtMs = performance.now();
    let firstMs = 0;
    await new Promise<void>((resolve, reject) => {
      const url = `${subject.url}/v1/streams/${id}?starting_after=${resumedEvents / 2}`;
      get(url, { agent, headers: subject.headers }, (incoming) => {
        if (incoming.statusCode !== 200) reject(new Error(`status ${incoming.statusCode}`));
        incoming.once("data", () => {
          firstMs = performance.now() - startedAtMs;
        });
        incoming.on("data", () => {});
        incoming.on("end", resolve);
      }).on("error", reject);
    });
    totals.push(performance.now() - startedAtMs);
    firsts.push(firstMs);
  }
  agent.destroy();
  // The first time around warms up.
  return { totalMs: median(totals.slice(ids.length)), firstMs: median(firsts.slice(ids.length)) };
}

const rows: string[][] = [["", "bare proxy", "gateway", "of bare", "aim"]];
try {
  for (const count of values.streams.split(",").map(Number)) {
    const bare = await memoryPerStream(startBare, count);
    const own = await memoryPerStream(startGateway, count);
    const kilobytes = (bytes: number): string => (bytes / 1024).toFixed(1);
    rows.push([
      `KB for each of ${count} open streams`,
      kilobytes(bare),
      kilobytes(own),
      (own / bare).toFixed(2),
      "at most 1.25",
    ]);
  }
  const folder = join(directory, "resumed");
  let gateway = await startGateway(folder);
  const bareProxy = await startBare();
  const [bare, own] = await events([bareProxy, gateway]);
  bareProxy.stop();
  if (bare === undefined || own === undefined) throw new Error("Nothing was measured");
  rows.push([
    "CPU µs for each event",
    bare.cpuMicroseconds.toFixed(2),
    own.cpuMicroseconds.toFixed(2),
    (own.cpuMicroseconds / bare.cpuMicroseconds).toFixed(2),
    "at most 1.6",
  ]);
  rows.push([
    "events/s",
    bare.perSecond.toFixed(0),
    own.perSecond.toFixed(0),
    (own.perSecond / bare.perSecond).toFixed(2),
    "at least 0.85",
  ]);
  const ids: string[] = [];
  for (let made = 0; made < 21; made += 1) ids.push(await newStream(gateway));
  const memory = await resumed(gateway, ids);
  await sleep(500);
  gateway.stop();
  gateway = await startGateway(folder);
  const stored = await resumed(gateway, ids);
  gateway.stop();
  rows.push(["ms to read 5,000 of 10,000 events again, from memory", "", memory.totalMs.toFixed(2), "", "at most 5"]);
  rows.push(["ms to its first bytes", "", memory.firstMs.toFixed(2), "", "at most 3"]);
  rows.push(["the same from SQLite, after a kill", "", stored.totalMs.toFixed(2), "", "at most 8"]);
  rows.push(["ms to its first bytes", "", stored.firstMs.toFixed(2), "", "at most 3"]);
} finally {
  upstream.stop();
  rmSync(directory, { recursive: true, force: true });
}

const [head = [], ...rest] = rows;
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const text = [
  "## Streams that are kept",
  "",
  "What it costs that every stream is the gateway's, measured by `pnpm bench:streams --write` against the bare proxy in the same run.",
  `Streams of ${eventsPerStream} events at c=16; medians of ${rounds} rounds in turns, of 21 streams that are each read again twice. Memory is`,
  "resident, of a process of its own for each figure; it holds an event in 5 s.",
  "",
  `Machine: ${cpus().length} cores, ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}, shared by all that takes part. Commit ${commit}.`,
  "",
  line(head),
  line(head.map(() => "---")),
  ...rest.map(line),
].join("\n");
process.stdout.write(`${text}\n`);
if (values.write) writeSection("streams", text);
process.exit();
