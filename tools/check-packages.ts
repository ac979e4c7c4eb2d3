/**
 * Checks every published package as its users get it: packs it, lints the tarball (publint, are-the-types-wrong), installs it
 * alone into an empty folder, imports each of its entry points on plain Node and runs the first example of its README
 * that is a program (imports the package, and no file beside it) against the sandbox.
 *
 * Needs `dist/` of all packages. `node tools/check-packages.ts [package name ...]`; the last line is
 * `N passed, N failed, N skipped`, counted in packages.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startExampleServices } from "./example-services.ts";
import { readWorkspace, type WorkspacePackage } from "./workspace.ts";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");

interface Failure {
  readonly step: string;
  readonly output: string;
}

async function command(
  file: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const options = { cwd, env, timeout: 300_000, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(file, args, options);
  return stdout;
}

/** The tarballs of a package and of all packages of ours that it needs, itself first. */
function withDependencies(name: string, packages: ReadonlyMap<string, WorkspacePackage>): string[] {
  const found = new Set([name]);
  for (const current of found) {
    for (const dependency of Object.keys(packages.get(current)?.manifest.dependencies ?? {})) {
      if (packages.has(dependency)) found.add(dependency);
    }
  }
  return [...found];
}

async function check(
  name: string,
  packages: ReadonlyMap<string, WorkspacePackage>,
  tarballs: ReadonlyMap<string, string>,
  workDirectory: string,
  environment: NodeJS.ProcessEnv,
): Promise<Failure | null> {
  let step = "";
  try {
    const tarball = tarballs.get(name) as string;
    step = "contents";
    const files = (await command("tar", ["tf", tarball], workDirectory)).split("\n");
    const missing = ["LICENSE", "README.md", "package.json"].filter((file) => !files.includes(`package/${file}`));
    if (missing.length > 0) return { step, output: `not in the tarball: ${missing.join(", ")}` };
    step = "publint";
    await command(join(bin, "publint"), ["run", tarball, "--strict"], root);
    step = "attw";
    await command(join(bin, "attw"), [tarball, "--profile", "esm-only", "--no-definitely-typed", "--no-color"], root);
    step = "install";
    const folder = join(workDirectory, name.replace("/", "-"));
    await mkdir(folder);
    const manifest = packages.get(name)?.manifest;
    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    const ours = withDependencies(name, packages).map((dependency) => tarballs.get(dependency) as string);
    await command("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...ours], folder);
    step = "import";
    const entries = Object.keys(manifest?.exports ?? {}).map((entry) => join(name, entry));
    const script = entries.map((entry) => `await import(${JSON.stringify(entry)});`).join("\n");
    await writeFile(join(folder, "import.js"), script);
    await command(join(bin, "node"), ["import.js"], folder);
    step = "example";
    const readme = await readFile(join(folder, "node_modules", name, "README.md"), "utf8");
    const example = [...readme.matchAll(/^```[jt]s\n(.*?)^```/gms)]
      .map(([, code = ""]) => code)
      .find((code) => code.includes(`from "${name}`) && !code.includes('from ".'));
    if (example === undefined) return { step, output: "the README has no program to run" };
    await writeFile(join(folder, "example.ts"), example);
    await command(join(bin, "node"), ["example.ts"], folder, environment);
    return null;
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    return { step, output: `${stdout}${stderr}`.trim() || message };
  }
}

const packages = new Map(
  readWorkspace(root)
    .filter((item) => item.manifest.private !== true)
    .map((item) => [item.manifest.name, item]),
);
const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...packages.keys()];
const workDirectory = await mkdtemp(join(tmpdir(), "gw-packages-"));
try {
  const tarballs = new Map<string, string>();
  for (const [name, { directory }] of packages) {
    const output = await command(
      "pnpm",
      ["pack", "--json", "--pack-destination", workDirectory],
      join(root, directory),
    );
    tarballs.set(name, (JSON.parse(output) as { filename: string }).filename);
  }
  const services = await startExampleServices(root, join(workDirectory, "data"));
  let failed = 0;
  try {
    for (const name of wanted) {
      const failure = await check(name, packages, tarballs, workDirectory, services.environment);
      if (failure !== null) failed += 1;
      console.log(failure === null ? `ok    ${name}` : `FAIL  ${name}: ${failure.step}\n${failure.output}\n`);
    }
  } finally {
    services.close();
  }
  console.log(`${wanted.length - failed} passed, ${failed} failed, 0 skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await rm(workDirectory, { recursive: true, force: true });
}
