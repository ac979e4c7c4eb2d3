/** One message of a stream, whatever carried it: an SSE event, a line of NDJSON, an event-stream frame. */
export interface Frame {
  /** The event's name, where the format names events. */
  readonly event?: string;
  readonly data: string;
}
