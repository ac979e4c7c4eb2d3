import { GatewayError } from "@gw/core";
import { crc32 } from "./crc32.ts";

/** One message of AWS's binary event stream. */
export interface EventMessage {
  /** Headers whose value is a text; those of other types mean nothing to these services. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

const preludeLength = 12;
const checksumLength = 4;
/** The longest message that is still believed to be one: 24 MiB, as AWS's own format allows. */
const maxLength = 24 * 1024 * 1024;

/** Lengths of header values whose type has a fixed one: true, false, byte, short, int, long, timestamp, UUID. */
const fixedLengths: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const bytesType = 6;
const textType = 7;

const text = new TextDecoder();

/**
 * Cuts a body into the messages of `application/vnd.amazon.eventstream`, wherever its bytes are cut. Both checksums of every
 * message are checked. One per body.
 *
 * A message is `u32 length, u32 length of headers, u32 crc of these, headers, payload, u32 crc of all before`, big-endian.
 *
 * @see https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html (read 2026-11-29); recorded 2025 and 2026
 */
export class EventStreamDecoder {
  #pieces: Uint8Array[] = [];
  #held = 0;
  /** Bytes that have to be there before there is anything to read. */
  #needed = preludeLength;

  /**
   * The messages that these bytes complete; their payloads are views of the bytes.
   *
   * @param onMessage told of each message, so that those before a broken one are not lost
   * @throws {GatewayError} `reply_malformed` for a checksum or length that is wrong.
   */
  push(bytes: Uint8Array, onMessage: (message: EventMessage) => void): void {
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    if (this.#held < this.#needed) return;
    let rest = this.#join();
    while (rest.length >= preludeLength) {
      const length = messageLength(rest);
      this.#needed = length;
      if (rest.length < length) break;
      onMessage(readMessage(rest.subarray(0, length)));
      rest = rest.subarray(length);
      this.#needed = preludeLength;
    }
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
  }

  #join(): Uint8Array {
    if (this.#pieces.length === 1) return this.#pieces[0] as Uint8Array;
    const whole = new Uint8Array(this.#held);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function messageLength(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  const length = view.getUint32(0);
  const headersLength = view.getUint32(4);
  if (crc32(bytes.subarray(0, 8)) !== view.getUint32(8))
    throw malformed("the checksum of a message's beginning is wrong");
  if (length > maxLength || length < preludeLength + headersLength + checksumLength)
    throw malformed("a length is wrong");
  return length;
}

function readMessage(bytes: Uint8Array): EventMessage {
  const view = viewOf(bytes);
  const end = bytes.length - checksumLength;
  if (crc32(bytes.subarray(0, end)) !== view.getUint32(end)) throw malformed("the checksum of a message is wrong");
  const payloadStart = preludeLength + view.getUint32(4);
  return {
    headers: readHeaders(bytes.subarray(preludeLength, payloadStart)),
    payload: bytes.subarray(payloadStart, end),
  };
}

function readHeaders(bytes: Uint8Array): Record<string, string> {
  const headers: Record<string, string> = {};
  const view = viewOf(bytes);
  let at = 0;
  try {
    while (at < bytes.length) {
      const nameEnd = at + 1 + view.getUint8(at);
      const name = text.decode(bytes.subarray(at + 1, nameEnd));
      const type = view.getUint8(nameEnd);
      at = nameEnd + 1;
      const fixed = fixedLengths[type];
      if (fixed !== undefined) {
        at += fixed;
        continue;
      }
      if (type !== bytesType && type !== textType) throw malformed("a header has an unknown type");
      const valueStart = at + 2;
      at = valueStart + view.getUint16(at);
      if (type === textType) headers[name] = text.decode(bytes.subarray(valueStart, at));
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw malformed("a header is cut", cause);
    throw cause;
  }
  if (at > bytes.length) throw malformed("a header is cut");
  return headers;
}

function malformed(what: string, cause?: unknown): GatewayError {
  return new GatewayError("reply_malformed", `The event stream is broken: ${what}`, { cause });
}
