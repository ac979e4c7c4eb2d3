const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const letterI = 0x69;
const letterD = 0x64;
const colon = 0x3a;

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
  if (!hasId(lines)) return lines;
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength).toString("latin1");
  return Buffer.from(text.replace(/(^|[\r\n])id:[^\r\n]*(?:\r\n|\n|\r)/g, "$1"), "latin1");
}

/** Whether a line says `id:`, or might. Line by line: data is long, and has the letters in it. */
function hasId(lines: Uint8Array): boolean {
  if (hasLoneReturn(lines)) return true;
  let at = 0;
  do {
    if (lines[at] === letterI && lines[at + 1] === letterD && lines[at + 2] === colon) return true;
    at = lines.indexOf(lineFeed, at) + 1;
  } while (at > 0);
  return false;
}

/** A carriage return by itself ends a line too. Hardly anybody sends one. */
function hasLoneReturn(lines: Uint8Array): boolean {
  let at = lines.indexOf(carriageReturn);
  while (at !== -1 && lines[at + 1] === lineFeed) at = lines.indexOf(carriageReturn, at + 1);
  return at !== -1;
}
