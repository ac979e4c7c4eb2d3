import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const cli = join(import.meta.dirname, "../../src/cli.ts");
const boundMs = 15_000;

/** A command of `gw` as a process of its own. */
export interface GatewayProcess {
  readonly pid: number;
  /** What it wrote so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** Resolves with the address of the ready line. Rejects when the process ends before, or after 15 s. */
  ready(): Promise<string>;
  /** Resolves once it has logged a line that matches. */
  logs(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with its exit code, or the signal that ended it. */
  ended(): Promise<number | string>;
}

/** A new directory for the state of one gateway. */
export function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), "gw-operation-"));
}

/** Runs `gw` from source in a directory, with this environment and no other, so that no key of the machine is found. */
export function runGw(args: readonly string[], directory: string, environment: NodeJS.ProcessEnv = {}): GatewayProcess {
  const child: ChildProcess = spawn(process.execPath, ["--conditions=@gw/source", cli, ...args], {
    cwd: directory,
    env: { GW_PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  let outcome: number | string | null = null;
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      changed();
    });
  }
  child.on("close", (code, signal) => {
    outcome = code ?? signal ?? "unknown";
    changed();
  });
  const until = <Value>(read: () => Value | null): Promise<Value> =>
    new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        watchers.delete(check);
        settle();
      };
      const check = (): void => {
        const value = read();
        if (value !== null) finish(() => resolve(value));
        else if (outcome !== null)
          finish(() => reject(new Error(`It ended (${outcome}): ${output.stdout}${output.stderr}`)));
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`Only this came: ${output.stdout}${output.stderr}`))),
        boundMs,
      );
      watchers.add(check);
      check();
    });
  return {
    pid: child.pid ?? 0,
    output,
    ready: () => until(() => /^gw ready on (\S+)\n/m.exec(output.stdout)?.[1] ?? null),
    logs: async (pattern) => {
      await until(() => pattern.exec(output.stderr));
    },
    kill: (signal) => void child.kill(signal),
    ended: () => until(() => outcome),
  };
}

/** The lines that a gateway logged, each a JSON object. @throws {SyntaxError} when one is not. */
export function logLines(process: GatewayProcess): Record<string, unknown>[] {
  return process.output.stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
