import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Announcement } from "./processes/announce.ts";

/** A process of its own that the bench measures. */
export class MeasuredProcess {
  readonly name: string;
  readonly url: string;
  readonly apiKey: string;
  readonly #child: ChildProcess;

  private constructor(name: string, child: ChildProcess, url: string, apiKey: string) {
    this.name = name;
    this.#child = child;
    this.url = url;
    this.apiKey = apiKey;
  }

  static async start(name: string, file: string, args: readonly string[] = []): Promise<MeasuredProcess> {
    const child = fork(fileURLToPath(new URL(`./processes/${file}`, import.meta.url)), args, {
      execArgv: ["--conditions=@gw/source"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const ready = await next(child);
    if (ready.type !== "ready") throw new Error(`${name} did not start`);
    return new MeasuredProcess(name, child, ready.url, ready.apiKey);
  }

  /** What it has used since it started. */
  async usage(): Promise<{ readonly cpuMicroseconds: number; readonly residentBytes: number }> {
    const answer = next(this.#child);
    this.#child.send("usage");
    const usage = await answer;
    if (usage.type !== "usage") throw new Error(`${this.name} gave no usage`);
    return usage;
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }
}

function next(child: ChildProcess): Promise<Announcement> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the process ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as Announcement);
    });
  });
}
