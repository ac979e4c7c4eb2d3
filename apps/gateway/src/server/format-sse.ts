import type { Frame } from "@gw/dialects";

/** A frame as a server-sent event, with the blank line that ends it. */
export function formatSse(frame: Frame): string {
  const name = frame.event === undefined ? "" : `event: ${frame.event}\n`;
  if (!frame.data.includes("\n")) return `${name}data: ${frame.data}\n\n`;
  return `${name}${frame.data
    .split("\n")
    .map((line) => `data: ${line}\n`)
    .join("")}\n`;
}
