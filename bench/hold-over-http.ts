import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "./load.ts";
import { MeasuredProcess } from "./measured-process.ts";
import { median } from "./median.ts";

/** What a limit in scope adds to a call, in milliseconds; medians over the rounds, of calls one after the other. */
export interface HoldFigures {
  /** No limit is in scope. */
  readonly free: number;
  /** One is: the call is held before it is sent. */
  readonly limited: number;
  /** A flush of the same disk, behind a write of the size that a hold makes. */
  readonly flush: number;
}

const models = ["free-of-limits", "limited"] as const;
const warmUpMs = 4_000;

/** Measures calls through one gateway, of a model with a limit and of one without, in turns. */
export async function holdOverHttp(rounds: number, roundMs: number): Promise<HoldFigures> {
  const folder = mkdtempSync(join(tmpdir(), "gw-hold-"));
  const upstream = await MeasuredProcess.start("upstream", "upstream.ts");
  const gateway = await MeasuredProcess.start("gateway", "money-gateway.ts", [upstream.url, folder]);
  try {
    const measured: Record<(typeof models)[number], number[]> = { "free-of-limits": [], limited: [] };
    for (const model of models) await callMs(gateway, model, warmUpMs);
    const flushes: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const model of models) measured[model].push(await callMs(gateway, model, roundMs));
      flushes.push(await flushMs(folder));
    }
    return { free: median(measured["free-of-limits"]), limited: median(measured.limited), flush: median(flushes) };
  } finally {
    gateway.stop();
    upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function callMs({ url, headers }: MeasuredProcess, model: string, durationMs: number): Promise<number> {
  const result = await load({
    url,
    path: "/v1/chat/completions",
    headers,
    body: JSON.stringify({
      model: `upstream/${model}`,
      max_tokens: 100,
      messages: [{ role: "user", content: "Say something." }],
    }),
    stream: false,
    concurrency: 1,
    durationMs,
  });
  return median(result.latenciesMs);
}

// A hold changes about this many pages of 4 KB.
const writtenBytes = 4 * 4_096;
const flushesPerRound = 200;

async function flushMs(folder: string): Promise<number> {
  const file = openSync(join(folder, "flushed"), "w");
  const bytes = Buffer.alloc(writtenBytes, 1);
  const times: number[] = [];
  for (let done = 0; done < flushesPerRound; done += 1) {
    // As a call meets it: a processor that has just waited is slower at everything.
    await sleep(1);
    writeSync(file, bytes);
    const startedAtMs = performance.now();
    fdatasyncSync(file);
    times.push(performance.now() - startedAtMs);
  }
  closeSync(file);
  return median(times);
}
