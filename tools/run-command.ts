import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Runs a program to its end and gives what it wrote to stdout.
 *
 * @throws {Error} when it fails or takes more than five minutes; with `stdout` and `stderr`
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const options = { cwd, env, timeout: 300_000, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(file, args, options);
  return stdout;
}

/** Why a command failed, in its own words. */
export function failureOutput(error: unknown): string {
  const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
  return `${stdout}${stderr}`.trim() || message;
}
