/**
 * What went wrong, for programs:
 *
 * - `id_taken`: there is a stream of this id
 * - `id_invalid`: not an event id to read after; those are whole numbers, and -1
 * - `too_many_readers`: the stream has as many readers as it may have
 * - `evicted`: these events are gone, the stream was too large; `earliestId` says what is left
 * - `expired`: the stream's time is over, or it was removed
 * - `stalled`: the reader took nothing for too long and was dropped; it may come back
 * - `reader_busy`: `next()` was called while another waited
 * - `fenced`: somebody has opened the store since
 * - `closed`: the buffer is closed
 */
export type StreamBufferErrorCode =
  | "id_taken"
  | "id_invalid"
  | "too_many_readers"
  | "evicted"
  | "expired"
  | "stalled"
  | "reader_busy"
  | "fenced"
  | "closed";

/** The one error of this package. What failed is its `code`; the message is for people and may change. */
export class StreamBufferError extends Error {
  override readonly name = "StreamBufferError";
  readonly code: StreamBufferErrorCode;
  /** The first event that can still be read, where the code is `evicted`, else `null`. */
  readonly earliestId: number | null;

  constructor(code: StreamBufferErrorCode, message: string, earliestId: number | null = null) {
    super(message);
    this.code = code;
    this.earliestId = earliestId;
  }
}

/** Whether a store has refused a writer whose epoch is over. Two copies of a package break `instanceof`. */
export function isFenced(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === ("fenced" satisfies StreamBufferErrorCode);
}
