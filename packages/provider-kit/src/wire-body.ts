import { GatewayError } from "@gw/core";

/** A body that can also be had whole, without a promise per piece. */
export interface WholeBody extends AsyncIterable<Uint8Array> {
  /** Called instead of iterating, once. @throws {GatewayError} `reply_malformed` past `maxBytes`, and what the body throws. */
  whole(maxBytes: number): Promise<Uint8Array>;
}

/**
 * The whole of a body.
 * @throws {GatewayError} `reply_malformed` past `maxBytes`, and what the body throws.
 */
export function readWhole(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  return "whole" in body ? (body as WholeBody).whole(maxBytes) : collect(body, maxBytes);
}

async function collect(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > maxBytes) throw tooLong(maxBytes);
    pieces.push(piece);
  }
  return concatBytes(pieces, length);
}

/** The pieces as one, without copying where there is only one. */
export function concatBytes(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** `reply_malformed` for a reply beyond any sense. */
export function tooLong(maxBytes: number): GatewayError {
  return new GatewayError("reply_malformed", `The reply is longer than ${maxBytes} bytes`);
}
