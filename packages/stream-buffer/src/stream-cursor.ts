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

  async next(): Promise<EventRun | null> {
    if (this.#idleSinceMs === null) throw new StreamBufferError("reader_busy", "Another next() waits");
    this.#idleSinceMs = null;
    try {
      const run = await this.#take();
      if (run === null) this.close();
      else this.#nextId = run.firstId + run.count;
      return run;
    } catch (error) {
      this.close();
      throw error;
    } finally {
      this.#idleSinceMs = this.#stream.host.nowMs();
    }
  }

  close(): void {
    this.#end("closed");
  }

  /** There may be something new. */
  wake(): void {
    this.#wake?.();
    this.#wake = null;
  }

  dropIfStalled(nowMs: number): void {
    if (this.#idleSinceMs !== null && nowMs - this.#idleSinceMs >= this.#stream.host.stalledReaderMs) {
      this.#end("stalled");
    }
  }

  async #take(): Promise<EventRun | null> {
    const { slabs, host, id } = this.#stream;
    for (;;) {
      this.#signal?.throwIfAborted();
      if (this.#over === "stalled") throw new StreamBufferError("stalled", "The reader took nothing for too long");
      if (this.#over === "closed") return null;
      this.#stream.assertThere(this.#nextId);
      const { nextId, readableId } = this.#stream;
      if (this.#nextId < nextId) {
        const slab = slabs.at(this.#nextId);
        if (slab === undefined || slab.released) {
          const part = await host.store.read(id, this.#nextId);
          if (part !== null) return { firstId: part.firstId, count: part.ends.length, bytes: part.bytes };
          this.#stream.assertThere(this.#nextId);
          throw new StreamBufferError("expired", "The stream has expired");
        }
        const fromId = Math.max(this.#nextId, slab.firstId);
        const toId = Math.min(slab.nextId, readableId);
        if (fromId < toId) return slab.run(fromId, toId);
      } else if (!this.#stream.open) return null;
      if (!this.#live) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
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
