import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Announcement } from "./processes/announce.ts";
import type { Subject } from "./subject.ts";

/** A process of its own that the bench measures. */
export class MeasuredProcess implements Subject {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
  readonly #child: ChildProcess;

  private constructor(name: string, child: ChildProcess, url: string, apiKey: string, model: string) {
    this.name = name;
    this.#child = child;
    this.url = url;
    this.headers = { authorization: `Bearer ${apiKey}` };
    this.model = model;
  }

  static async start(
    name: string,
    file: string,
    args: readonly string[] = [],
    model = "bench",
  ): Promise<MeasuredProcess> {
    const child = fork(fileURLToPath(new URL(`./processes/${file}`, import.meta.url)), args, {
      execArgv: ["--conditions=@gw/source"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const ready = await next(child);
    if (ready.type !== "ready") throw new Error(`${name} did not start`);
    return new MeasuredProcess(name, child, ready.url, ready.apiKey, model);
  }

  async cpuMicroseconds(): Promise<number> {
    return (await this.#usage()).cpuMicroseconds;
  }

  async residentBytes(): Promise<number> {
    return (await this.#usage()).residentBytes;
  }

  async #usage() {
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
