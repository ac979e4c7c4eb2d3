import type { Frame } from "@gw/dialects";
import { SseReader } from "./sse-reader.ts";
import { type SseEvent, SseSplitter } from "./sse-splitter.ts";

/** Cuts the bytes of a stream into frames, wherever they were cut on their way. One per stream. */
export interface FrameReader<Item extends Frame = Frame> {
  /** True when bytes came that are no such stream, and not one frame: asked at the end. */
  readonly isForeign: boolean;
  /**
   * The frames that these bytes complete.
   * @throws {GatewayError} what the vendor says in place of a frame, or `reply_malformed`; what was whole before it has been
   * given out by then
   */
  push(bytes: Uint8Array): Item[];
  /** What is left once the connection has ended. It may have been cut short. @throws {GatewayError} as `push` does. */
  end(): Item[];
}

/** How a vendor frames its streams. */
export interface StreamFraming {
  /** The content type to ask for. */
  readonly accept: string;
  /** For the native lane: `bytes` are what a caller of the dialect is sent. */
  events(): FrameReader<SseEvent>;
  /** For the translated lane. */
  frames(): FrameReader;
}

/** Server-sent events, which the native lane passes on byte for byte. */
export const serverSentEvents: StreamFraming = {
  accept: "text/event-stream",
  events: () => new SseSplitter(),
  frames: () => new SseReader(),
};
