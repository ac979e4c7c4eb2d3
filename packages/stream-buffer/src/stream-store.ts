import type { StreamState } from "./buffered-stream.ts";
import type { StoredPart } from "./stored-part.ts";

/** What is known of a stream beside its events. */
export interface StreamRecord {
  readonly id: string;
  readonly state: StreamState;
  readonly label: string;
  /** How long the stream is kept after its end. */
  readonly retainMs: number;
  readonly createdAtMs: number;
  readonly sealedAtMs: number | null;
  readonly expiresAtMs: number | null;
  /** Of an open stream it may be behind, except in what `open` gives. */
  readonly nextId: number;
  /** Events before it were given up. */
  readonly earliestId: number;
  /** Of all its events so far, given up or not. */
  readonly bytes: number;
}

/** {@link StoredPart} and the stream that it belongs to. */
export interface StreamPart extends StoredPart {
  readonly id: string;
}

/** What has changed since the last batch, of all streams. */
export interface StreamBatch {
  /** New streams and changed ones. */
  readonly records: readonly StreamRecord[];
  /** Other names of streams; one that is taken goes to the stream that comes last. */
  readonly names: readonly (readonly [name: string, id: string])[];
  /** The newest events of streams that go on: small, and many. They only have to outlive this process. */
  readonly pieces: readonly StreamPart[];
  /** Up to 64 KB of a stream, more if one event is larger. It takes the place of all pieces of the stream before this batch. */
  readonly slabs: readonly StreamPart[];
  /** Streams to forget with all that belongs to them, also what this batch says of them. */
  readonly removed: readonly string[];
}

/**
 * Where streams are kept. Asynchronous, batched and fenced, so that it may be far away; then it bounds its own waits.
 * `streamStoreCases` of `@gw/stream-buffer/testing` proves one.
 */
export interface StreamStore {
  /**
   * Begins a new epoch: writers of earlier ones can write no more. Turns the pieces that they left into slabs.
   *
   * @returns the epoch, and the streams that nobody has sealed
   */
  open(): Promise<{ readonly epoch: number; readonly unfinished: readonly StreamRecord[] }>;
  /**
   * Writes all of a batch or nothing. A batch that failed comes again as part of a later one, so what is there already must
   * not be there twice. Writes come one at a time.
   *
   * @returns ids of streams whose pieces it would like as slabs in the next batch
   * @throws {StreamBufferError} `fenced` when the epoch is over
   */
  write(epoch: number, batch: StreamBatch): Promise<readonly string[]>;
  find(idOrName: string): Promise<StreamRecord | null>;
  /** From slabs, the first events with this id or a later one, about 64 KB; `null` when there are none. */
  read(id: string, fromId: number): Promise<StoredPart | null>;
  /**
   * Drops the events of streams that have expired, which leaves them `expired`, and forgets those that have expired by
   * `forgetMs`.
   *
   * @returns whether there is more of it to do, where it is too much for one call
   */
  expire(nowMs: number, forgetMs: number): Promise<boolean>;
}
