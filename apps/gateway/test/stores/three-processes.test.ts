import { type ChildProcess, fork, type Serializable } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Opening } from "./database-opener.ts";
import type { Opened, Order } from "./gateway-opener.ts";

const processes: ChildProcess[] = [];
afterEach(() => {
  for (const process of processes.splice(0)) process.kill("SIGKILL");
});

/** Starts a program three times. */
async function startThree(program: string): Promise<void> {
  for (let count = 0; count < 3; count += 1) {
    processes.push(fork(join(import.meta.dirname, program), { execArgv: ["--conditions=@gw/source"], env: {} }));
  }
  await answers();
}

/** What each of them says next, to this message or by itself. */
async function answers<Answer>(message?: Serializable): Promise<Answer[]> {
  const signal = AbortSignal.timeout(30_000);
  const answering = processes.map((process) => once(process, "message", { signal }));
  if (message !== undefined) for (const process of processes) process.send(message);
  return (await Promise.all(answering)).map(([answer]) => answer as Answer);
}

const newDirectory = (): string => mkdtempSync(join(tmpdir(), "gw-three-"));

describe("three processes at once on a fresh directory", () => {
  it("are three gateways that run, and one of them makes the admin key", async () => {
    await startThree("gateway-opener.ts");
    for (let round = 0; round < 6; round += 1) {
      const opened = await answers<Opened>({ directory: newDirectory() } satisfies Order);
      expect(opened.map(({ failure }) => failure)).toEqual([null, null, null]);
      expect(opened.filter(({ madeAdminKey }) => madeAdminKey)).toHaveLength(1);
      await answers({ directory: null } satisfies Order);
    }
  }, 90_000);

  it("open one database, each time", async () => {
    await startThree("database-opener.ts");
    const directory = newDirectory();
    for (let round = 0; round < 100; round += 1) {
      const opening: Opening = { file: join(directory, `${round}.db`), atMs: Date.now() + 10 };
      expect([round, ...(await answers(opening))]).toEqual([round, null, null, null]);
    }
  }, 90_000);
});
