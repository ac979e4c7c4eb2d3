import type { Clock } from "./clock.ts";
import type { GrowingBatch, LiveStream } from "./live-stream.ts";
import { isFenced } from "./stream-buffer-error.ts";
import type { StreamStore } from "./stream-store.ts";

// Readers are promised 50 ms: the rest is for the write itself and for busy moments.
const intervalMs = 15;
// A busy process runs its timers late. What is added so long after the oldest that waits does not wait for them.
const lateMs = 30;
const maxRetryMs = 1_000;
// After an outage there is much to write; the process has other things to do in between.
const maxBatchBytes = 8 * 1024 * 1024;

/**
 * Brings what changes in streams to their store: all of them in one batch, and one batch at a time.
 *
 * A batch is made of what memory has and the store has not, so one that fails costs nothing but its repetition.
 */
export class WriteBehind {
  readonly #store: StreamStore;
  readonly #epoch: number;
  readonly #clock: Clock;
  readonly #streams: ReadonlyMap<string, LiveStream>;
  readonly #onWritten: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #changed = new Set<LiveStream>();
  readonly #removed = new Set<string>();
  #toSettle: ReadonlySet<string> = new Set();
  #failures = 0;
  #stopped = false;
  #cancelTimer: (() => void) | null = null;
  #armedAtMs = 0;
  #running: Promise<void> | null = null;

  /** @param options.onError hears of the first failure of an outage, and of one that is `fenced`, after which nothing more is written */
  constructor(options: {
    readonly store: StreamStore;
    readonly epoch: number;
    readonly clock: Clock;
    readonly streams: ReadonlyMap<string, LiveStream>;
    readonly onWritten: () => void;
    readonly onError: (error: unknown) => void;
  }) {
    this.#store = options.store;
    this.#epoch = options.epoch;
    this.#clock = options.clock;
    this.#streams = options.streams;
    this.#onWritten = options.onWritten;
    this.#onError = options.onError;
  }

  /** How many streams wait to be written or removed. */
  get waiting(): number {
    return this.#changed.size + this.#removed.size;
  }

  /** Whether the last batch could not be written. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  mark(stream: LiveStream): void {
    this.#changed.add(stream);
    const late = this.#cancelTimer !== null && this.#clock.nowMs() - this.#armedAtMs > lateMs;
    if (late && this.#failures === 0) void this.#writeOnce().catch(() => {});
    else this.#arm();
  }

  remove(stream: LiveStream): void {
    this.#removed.add(stream.id);
  }

  /** Writes a batch now, with all that is removed in it. Rejects when that fails. */
  async write(): Promise<void> {
    await this.#running?.catch(() => {});
    if (!this.#stopped) await this.#writeOnce();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#changed.clear();
    this.#removed.clear();
  }

  #arm(): void {
    if (this.#stopped || this.#cancelTimer !== null || this.#running !== null) return;
    const waitMs = Math.min(intervalMs * 2 ** this.#failures, maxRetryMs);
    this.#armedAtMs = this.#clock.nowMs();
    this.#cancelTimer = this.#clock.after(waitMs, () => void this.#writeOnce().catch(() => {}));
  }

  #writeOnce(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#running ??= this.#write().finally(() => {
      this.#running = null;
      if (this.waiting > 0) this.#arm();
    });
    return this.#running;
  }

  async #write(): Promise<void> {
    const removed = [...this.#removed];
    const batch: GrowingBatch = { records: [], names: [], pieces: [], slabs: [] };
    const taken = new Map<LiveStream, () => void>();
    let counted = 0;
    let bytes = 0;
    for (const stream of this.#changed) {
      taken.set(stream, stream.collect(batch, this.#toSettle.has(stream.id)));
      for (; counted < batch.slabs.length; counted += 1) bytes += batch.slabs[counted]?.bytes.length ?? 0;
      if (bytes > maxBatchBytes) break;
    }
    for (const stream of taken.keys()) this.#changed.delete(stream);
    try {
      const toSettle = await this.#store.write(this.#epoch, { ...batch, removed });
      this.#failures = 0;
      for (const id of removed) this.#removed.delete(id);
      for (const commit of taken.values()) commit();
      this.#toSettle = new Set(toSettle);
      for (const id of toSettle) {
        const stream = this.#streams.get(id);
        if (stream !== undefined) this.#changed.add(stream);
      }
      this.#onWritten();
    } catch (error) {
      for (const stream of taken.keys()) this.#changed.add(stream);
      this.#failures += 1;
      const fenced = isFenced(error);
      if (fenced) this.stop();
      if (fenced || this.#failures === 1) this.#onError(error);
      throw error;
    }
  }
}
