import type { Logger } from "pino";

/**
 * Collects items and hands them on in batches, off the path of the request that made them.
 *
 * A batch that cannot be written is kept and tried again after `retryMs`, before what came since; beyond `maxQueued` the oldest
 * items are given up and counted in the log.
 */
export class WriteBehind<Item> {
  readonly #write: (items: readonly Item[]) => Promise<void>;
  readonly #logger: Logger;
  readonly #intervalMs: number;
  readonly #retryMs: number;
  readonly #maxQueued: number;
  #queue: Item[] = [];
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly write: (items: readonly Item[]) => Promise<void>;
    readonly logger: Logger;
    readonly intervalMs?: number;
    readonly retryMs?: number;
    readonly maxQueued?: number;
  }) {
    this.#write = options.write;
    this.#logger = options.logger;
    this.#intervalMs = options.intervalMs ?? 10;
    this.#retryMs = options.retryMs ?? 1_000;
    this.#maxQueued = options.maxQueued ?? 100_000;
  }

  push(item: Item): void {
    this.#queue.push(item);
    this.#flushAfter(this.#intervalMs);
  }

  /** Resolves once everything pushed so far is written, or has failed to be. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#running = this.#running.then(() => this.#writeQueued());
    return this.#running;
  }

  /** Writes what is left. What cannot be written now is not tried again. */
  close(): Promise<void> {
    this.#closed = true;
    return this.flush();
  }

  #flushAfter(ms: number): void {
    if (!this.#closed) this.#timer ??= setTimeout(() => void this.flush(), ms);
  }

  async #writeQueued(): Promise<void> {
    if (this.#queue.length === 0) return;
    const batch = this.#queue;
    this.#queue = [];
    try {
      await this.#write(batch);
    } catch (error) {
      const kept = [...batch, ...this.#queue].slice(-this.#maxQueued);
      const lost = batch.length + this.#queue.length - kept.length;
      this.#queue = kept;
      this.#logger.error({ err: error, queued: kept.length, lost }, "a store could not be written");
      this.#flushAfter(this.#retryMs);
    }
  }
}
