import { crc32 } from "node:zlib";

// `u32 length, u32 length of headers, u32 crc of these, headers, payload, u32 crc of all before`, big-endian.
const preludeLength = 12;
const checksumLength = 4;
const textType = 7;

/** Cuts a binary event stream into its frames; what is no whole frame is the last one. */
export function splitBinaryFrames(body: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let rest = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  while (rest.length >= preludeLength + checksumLength) {
    const length = rest.readUInt32BE(0);
    if (length < preludeLength + checksumLength || length > rest.length) break;
    frames.push(rest.subarray(0, length));
    rest = rest.subarray(length);
  }
  if (rest.length > 0) frames.push(rest);
  return frames;
}

/** A frame with headers that are texts. */
export function binaryFrame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const pieces = Object.entries(headers).flatMap(([name, value]) => [
    Buffer.from([name.length]),
    Buffer.from(name),
    Buffer.from([textType, value.length >> 8, value.length & 255]),
    Buffer.from(value),
  ]);
  return frameWith(Buffer.concat(pieces), Buffer.from(payload));
}

/** Changes the payload of each frame; the headers stay. */
export function rewriteBinaryFrames(body: Uint8Array, rewrite: (text: string) => string): Buffer {
  const frames = splitBinaryFrames(body).map((bytes) => {
    const frame = Buffer.from(bytes);
    const payloadStart = preludeLength + frame.readUInt32BE(4);
    const payload = frame.subarray(payloadStart, frame.length - checksumLength).toString("utf8");
    return frameWith(frame.subarray(preludeLength, payloadStart), Buffer.from(rewrite(payload)));
  });
  return Buffer.concat(frames);
}

function frameWith(headers: Buffer, payload: Buffer): Buffer {
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(preludeLength + headers.length + payload.length + checksumLength, 0);
  prelude.writeUInt32BE(headers.length, 4);
  const checked = Buffer.concat([prelude, checksum(prelude), headers, payload]);
  return Buffer.concat([checked, checksum(checked)]);
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(checksumLength);
  sum.writeUInt32BE(crc32(bytes), 0);
  return sum;
}
