import type { Ending, ReadOptions, StreamOptions, StreamReader, StreamState, StreamWriter } from "./buffered-stream.ts";
import { SlabList } from "./slab-list.ts";
import { StreamBufferError } from "./stream-buffer-error.ts";
import { StreamCursor } from "./stream-cursor.ts";
import type { StreamPart, StreamRecord, StreamStore } from "./stream-store.ts";

/** What a stream asks of the buffer that it is in. */
export interface StreamHost {
  readonly store: StreamStore;
  readonly maxStreamBytes: number;
  readonly maxLeadEvents: number;
  readonly stalledReaderMs: number;
  nowMs(): number;
  /** The stream has something that its store has not, or has ended. */
  changed(stream: LiveStream): void;
  /** The stream takes more of the memory, or less. */
  grew(bytes: number): void;
  named(alias: string, stream: LiveStream): void;
  /** Its last reader has left. */
  deserted(stream: LiveStream): void;
}

/** A batch that streams add to. */
export interface GrowingBatch {
  readonly records: StreamRecord[];
  readonly names: [name: string, id: string][];
  readonly pieces: StreamPart[];
  readonly slabs: StreamPart[];
}

const maxReaders = 256;

/** A stream in memory, or what memory has of it: its end, and the rest is in the store. */
export class LiveStream implements StreamWriter {
  readonly id: string;
  readonly names: string[] = [];
  readonly slabs: SlabList = new SlabList();
  readonly host: StreamHost;
  readonly #cursors = new Set<StreamCursor>();
  readonly #record: { -readonly [Field in keyof StreamRecord]: StreamRecord[Field] };
  #durable: boolean;
  #onReaders: ((count: number) => void) | null = null;

  // What the store has: events before these ids, as slabs or at least as pieces, so many names, and which version of the record.
  #settledId: number;
  #storedId: number;
  #storedNames = 0;
  #version = 0;
  #storedVersion = 0;

  /** @param record as the store has it, of a stream that has ended */
  constructor(host: StreamHost, record: StreamRecord, durable = true) {
    this.host = host;
    this.id = record.id;
    this.#record = { ...record };
    this.#durable = durable;
    this.#settledId = this.#storedId = record.nextId;
  }

  static create(host: StreamHost, id: string, options: StreamOptions): LiveStream {
    const record: StreamRecord = {
      id,
      state: "open",
      label: options.label ?? "",
      retainMs: options.retainMs,
      createdAtMs: host.nowMs(),
      sealedAtMs: null,
      expiresAtMs: null,
      nextId: 0,
      earliestId: 0,
      bytes: 0,
    };
    const stream = new LiveStream(host, record, options.durable);
    stream.#changeRecord();
    for (const name of options.names ?? []) stream.name(name);
    return stream;
  }

  get state(): StreamState {
    const { state, expiresAtMs } = this.#record;
    return expiresAtMs !== null && expiresAtMs <= this.host.nowMs() ? "expired" : state;
  }

  /** Whether it is the store's as well as memory's. */
  get durable(): boolean {
    return this.#durable;
  }

  /** Whether somebody may still add to it. */
  get open(): boolean {
    return this.#record.state === "open";
  }

  get nextId(): number {
    return this.#record.nextId;
  }

  get earliestId(): number {
    return this.#record.earliestId;
  }

  get bytes(): number {
    return this.#record.bytes;
  }

  get label(): string {
    return this.#record.label;
  }

  get createdAtMs(): number {
    return this.#record.createdAtMs;
  }

  get sealedAtMs(): number | null {
    return this.#record.sealedAtMs;
  }

  get expiresAtMs(): number | null {
    return this.#record.expiresAtMs;
  }

  get readers(): number {
    return this.#cursors.size;
  }

  onReaders(listener: (count: number) => void): void {
    this.#onReaders = listener;
  }

  append(events: readonly Uint8Array[]): void {
    if (!this.open) return;
    this.#append(events);
    this.host.changed(this);
    this.#wake();
  }

  name(alias: string): void {
    this.names.push(alias);
    this.host.named(alias, this);
    this.host.changed(this);
  }

  seal(ending: Ending, last?: Uint8Array, label?: string): boolean {
    if (!this.open) return false;
    if (last !== undefined) this.#append([last]);
    const record = this.#record;
    if (label !== undefined) record.label = label;
    record.state = ending;
    record.sealedAtMs = this.host.nowMs();
    record.expiresAtMs = record.sealedAtMs + record.retainMs;
    this.#changeRecord();
    this.#wake();
    return true;
  }

  /** The store is somebody else's now: the stream ends as it does there, and what memory has is memory's alone. */
  detach(last: (nextId: number) => Uint8Array): void {
    this.#durable = false;
    if (!this.open) return;
    const interruptionId = this.#storedId + this.host.maxLeadEvents;
    // There the id is another record's, and no reader may see it on an event.
    if (this.#record.nextId > interruptionId) this.loseAll();
    this.#record.nextId = Math.max(this.#record.nextId, interruptionId);
    this.seal("interrupted", last(this.#record.nextId));
  }

  read(afterId: number, options: ReadOptions = {}): StreamReader {
    if (!Number.isSafeInteger(afterId) || afterId < -1) {
      throw new StreamBufferError("id_invalid", `There is no event ${afterId} to read after`);
    }
    options.signal?.throwIfAborted();
    this.assertThere(afterId + 1);
    if (this.state === "expired") throw new StreamBufferError("expired", "The stream has expired");
    if (this.readers >= maxReaders) {
      throw new StreamBufferError("too_many_readers", `The stream has ${maxReaders} readers`);
    }
    const cursor = new StreamCursor(this, afterId + 1, options);
    this.#cursors.add(cursor);
    this.#onReaders?.(this.readers);
    return cursor;
  }

  /** @throws {StreamBufferError} `evicted` */
  assertThere(id: number): void {
    if (id >= this.#record.earliestId) return;
    throw new StreamBufferError(
      "evicted",
      `The first event left is ${this.#record.earliestId}`,
      this.#record.earliestId,
    );
  }

  leave(cursor: StreamCursor): void {
    if (!this.#cursors.delete(cursor)) return;
    this.#onReaders?.(this.readers);
    if (this.readers === 0) this.host.deserted(this);
  }

  /** Drops readers that have taken nothing for too long. */
  dropStalled(nowMs: number): void {
    for (const cursor of this.#cursors) cursor.dropIfStalled(nowMs);
  }

  /** Events before this id may be given out: readers stay so close to the store that an interruption can be told from them. */
  get readableId(): number {
    return this.#durable
      ? Math.min(this.#record.nextId, this.#storedId + this.host.maxLeadEvents)
      : this.#record.nextId;
  }

  /** Whether the store has all of it. */
  get settled(): boolean {
    return (
      this.#settledId === this.#record.nextId &&
      this.#storedVersion === this.#version &&
      this.#storedNames === this.names.length
    );
  }

  /**
   * Adds to a batch what the store has not got.
   *
   * @param settle whether the newest events are to become a slab
   * @returns to be called once the batch is written
   */
  collect(batch: GrowingBatch, settle: boolean): () => void {
    const [nextId, version, nameCount] = [this.#record.nextId, this.#version, this.names.length];
    if (version !== this.#storedVersion) batch.records.push({ ...this.#record });
    for (const name of this.names.slice(this.#storedNames)) batch.names.push([name, this.id]);
    const whole = settle || !this.open;
    let settledId = this.#settledId;
    for (const slab of this.slabs.from(settledId)) {
      if (whole || slab !== this.slabs.last) {
        batch.slabs.push({ id: this.id, ...slab.part(Math.max(settledId, slab.firstId)) });
        settledId = slab.nextId;
      } else if (this.#storedId < nextId) {
        batch.pieces.push({ id: this.id, ...slab.part(Math.max(this.#storedId, slab.firstId)) });
      }
    }
    if (whole) settledId = nextId;
    return () => {
      const held = this.#record.nextId > this.readableId;
      this.#settledId = settledId;
      this.#storedId = nextId;
      this.#storedVersion = version;
      this.#storedNames = nameCount;
      if (held) this.#wake();
    };
  }

  /** Lets go of what the store has; an open stream keeps its newest slab. */
  release(): void {
    this.#resize(() => {
      if (!this.open && this.settled) this.slabs.clear();
      else this.slabs.release(this.#settledId);
    });
  }

  /** Gives up the oldest slab. @returns whether there was one to give up */
  loseOldest(): boolean {
    const earliestId = this.#resize(() => this.slabs.loseOldest());
    if (earliestId === null) return false;
    this.#record.earliestId = earliestId;
    this.#changeRecord();
    return true;
  }

  /** Gives up every event. */
  loseAll(): void {
    this.#resize(() => this.slabs.clear());
    this.#record.earliestId = this.#record.nextId;
    this.#changeRecord();
  }

  #append(events: readonly Uint8Array[]): void {
    this.#resize(() => {
      for (const event of events) {
        this.slabs.append(this.#record.nextId, event);
        this.#record.nextId += 1;
        this.#record.bytes += event.length;
      }
    });
    while (this.slabs.length > this.host.maxStreamBytes && this.loseOldest());
  }

  #wake(): void {
    for (const cursor of this.#cursors) cursor.wake();
  }

  #resize<Result>(change: () => Result): Result {
    const before = this.slabs.memoryBytes;
    const result = change();
    if (this.slabs.memoryBytes !== before) this.host.grew(this.slabs.memoryBytes - before);
    return result;
  }

  #changeRecord(): void {
    this.#version += 1;
    this.host.changed(this);
  }
}
