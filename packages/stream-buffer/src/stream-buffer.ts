import type { BufferedStream, StreamOptions, StreamWriter } from "./buffered-stream.ts";
import { type Clock, systemClock } from "./clock.ts";
import { LiveStream, type StreamHost } from "./live-stream.ts";
import { isFenced, StreamBufferError } from "./stream-buffer-error.ts";
import type { StreamPart, StreamRecord, StreamStore } from "./stream-store.ts";
import { WriteBehind } from "./write-behind.ts";

/** How a buffer keeps its streams. */
export interface StreamBufferOptions {
  /** Makes the terminal record of a stream that nobody is left to end; `nextId` is the record's own id. */
  interruption(stream: { readonly id: string; readonly label: string; readonly nextId: number }): Uint8Array;
  /** Told once of each outage of the store. Streams go on in memory, and what is missing is written when the store is back. */
  readonly onStoreError?: (error: unknown) => void;
  /** Beyond this a stream loses its oldest events. 64 MiB by default. */
  readonly maxStreamBytes?: number;
  /** What all streams may take of the memory together. 512 MiB by default. */
  readonly maxMemoryBytes?: number;
  /** A reader that takes nothing for so long is dropped. 60 s by default. */
  readonly stalledReaderMs?: number;
  /**
   * How many events readers may be ahead of the store. After a crash the terminal record's id leaves as many out, so that no
   * reader has seen it on another event. 1,000,000 by default.
   */
  readonly maxLeadEvents?: number;
  readonly clock?: Clock;
}

/** What a buffer holds at this moment. */
export interface StreamBufferStats {
  /** In memory, at least in part. */
  readonly streams: number;
  readonly openStreams: number;
  readonly readers: number;
  readonly memoryBytes: number;
  /** Streams with something that the store has not got, or with a removal that it does not know of. */
  readonly unwrittenStreams: number;
  readonly storeFailing: boolean;
}

const tombstoneMs = 24 * 3_600_000;
const sweepMs = 5_000;
// While the store has more to expire than it does at once.
const hurriedSweepMs = 50;
// 0.8 KB is what a stream was seen to take beside its bytes.
const streamOverheadBytes = 1_024;

/** Streams that outlive their readers, and their process as far as they are stored. */
export class StreamBuffer {
  readonly #options: StreamBufferOptions;
  readonly #store: StreamStore;
  readonly #clock: Clock;
  readonly #host: StreamHost;
  readonly #maxMemoryBytes: number;
  /** The one that was looked for last is last. */
  readonly #streams = new Map<string, LiveStream>();
  readonly #names = new Map<string, LiveStream>();
  readonly #writing: WriteBehind;
  #memoryBytes = 0;
  #refusal: "closed" | "fenced" | null = null;
  #expiryFails = false;
  #cancelSweep = (): void => {};

  private constructor(store: StreamStore, epoch: number, options: StreamBufferOptions) {
    this.#options = options;
    this.#store = store;
    this.#clock = options.clock ?? systemClock;
    this.#maxMemoryBytes = options.maxMemoryBytes ?? 512 * 1024 * 1024;
    this.#host = {
      store,
      maxStreamBytes: options.maxStreamBytes ?? 64 * 1024 * 1024,
      maxLeadEvents: options.maxLeadEvents ?? 1_000_000,
      stalledReaderMs: options.stalledReaderMs ?? 60_000,
      nowMs: () => this.#clock.nowMs(),
      changed: (stream) => this.#onChange(stream),
      grew: (bytes) => {
        this.#memoryBytes += bytes;
        if (bytes > 0) this.#relieveMemory();
      },
      named: (alias, stream) => this.#names.set(alias, stream),
      deserted: (stream) => this.#forgetIfOver(stream),
    };
    this.#writing = new WriteBehind({
      store,
      epoch,
      clock: this.#clock,
      streams: this.#streams,
      onWritten: () => this.#relieveMemory(),
      onError: (error) => this.#onStoreError(error),
    });
  }

  /**
   * Takes the store over: whoever had it before can write no more, and streams without an end are `interrupted`.
   *
   * Rejects with the store's error.
   */
  static async open(store: StreamStore, options: StreamBufferOptions): Promise<StreamBuffer> {
    const { epoch, unfinished } = await store.open();
    const buffer = new StreamBuffer(store, epoch, options);
    const interruptions = unfinished.map((record) => buffer.#interruptionOf(record));
    await store.write(epoch, {
      records: interruptions.map(({ record }) => record),
      slabs: interruptions.map(({ slab }) => slab),
      names: [],
      pieces: [],
      removed: [],
    });
    buffer.#sweepAfter(sweepMs);
    return buffer;
  }

  /**
   * Begins a stream. An id is never to be used twice: of those that have left memory only the store knows.
   *
   * @throws {StreamBufferError} `id_taken`, `closed`, `fenced`
   */
  create(id: string, options: StreamOptions): StreamWriter {
    this.#assertMine(options.durable);
    if (this.#streams.has(id)) throw new StreamBufferError("id_taken", "There is a stream of this id");
    return this.#keep(LiveStream.create(this.#host, id, options));
  }

  /**
   * The stream of this id or name. One that has expired is found for 24 h more, unless it was in memory alone.
   *
   * Rejects with the store's error.
   *
   * @throws {StreamBufferError} `fenced` for a stream that is now somebody else's
   */
  find(idOrName: string): Promise<BufferedStream | null> {
    return this.#find(idOrName);
  }

  /**
   * Forgets a stream, with all that is stored of it; one that is open ends as `cancelled`.
   *
   * Rejects with the store's error.
   *
   * @throws {StreamBufferError} `closed`, `fenced`
   */
  async remove(id: string): Promise<void> {
    const stream = await this.#find(id);
    if (stream === null) return;
    this.#assertMine(stream.durable);
    stream.seal("cancelled");
    this.#forget(stream);
    if (!stream.durable) return;
    this.#writing.remove(stream);
    await this.#writing.write();
  }

  stats(): StreamBufferStats {
    const streams = [...this.#streams.values()];
    return {
      streams: streams.length,
      openStreams: streams.filter((stream) => stream.open).length,
      readers: streams.reduce((sum, stream) => sum + stream.readers, 0),
      memoryBytes: this.#memoryBytes,
      unwrittenStreams: this.#writing.waiting,
      storeFailing: this.#writing.failing,
    };
  }

  /** Interrupts what is open and writes everything. The store stays open. Rejects with the store's error. */
  async close(): Promise<void> {
    this.#refusal = "closed";
    this.#cancelSweep();
    for (const stream of this.#streams.values()) {
      if (stream.open) stream.seal("interrupted", this.#interruptionAt(stream, stream.nextId));
    }
    try {
      while (this.#writing.waiting > 0) await this.#writing.write();
    } finally {
      this.#writing.stop();
    }
  }

  #assertMine(durable: boolean): void {
    if (this.#refusal === "closed" || (this.#refusal === "fenced" && durable)) {
      throw new StreamBufferError(this.#refusal, "The buffer keeps no streams any more");
    }
  }

  async #find(idOrName: string): Promise<LiveStream | null> {
    const known = this.#known(idOrName);
    if (known !== undefined) return this.#present(known);
    const record = await this.#store.find(idOrName);
    if (record === null) return null;
    const meanwhile = this.#known(record.id);
    if (meanwhile !== undefined) return this.#present(meanwhile);
    if (record.state === "open") throw new StreamBufferError("fenced", "Somebody else writes this stream");
    const stream = new LiveStream(this.#host, record);
    return record.state === "expired" ? stream : this.#keep(stream);
  }

  #known(idOrName: string): LiveStream | undefined {
    return this.#streams.get(idOrName) ?? this.#names.get(idOrName);
  }

  #present(stream: LiveStream): LiveStream | null {
    if (!stream.durable && stream.state === "expired") return null;
    this.#streams.delete(stream.id);
    this.#streams.set(stream.id, stream);
    return stream;
  }

  #keep(stream: LiveStream): LiveStream {
    this.#streams.set(stream.id, stream);
    this.#memoryBytes += streamOverheadBytes;
    return stream;
  }

  #forget(stream: LiveStream): void {
    if (!this.#streams.delete(stream.id)) return;
    for (const name of stream.names) if (this.#names.get(name) === stream) this.#names.delete(name);
    this.#memoryBytes -= streamOverheadBytes + stream.slabs.memoryBytes;
  }

  /** Nobody needs it here any more, now or once its readers have left. */
  #forgetIfOver(stream: LiveStream): void {
    const safe = !stream.durable || stream.settled;
    if (safe && stream.readers === 0 && stream.state === "expired") this.#forget(stream);
  }

  #onChange(stream: LiveStream): void {
    if (stream.durable) this.#writing.mark(stream);
    else this.#forgetIfOver(stream);
  }

  /** Takes memory from those that need it least: first what the store has too, then what it will not have. */
  #relieveMemory(): void {
    if (this.#memoryBytes <= this.#maxMemoryBytes) return;
    // Some room beyond the bound, so that the next event does not come here again.
    const enoughBytes = this.#maxMemoryBytes - this.#maxMemoryBytes / 8;
    for (const stream of this.#streams.values()) {
      if (this.#memoryBytes <= enoughBytes) return;
      stream.release();
      if (!stream.open && stream.settled && stream.readers === 0) this.#forget(stream);
    }
    // What a store that works has not got yet is written in a moment, and comes up then.
    const lonely = [...this.#streams.values()].filter((stream) => !stream.durable || this.#writing.failing);
    for (const stream of lonely) {
      if (this.#memoryBytes <= this.#maxMemoryBytes) return;
      if (stream.open || stream.readers > 0) continue;
      if (stream.durable) stream.loseAll();
      else this.#forget(stream);
    }
    for (let lost = true; lost; ) {
      lost = false;
      for (const stream of lonely) {
        if (this.#memoryBytes <= this.#maxMemoryBytes) return;
        lost = stream.loseOldest() || lost;
      }
    }
  }

  #sweep(): void {
    const nowMs = this.#clock.nowMs();
    for (const stream of this.#streams.values()) {
      stream.dropStalled(nowMs);
      this.#forgetIfOver(stream);
    }
    void this.#expireStored(nowMs).then((more) => {
      if (this.#refusal !== "closed") this.#sweepAfter(more ? hurriedSweepMs : sweepMs);
    });
  }

  async #expireStored(nowMs: number): Promise<boolean> {
    try {
      const more = await this.#store.expire(nowMs, nowMs - tombstoneMs);
      this.#expiryFails = false;
      return more;
    } catch (error) {
      if (!this.#expiryFails && !this.#writing.failing) this.#options.onStoreError?.(error);
      this.#expiryFails = true;
      return false;
    }
  }

  #sweepAfter(ms: number): void {
    this.#cancelSweep = this.#clock.after(ms, () => this.#sweep());
  }

  #onStoreError(error: unknown): void {
    if (isFenced(error)) {
      this.#refusal ??= "fenced";
      for (const stream of this.#streams.values()) {
        if (stream.durable) stream.detach((nextId) => this.#interruptionAt(stream, nextId));
      }
    }
    this.#options.onStoreError?.(error);
  }

  #interruptionAt({ id, label }: { readonly id: string; readonly label: string }, nextId: number): Uint8Array {
    return this.#options.interruption({ id, label, nextId });
  }

  #interruptionOf(record: StreamRecord): { readonly record: StreamRecord; readonly slab: StreamPart } {
    const firstId = record.nextId + this.#host.maxLeadEvents;
    const bytes = this.#interruptionAt(record, firstId);
    const nowMs = this.#clock.nowMs();
    return {
      record: {
        ...record,
        state: "interrupted",
        sealedAtMs: nowMs,
        expiresAtMs: nowMs + record.retainMs,
        nextId: firstId + 1,
        bytes: record.bytes + bytes.length,
      },
      slab: { id: record.id, firstId, ends: Int32Array.of(bytes.length), bytes },
    };
  }
}
