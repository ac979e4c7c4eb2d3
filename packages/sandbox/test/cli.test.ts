import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";

const cli = resolve(import.meta.dirname, "../src/cli.ts");

function run(...args: string[]) {
  return spawn(process.execPath, ["--conditions=@gw/source", cli, ...args], { stdio: ["ignore", "pipe", "pipe"] });
}

test("says in one line where it is ready, plays its scenario, and ends on SIGTERM", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "gw-sandbox-")), "scenario.json");
  await writeFile(file, JSON.stringify([{ fault: "status=418" }]));
  const child = run("--port", "0", "--scenario", file);
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const url = /^gw-sandbox ready on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1];
  const reply = await fetch(`${url}/v1/models`, { headers: { authorization: "Bearer any" } });
  expect(reply.status).toBe(418);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("refuses a scenario that is none", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "gw-sandbox-")), "scenario.json");
  await writeFile(file, JSON.stringify({}));
  expect(await once(run("--scenario", file), "exit")).toEqual([1, null]);
});
