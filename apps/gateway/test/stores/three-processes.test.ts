import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { Opened, Order } from "./opening-process.ts";

const program = join(import.meta.dirname, "opening-process.ts");
const processes: ChildProcess[] = [];
afterEach(() => {
  for (const process of processes.splice(0)) process.kill("SIGKILL");
});

async function answers(order?: Order): Promise<(Opened | null)[]> {
  const signal = AbortSignal.timeout(30_000);
  const answering = processes.map((process) => once(process, "message", { signal }));
  if (order !== undefined) for (const process of processes) process.send(order);
  return (await Promise.all(answering)).map(([answer]) => answer as Opened | null);
}

it("three gateways that start at once on a fresh directory all run, and one of them makes the admin key", async () => {
  for (let count = 0; count < 3; count += 1) {
    processes.push(fork(program, { execArgv: ["--conditions=@gw/source"], env: {} }));
  }
  await answers();
  for (let round = 0; round < 6; round += 1) {
    const opened = await answers({ directory: mkdtempSync(join(tmpdir(), "gw-three-")) });
    expect(opened.map((one) => one?.failure)).toEqual([null, null, null]);
    expect(opened.filter((one) => one?.madeAdminKey)).toHaveLength(1);
    await answers({ directory: null });
  }
}, 90_000);
