/**
 * Checks that a provider and the client, packed and installed, work where there is `fetch` and no Node: bundled as workers and
 * pages are, without undici or any module of Node, then run against the sandbox and a gateway in workerd and in Chromium.
 *
 * Needs `dist/` of all packages. `node tools/check-edge.ts`; the last line is `N passed, N failed, N skipped`.
 */
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { EdgePlaces } from "./edge-program.ts";
import { type Outcomes, runInChromium, runInWorkerd } from "./edge-runtimes.ts";
import { startExampleServices } from "./example-services.ts";
import { packPackages, publishedPackages, withDependencies } from "./pack-packages.ts";
import { failureOutput, runCommand } from "./run-command.ts";

// Installed for this check alone: no clone should have to download 170 MB for it.
const tools = ["esbuild@0.28.2", "workerd@1.20261117.1"];
const ours = ["@gw/client", "@gw/provider-openai"];

const expected: Outcomes = {
  process: "undefined",
  "provider, whole": "A gateway is a door.",
  "provider, streamed": "A gateway is a door.",
  "provider, aborted in a stream": "aborted",
  "provider, refused": "rate_limited 2000",
  "provider, unreachable": "connection_failed",
  "client, whole": "A gateway is a door.",
  "client, streamed": "A gateway is a door.",
  "client, refused": "invalid_api_key",
};

/** esbuild's report on a bundle, as far as it is read here. */
interface Metafile {
  readonly inputs: Readonly<Record<string, { readonly imports: readonly { readonly path: string }[] }>>;
}

/** Bundles the program into `<condition>.js` as a tool for that platform would, and looks at what it is made of. */
async function bundle(folder: string, condition: "workerd" | "browser"): Promise<void> {
  const args = ["edge-program.ts", "--bundle", "--format=esm", "--platform=neutral", "--main-fields=module,main"];
  // No `node` condition and nothing external: an import of a module of Node stops the build.
  const outputs = [`--conditions=${condition}`, `--outfile=${condition}.js`, `--metafile=${condition}.json`];
  await runCommand(join(folder, "node_modules", ".bin", "esbuild"), [...args, ...outputs, "--log-level=error"], folder);
  const { inputs } = JSON.parse(await readFile(join(folder, `${condition}.json`), "utf8")) as Metafile;
  const imported = Object.entries(inputs).flatMap(([path, input]) => [path, ...input.imports.map((one) => one.path)]);
  const unwanted = imported.filter((path) => path.includes("/undici/") || path.startsWith("node:"));
  if (unwanted.length > 0) throw new Error(`the bundle holds ${unwanted.join(", ")}`);
  if (!imported.some((path) => path.endsWith("/platform-transport.fetch.js"))) {
    throw new Error("the bundle does not hold the fetch transport");
  }
}

function compare(outcomes: Outcomes | null): string | null {
  if (outcomes === null) return "Chromium is not installed";
  if (!isDeepStrictEqual(outcomes, expected)) throw new Error(`it gave ${JSON.stringify(outcomes, null, 2)}`);
  return null;
}

const root = join(import.meta.dirname, "..");
const folder = await mkdtemp(join(tmpdir(), "gw-edge-"));
const counts = { passed: 0, failed: 0, skipped: 0 };

/** Counts a check: one that gives a text was skipped for that reason. */
async function check(name: string, run: () => Promise<string | null>): Promise<void> {
  try {
    const reason = await run();
    counts[reason === null ? "passed" : "skipped"] += 1;
    console.log(reason === null ? `ok    ${name}` : `skip  ${name}: ${reason}`);
  } catch (error) {
    counts.failed += 1;
    console.log(`FAIL  ${name}: ${failureOutput(error)}\n`);
  }
}

try {
  const packages = publishedPackages(root);
  const tarballs = await packPackages(root, withDependencies(ours, packages), packages, folder);
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...tools, ...tarballs.values()];
  await runCommand("npm", args, folder);
  await copyFile(join(import.meta.dirname, "edge-program.ts"), join(folder, "edge-program.ts"));
  const services = await startExampleServices(root, join(folder, "data"));
  try {
    const places: EdgePlaces = {
      vendorUrl: `${services.sandboxUrl}/v1`,
      gatewayUrl: services.gatewayUrl,
      gatewayKey: services.gatewayKey,
    };
    await check("bundle for workerd", () => bundle(folder, "workerd").then(() => null));
    await check("bundle for browsers", () => bundle(folder, "browser").then(() => null));
    await check("workerd", async () => compare(await runInWorkerd(folder, places)));
    await check("Chromium", async () => compare(await runInChromium(folder, places)));
  } finally {
    services.close();
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
