import type { EventRun, ReadOptions, StreamReader } from "./buffered-stream.ts";
import type { LiveStream } from "./live-stream.ts";
import { StreamBufferError } from "./stream-buffer-error.ts";

/** A reader is a number: the id of the event that it gets next. */
export class StreamCursor implements StreamReader {
  readonly #stream: LiveStream;
  readonly #live: boolean;
  readonly #signal: AbortSignal | undefined;
  #nextId: number;
  #over: "no" | "closed" | "stalled" = "no";
  /** Since when it has taken nothing; `null` while a `next()` is under way. */
  #idleSinceMs: number | null;
  #wake: (() => void) | null = null;

  constructor(stream: LiveStream, nextId: number, options: ReadOptions) {
    this.#stream = stream;
    this.#nextId = nextId;
    this.#live = options.live ?? true;
    this.#signal = options.signal;
    this.#idleSinceMs = stream.host.nowMs();
    this.#signal?.addEventListener("abort", this.#onAbort);
  }

  next(): Promise<EventRun | null> {
    if (this.#idleSinceMs === null) {
      return Promise.reject(new StreamBufferError("reader_busy", "Another next() waits"));
    }
    this.#idleSinceMs = null;
    try {
      const run = this.#atHand();
      return run === undefined ? this.#later() : Promise.resolve(this.#taken(run));
    } catch (error) {
      return Promise.reject(this.#failed(error));
    }
  }

  close(): void {
    this.#end("closed");
  }

  /** There may be something new. */
  wake(): void {
    const look = this.#wake;
    this.#wake = null;
    look?.();
  }

  dropIfStalled(nowMs: number): void {
    if (this.#idleSinceMs !== null && nowMs - this.#idleSinceMs >= this.#stream.host.stalledReaderMs) {
      this.#end("stalled");
    }
  }

  /** What memory has from here on; `null` at the end, `undefined` where it has to be waited for. */
  #atHand(): EventRun | null | undefined {
    this.#signal?.throwIfAborted();
    if (this.#over === "stalled") throw new StreamBufferError("stalled", "The reader took nothing for too long");
    if (this.#over === "closed") return null;
    this.#stream.assertThere(this.#nextId);
    const { nextId, readableId, slabs } = this.#stream;
    if (this.#nextId < nextId) {
      const slab = slabs.at(this.#nextId);
      if (slab === undefined || slab.released) return undefined;
      const fromId = Math.max(this.#nextId, slab.firstId);
      const toId = Math.min(slab.nextId, readableId);
      if (fromId < toId) return slab.run(fromId, toId);
    } else if (!this.#stream.open) return null;
    return this.#live ? undefined : null;
  }

  async #later(): Promise<EventRun | null> {
    try {
      for (;;) {
        const run = this.#isStored() ? await this.#fromStore() : await this.#afterWake();
        if (run !== undefined) return this.#taken(run);
      }
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #isStored(): boolean {
    const slab = this.#stream.slabs.at(this.#nextId);
    return this.#nextId < this.#stream.nextId && (slab === undefined || slab.released);
  }

  async #fromStore(): Promise<EventRun> {
    const part = await this.#stream.host.store.read(this.#stream.id, this.#nextId);
    if (part !== null) return { firstId: part.firstId, count: part.ends.length, bytes: part.bytes };
    this.#stream.assertThere(this.#nextId);
    throw new StreamBufferError("expired", "The stream has expired");
  }

  /** Looks, and where there is nothing waits again, in one step: what comes in between would be missed. */
  #afterWake(): Promise<EventRun | null | undefined> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        try {
          const run = this.#atHand();
          if (run === undefined && !this.#isStored()) this.#wake = lookSoon;
          else resolve(run);
        } catch (error) {
          reject(error);
        }
      };
      // What is written within a moment comes as one.
      const lookSoon = (): void => queueMicrotask(look);
      this.#wake = lookSoon;
    });
  }

  #taken(run: EventRun | null): EventRun | null {
    this.#idleSinceMs = this.#stream.host.nowMs();
    if (run === null) this.close();
    else this.#nextId = run.firstId + run.count;
    return run;
  }

  #failed(error: unknown): unknown {
    this.#idleSinceMs = this.#stream.host.nowMs();
    this.close();
    return error;
  }

  #onAbort = (): void => this.#end("closed");

  #end(how: "closed" | "stalled"): void {
    if (this.#over !== "no") return;
    this.#over = how;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#stream.leave(this);
    this.wake();
  }
}
