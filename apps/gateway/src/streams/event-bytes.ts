const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * An event as it is kept and sent: `id: n` first, then a comment where there is one, then the lines it came in. An id that a
 * vendor gave it is taken out, since the last of two would count.
 */
export function eventBytes(id: number, lines: Uint8Array | string, comment = ""): Uint8Array {
  const head = `id: ${id}\n${comment}`;
  if (typeof lines === "string") return Buffer.from(head + lines);
  const body = withoutIds(lines);
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, "latin1");
  bytes.set(body, head.length);
  return bytes;
}

function withoutIds(lines: Uint8Array): Uint8Array {
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  for (let at = text.indexOf("id:"); at !== -1; at = text.indexOf("id:", at + 1)) {
    const before = text[at - 1];
    if (at === 0 || before === lineFeed || before === carriageReturn) {
      return Buffer.from(text.toString("latin1").replace(/(^|[\r\n])id:[^\r\n]*(?:\r\n|\n|\r)/g, "$1"), "latin1");
    }
  }
  return lines;
}
