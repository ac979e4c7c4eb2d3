/**
 * Checks the contribution path in a copy of the last commit: `pnpm new provider acme` writes a package that keeps its contract, the
 * conventions and the types at once, and that leaves nothing behind when its folder is deleted.
 *
 * `node tools/check-new-provider.ts`; the last line is `N passed, N failed, N skipped`, counted in steps.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failureOutput, runCommand } from "./run-command.ts";

const root = join(import.meta.dirname, "..");
const folder = await mkdtemp(join(tmpdir(), "gw-new-provider-"));
const copy = join(folder, "gw");
const directory = "packages/provider-acme";

// What the original installed is in the store already.
const environment = { ...process.env, CI: "1", pnpm_config_prefer_offline: "true" };
const bootstrap = (...args: string[]): Promise<string> =>
  runCommand("node", [join("tools", "bootstrap.mjs"), ...args], copy, environment);

/** Demands that a test run says it passed this many tests or more, and failed none. */
function demandTests(output: string, atLeast: number): void {
  const summary = /^(\d+) passed, 0 failed, \d+ skipped$/m.exec(output);
  if (summary === null || Number(summary[1]) < atLeast) throw new Error(output);
}

// In this order: each needs what those before it left behind.
const steps: Readonly<Record<string, () => Promise<void>>> = {
  async "a copy of the repository"() {
    await runCommand("git", ["clone", "--quiet", root, copy], folder);
    await bootstrap("pnpm", "--version");
  },
  async "pnpm new provider acme: the contract is kept"() {
    demandTests(await bootstrap("pnpm", "run", "new", "provider", "acme"), 40);
  },
  async "the new package keeps the conventions"() {
    demandTests(await bootstrap("test", "test/conventions.test.ts", "-t", directory), 4);
    await bootstrap("pnpm", "exec", "biome", "check", "--error-on-warnings", directory);
  },
  async "the new package has sound types"() {
    await bootstrap("pnpm", "run", "typecheck");
  },
  async "deleting the folder leaves nothing behind"() {
    await rm(join(copy, directory), { recursive: true });
    await bootstrap("pnpm", "install", "--no-frozen-lockfile");
    const changed = await runCommand("git", ["status", "--porcelain"], copy);
    if (changed !== "") throw new Error(changed);
  },
};

let passed = 0;
let failed = 0;
try {
  for (const [name, run] of Object.entries(steps)) {
    await run();
    passed += 1;
    console.log(`ok    ${name}`);
  }
} catch (error) {
  failed = 1;
  const name = Object.keys(steps)[passed];
  console.log(`FAIL  ${name}: ${failureOutput(error)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;
