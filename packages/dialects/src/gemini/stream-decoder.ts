import { GatewayError, type JsonValue, type TextEvent } from "@gw/core";
import type { Frame } from "../frame.ts";
import type { StreamDecoder } from "../text-dialect.ts";
import { ReplyReader } from "./reply-reader.ts";

/**
 * Decodes a stream. It has no terminator, and text may follow a finish reason (recorded 2026), so the answer ends with the
 * connection.
 */
export class GeminiStreamDecoder implements StreamDecoder {
  readonly #reader = new ReplyReader();

  push(frame: Frame): TextEvent[] {
    return frame.data.trim() === "" ? [] : this.#reader.read(parseFrame(frame));
  }

  end(): TextEvent[] {
    if (!this.#reader.finished) throw truncated();
    return this.#reader.end();
  }
}

/** @throws {GatewayError} `reply_malformed` */
export function parseFrame(frame: Frame): JsonValue {
  try {
    return JSON.parse(frame.data) as JsonValue;
  } catch {
    // The parser's own error quotes the chunk, and errors must not.
    throw new GatewayError("reply_malformed", "A chunk of the stream is not JSON");
  }
}

/** The stream ended before the answer did. */
export function truncated(): GatewayError {
  return new GatewayError("stream_truncated", "The stream ended without a finish reason");
}
