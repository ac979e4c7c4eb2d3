import { Worker } from "node:worker_threads";
import type { TextCount } from "./text-count.ts";
import type { CountReply, CountRequest } from "./token-worker.ts";

const maxQueuedBytes = 4_194_304;
// What remains of the wait is for the way there and back.
const shareOfWait = 0.8;

/** How long a counter waits and stays. */
interface TokenCounterOptions {
  readonly maxWaitMs?: number;
  /** Its thread ends when it has had nothing to do for this long. */
  readonly idleMs?: number;
  /** The thread's program. */
  readonly script?: URL;
}

/** Counts tokens in a thread of its own, which starts when it is first needed: nothing that runs in this one is held up. */
export class TokenCounter {
  readonly #maxWaitMs: number;
  readonly #idleMs: number;
  readonly #script: URL;
  readonly #waiting = new Map<number, (count: TextCount | null) => void>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #nextId = 0;
  #queuedBytes = 0;

  constructor({ maxWaitMs = 1_000, idleMs = 60_000, script = ownScript() }: TokenCounterOptions = {}) {
    this.#maxWaitMs = maxWaitMs;
    this.#idleMs = idleMs;
    this.#script = script;
  }

  /** Whether the thread is there. */
  get running(): boolean {
    return this.#worker !== null;
  }

  /**
   * Counts the text of a JSON body.
   *
   * @param json UTF-8; copied
   * @returns `null` where the encoding is not known, the thread fails or has too much to do, the time is over, or the signal says so
   */
  count(encoding: string, json: Uint8Array, signal: AbortSignal): Promise<TextCount | null> {
    if (signal.aborted || this.#queuedBytes + json.byteLength > maxQueuedBytes) return Promise.resolve(null);
    const worker = this.#started();
    const id = this.#nextId++;
    this.#queuedBytes += json.byteLength;
    return new Promise((resolve) => {
      const end = (count: TextCount | null): void => {
        if (!this.#waiting.delete(id)) return;
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
        this.#queuedBytes -= json.byteLength;
        this.#restartIdle();
        resolve(count);
      };
      const giveUp = (): void => end(null);
      const timer = setTimeout(giveUp, this.#maxWaitMs);
      signal.addEventListener("abort", giveUp, { once: true });
      this.#waiting.set(id, end);
      const untilMs = Date.now() + this.#maxWaitMs * shareOfWait;
      // A view is sent with all of the buffer that it is a part of.
      const copy = new Uint8Array(json);
      worker.postMessage({ id, encoding, json: copy, untilMs } satisfies CountRequest, [copy.buffer]);
    });
  }

  async close(): Promise<void> {
    await this.#stop();
  }

  #started(): Worker {
    if (this.#idle !== null) clearTimeout(this.#idle);
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(this.#script);
    this.#worker = worker;
    worker.unref();
    worker.on("message", ({ id, count }: CountReply) => this.#waiting.get(id)?.(count));
    // Who needs a count next tries with a new one.
    const gone = (): void => {
      if (this.#worker === worker) void this.#stop();
    };
    worker.on("error", gone);
    worker.on("exit", gone);
    return worker;
  }

  async #stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    for (const end of [...this.#waiting.values()]) end(null);
    if (this.#idle !== null) clearTimeout(this.#idle);
    await worker?.terminate();
  }

  #restartIdle(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    if (this.#waiting.size > 0 || this.#worker === null) return;
    this.#idle = setTimeout(() => void this.#stop(), this.#idleMs);
    this.#idle.unref();
  }
}

function ownScript(): URL {
  // Built, it stands beside the file that this one is part of.
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  return new URL(`./token-worker${extension}`, import.meta.url);
}
