// First contact of a fresh clone: needs nothing but Node 20 and npm, and therefore is plain JavaScript without imports of ours.
//
//   node tools/bootstrap.mjs start | test | gw <command> | pnpm <arguments>
//
// Installs the dependencies when they are missing or older than the lockfile, then runs the command on the workspace's own Node.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const stampFile = join(modules, ".gw-installed");
const windows = process.platform === "win32";
const node = join(modules, "node", "bin", windows ? "node.exe" : "node");
const pnpmVersion = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devEngines.packageManager.version;
const pnpm = ["npx", ["--yes", `pnpm@${pnpmVersion}`]];

/** What an installation was made from: when this changes, it is stale. */
function installationStamp() {
  const hash = createHash("sha256").update(pnpmVersion);
  for (const name of ["pnpm-lock.yaml", "pnpm-workspace.yaml"]) hash.update(readFileSync(join(root, name)));
  return hash.digest("hex");
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Runs a program to its end and gives its exit code; a signal to this process goes on to the program. */
function run(command, args, options) {
  return new Promise((resolve) => {
    // npx is a script on Windows, and only a shell starts those.
    const child = spawn(command, args, { cwd: root, shell: windows && command === "npx", ...options });
    // A terminal sends Ctrl-C to the whole group: passing it on would count it twice.
    const signals = process.stdin.isTTY ? ["SIGTERM", "SIGHUP"] : ["SIGTERM", "SIGHUP", "SIGINT"];
    const forward = (signal) => child.kill(signal);
    const stay = () => {};
    for (const signal of signals) process.on(signal, forward);
    if (process.stdin.isTTY) process.on("SIGINT", stay);
    child.on("error", (error) => {
      const hint =
        error.code === "ENOENT" ? `${command} was not found: is npm installed and on the PATH?` : error.message;
      fail(`Could not run ${command}: ${hint}`);
    });
    child.on("exit", (code, signal) => {
      for (const name of signals) process.off(name, forward);
      process.off("SIGINT", stay);
      resolve(signal === null ? code : signal);
    });
  });
}

/** Ends this process the way the program ended. */
function endAs(outcome) {
  if (typeof outcome === "number") process.exit(outcome);
  process.kill(process.pid, outcome);
}

async function install() {
  const stamp = installationStamp();
  const installed = existsSync(stampFile) && existsSync(node) ? readFileSync(stampFile, "utf8") : "";
  if (installed === stamp) return;
  process.stderr.write(`Installing the dependencies with pnpm ${pnpmVersion} ...\n`);
  const [command, args] = pnpm;
  const outcome = await run(command, [...args, "install", "--frozen-lockfile"], {
    // Progress goes to stderr: stdout belongs to the command.
    stdio: ["ignore", 2, 2],
    env: { ...process.env, CI: "1" },
  });
  if (typeof outcome !== "number") endAs(outcome);
  if (outcome !== 0) {
    fail(
      "The dependencies could not be installed, for the reason above. The first run needs access to the npm registry.",
    );
  }
  writeFileSync(stampFile, stamp);
}

const environment = {
  ...process.env,
  PATH: [join(modules, ".bin"), process.env.PATH].join(delimiter),
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(modules, ".cache", "gw-compile"),
};
const gateway = ["--conditions=@gw/source", join("apps", "gateway", "src", "cli.ts")];
const commands = {
  start: (args) => [node, [...gateway, "start", ...args]],
  gw: (args) => [node, [...gateway, ...args]],
  test: (args) => [node, [join(modules, "vitest", "vitest.mjs"), "run", ...args]],
  pnpm: (args) => [pnpm[0], [...pnpm[1], ...args]],
};

const [name, ...rest] = process.argv.slice(2);
if (Number.parseInt(process.versions.node, 10) < 20) fail(`gw needs Node 20 or newer; this is ${process.version}.`);
if (!Object.hasOwn(commands, name ?? "")) fail(`Usage: node tools/bootstrap.mjs ${Object.keys(commands).join(" | ")}`);
await install();
const [command, args] = commands[name](rest);
endAs(await run(command, args, { stdio: "inherit", env: environment }));
