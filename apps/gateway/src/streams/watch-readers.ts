import { GatewayError } from "@gw/core";
import type { StreamWriter } from "@gw/stream-buffer";

/** Ends a call that has had no reader for the grace. Whoever begins to read in time keeps it going. */
export function watchReaders(writer: StreamWriter, graceMs: number, abort: AbortController): void {
  let timer: NodeJS.Timeout | null = null;
  const leave = (): void => {
    if (writer.state === "open") abort.abort(new GatewayError("cancelled", "Nobody reads the answer any more"));
  };
  writer.onReaders((count) => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (count > 0 || writer.state !== "open") return;
    if (graceMs === 0) leave();
    // Whoever waits for readers alone may end: what is kept can be read from the next process.
    else timer = setTimeout(leave, graceMs).unref();
  });
}
