import { GatewayError } from "@gw/core";
import type { BufferedStream } from "@gw/stream-buffer";
import type { Framing } from "../pipeline/decode.ts";
import type { Reply } from "../reply.ts";
import { asStreamError, type FoundStream } from "./gateway-streams.ts";

/**
 * The answer of an earlier call, as its own caller gets it: whole, or as a stream from its beginning.
 *
 * @throws {GatewayError} `interrupted` where a whole answer never came; `stream_expired`
 */
export async function replay({ stream, label }: FoundStream, framing: Framing): Promise<Reply> {
  const ids = { "gw-stream-id": stream.id, ...(!label.whole && { "cf-aig-run-id": stream.id }) };
  const headers = { ...label.headers, ...ids, "gw-replayed": "true" };
  const reader = readFrom(stream, -1);
  if (!label.whole) return { type: "stream", status: 200, headers, framing, late: false, reader };
  const run = await reader.next();
  reader.close();
  if (run === null || (stream.state !== "open" && stream.state !== "done")) {
    throw new GatewayError("interrupted", "The gateway ended before the answer did");
  }
  return { type: "whole", status: 200, headers, body: run.bytes };
}

/** Begins to read after an event. @throws {GatewayError} `stream_expired`, `rate_limited`, `invalid_request`, `unavailable` */
export function readFrom(stream: BufferedStream, afterId: number, live = true) {
  try {
    return stream.read(afterId, { live });
  } catch (cause) {
    throw asStreamError(cause);
  }
}
