import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ExampleServices, startExampleServices } from "../tools/example-services.ts";

const root = join(import.meta.dirname, "..");
const said = "A gateway is a door.";

/** What each example prints when the sandbox answers. */
const outputs: Readonly<Record<string, string>> = {
  "gateway-in-process.ts": `${said}\n${said}\n${said}\n`,
  "openai-sdk.ts": `openai/gpt-5.4-mini (native): ${said}\nanthropic/claude-opus-4-6 (translated): ${said}\ngoogle/gemini-3.5-flash (translated): ${said}\n`,
  "run-anywhere.ts": `${said}\n`,
  // The model thinks for 24 of them.
  "single-provider.ts": `${said}\nstop, 30 tokens\n`,
  "surviving-agent.ts": `killed in the middle of a turn: true
Here is what I found. read_gateway_manual answered: A gateway is a door with a memory. Whoever was cut off knocks again, says the last word heard, and is told the rest.
the same without a kill: true
calls: 2, and 2 without a kill
`,
};

const directory = mkdtempSync(join(tmpdir(), "gw-examples-"));
let services: ExampleServices;
beforeAll(async () => {
  services = await startExampleServices(root, join(directory, "data"));
}, 60_000);
afterAll(() => {
  services?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs an example by itself, with the question as its only argument. */
function run(name: string, env: Readonly<Record<string, string>>) {
  const args = ["--conditions=@gw/source", join(root, "examples", name), `Say exactly: ${said}`];
  return promisify(execFile)(join(root, "node_modules", ".bin", "node"), args, {
    cwd: directory,
    env,
    timeout: 60_000,
  });
}

describe("examples", () => {
  test("are all tested", () => {
    const files = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".ts"));
    expect(files.sort()).toEqual(Object.keys(outputs));
  });

  test.each(Object.entries(outputs))("%s", { timeout: 60_000 }, async (name, output) => {
    const { gatewayUrl, gatewayKey, sandboxUrl } = services;
    const inProcess = name === "gateway-in-process.ts";
    const env = inProcess
      ? {}
      : { GW_URL: gatewayUrl, GW_KEY: gatewayKey, OPENAI_API_KEY: "any", OPENAI_BASE_URL: `${sandboxUrl}/v1` };
    const { stdout, stderr } = await run(name, { PATH: process.env.PATH ?? "", ...env });
    expect({ stdout, stderr }).toEqual({ stdout: output, stderr: "" });
  });

  test("say what failed", async () => {
    const { gatewayUrl, sandboxUrl } = services;
    const refused = await run("run-anywhere.ts", { GW_URL: gatewayUrl, GW_KEY: "gw_unknown" });
    expect(refused.stdout).toMatch(/^invalid_api_key: /);
    const env = { OPENAI_API_KEY: "any", OPENAI_BASE_URL: `${sandboxUrl}/nowhere` };
    await expect(run("single-provider.ts", env)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^\w+ \{ sameTarget: /),
    });
  });
});
