/** How a stream has ended. */
export type Ending = "done" | "failed" | "cancelled" | "interrupted" | "truncated";

/** `expired`: its events are gone. */
export type StreamState = "open" | Ending | "expired";

/** Consecutive events, one after the other. */
export interface EventRun {
  /** The id of the first. */
  readonly firstId: number;
  readonly count: number;
  /** Shared with others: not to be written to. */
  readonly bytes: Uint8Array;
}

/** A place in a stream. It holds no events, so a slow reader costs nobody anything. */
export interface StreamReader {
  /**
   * What is there from here on, about 64 KB at most; waits where nothing is. `null` at the end, after which it stays `null`.
   *
   * Rejects with the reason of the reader's signal, or with the store's error.
   *
   * @throws {StreamBufferError} `evicted`, `expired`, `stalled`, `reader_busy`
   */
  next(): Promise<EventRun | null>;
  /** Ends it, and a `next()` that waits. */
  close(): void;
}

/** How to read. */
export interface ReadOptions {
  /** Whether to wait for what is still to come; `true` by default. */
  readonly live?: boolean;
  readonly signal?: AbortSignal;
}

/** A stream, for those who read it. */
export interface BufferedStream {
  readonly id: string;
  readonly state: StreamState;
  /** One more than the last event's id. */
  readonly nextId: number;
  /** The first event that can still be read, unless there is none. */
  readonly earliestId: number;
  /** Of all its events so far. */
  readonly bytes: number;
  /** Text that its writer left with it. */
  readonly label: string;
  readonly createdAtMs: number;
  readonly sealedAtMs: number | null;
  readonly expiresAtMs: number | null;
  /**
   * Begins to read, with the event after `afterId`; -1 is from the start.
   *
   * @throws {StreamBufferError} `id_invalid`, `evicted`, `expired`, `too_many_readers`
   */
  read(afterId: number, options?: ReadOptions): StreamReader;
}

/** How to keep a stream. */
export interface StreamOptions {
  /** How long it is kept after its end. */
  readonly retainMs: number;
  /** `false` keeps it in memory alone. It leaves no trace when its time is over. */
  readonly durable: boolean;
  /** Any text to keep with it; empty by default. */
  readonly label?: string;
  /** Other names to find it by. */
  readonly names?: readonly string[];
}

/** A stream, for the one who writes it. */
export interface StreamWriter extends BufferedStream {
  /** Copies events to its end. It never waits. After the end nothing is added. */
  append(events: readonly Uint8Array[]): void;
  /** Gives it another name to be found by. A name that another stream has moves over. */
  name(alias: string): void;
  /**
   * Ends it. Only the first call counts.
   *
   * @param last one more event, the terminal record
   * @param label takes the place of the label
   * @returns whether this call has ended it
   */
  seal(ending: Ending, last?: Uint8Array, label?: string): boolean;
  /** How many read it now. */
  readonly readers: number;
  /** Calls the listener, and no earlier one, whenever `readers` has changed. */
  onReaders(listener: (count: number) => void): void;
}
