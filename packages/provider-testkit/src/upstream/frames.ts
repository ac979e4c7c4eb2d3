import { binaryFrame, rewriteBinaryFrames, splitBinaryFrames } from "./binary-frames.ts";

/**
 * Cuts the body of a stream into its frames, the bytes that end each frame included. Joined again they are the body.
 *
 * @param contentType `text/event-stream` is cut at blank lines, NDJSON at line ends, a binary event stream by the lengths in it;
 * anything else is one frame
 */
export function splitFrames(body: Uint8Array, contentType: string): Uint8Array[] {
  if (isBinary(contentType)) return splitBinaryFrames(body);
  const end = frameEnd(contentType);
  if (end === null) return [body];
  // One character per byte, so that positions in the text are positions in the bytes.
  const text = Buffer.from(body).toString("latin1");
  const frames: Uint8Array[] = [];
  let start = 0;
  for (const match of text.matchAll(end)) {
    const next = match.index + match[0].length;
    frames.push(body.subarray(start, next));
    start = next;
  }
  if (start < body.length) frames.push(body.subarray(start));
  return frames;
}

/** Writes the payload as a frame of the given content type. */
export function frameOf(payload: string, contentType: string): Uint8Array {
  if (isBinary(contentType)) return binaryFrame({ ":message-type": "event", ":event-type": "contract" }, payload);
  return Buffer.from(isNdjson(contentType) ? `${payload}\n` : `data: ${payload}\n\n`);
}

/** Changes what the frames of a body say, in its text or in the payload of each binary frame. */
export function rewriteFrames(body: Uint8Array, contentType: string, rewrite: (text: string) => string): Uint8Array {
  if (isBinary(contentType)) return rewriteBinaryFrames(body, rewrite);
  return Buffer.from(rewrite(Buffer.from(body).toString("utf8")));
}

/** Whether a body of this type comes bit by bit, without a length known beforehand. */
export function isStream(contentType: string): boolean {
  return contentType.includes("event-stream") || isBinary(contentType) || isNdjson(contentType);
}

function frameEnd(contentType: string): RegExp | null {
  if (contentType.startsWith("text/event-stream")) return /\r\n\r\n|\n\n|\r\r/g;
  return isNdjson(contentType) ? /\n/g : null;
}

function isNdjson(contentType: string): boolean {
  return contentType.includes("ndjson") || contentType.includes("jsonl");
}

function isBinary(contentType: string): boolean {
  return contentType.includes("eventstream");
}
