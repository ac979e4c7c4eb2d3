import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { providerFiles } from "./provider-files.ts";
import { readProviderTemplates } from "./provider-templates.ts";

const root = join(import.meta.dirname, "..");
const [kind, name] = process.argv.slice(2);
if (kind !== "provider" || name === undefined) fail("Usage: pnpm new provider <name>");

const directory = join(root, "packages", `provider-${name}`);
if (existsSync(directory)) fail(`packages/provider-${name} is there already`);
try {
  const today = new Date().toISOString().slice(0, 10);
  for (const [path, text] of Object.entries(providerFiles(name, readProviderTemplates(), today))) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

// The order of imports depends on the name.
run(join(root, "node_modules", ".bin", "biome"), ["check", "--write", `packages/provider-${name}`]);
// The pinned pnpm, through npm: nothing else has to be installed.
const { devEngines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  devEngines: { packageManager: { version: string } };
};
run("npx", ["-y", `pnpm@${devEngines.packageManager.version}`, "install", "--no-frozen-lockfile"]);
run(join(root, "node_modules", ".bin", "vitest"), ["run", `packages/provider-${name}`]);

console.log(`
packages/provider-${name} keeps the contract, against a made-up vendor. Now make it true:
  1. src/${name}.ts        address, credentials, capabilities, quirks, each with a dated source
  2. test/wire/            the vendor's own replies in place of the made-up ones
  3. test/contract.test.ts
  4. README.md
Then: pnpm changeset. CONTRIBUTING.md has the rest.`);

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, CI: "1" } });
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
