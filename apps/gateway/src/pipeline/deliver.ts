import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { GatewayError } from "@gw/core";
import type { Settings } from "../config/settings.ts";
import type { Reply } from "../reply.ts";
import { reframing } from "../server/reframing.ts";

const heartbeat = ": ka\n\n";
const socketBufferBytes = 64 * 1024;
const callerLeft = new GatewayError("aborted", "The caller went away");

/**
 * Writes a reply to a socket, no faster than its reader takes it, with a comment whenever nothing came for a while. A reader who
 * takes nothing for `stalledReaderMs` is given up. A stream goes on without its reader.
 */
export async function deliver(
  reply: Reply,
  response: ServerResponse,
  settings: Pick<Settings, "heartbeatMs" | "stalledReaderMs">,
): Promise<void> {
  if (reply.type === "stream") return deliverStream(reply, response, settings);
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
  response.writeHead(reply.status, { ...reply.headers, "content-length": String(body.byteLength) });
  response.end(body);
  // What the system takes at once needs no reader.
  if (!response.writableFinished && body.byteLength > socketBufferBytes) {
    giveUpStalled(response, settings.stalledReaderMs);
  }
}

async function deliverStream(
  { status, headers, framing, late, reader }: Extract<Reply, { type: "stream" }>,
  response: ServerResponse,
  { heartbeatMs, stalledReaderMs }: Pick<Settings, "heartbeatMs" | "stalledReaderMs">,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => {
    // With a reason given, none has to be made for every stream.
    gone.abort(callerLeft);
    reader.close();
  });
  if (response.destroyed) {
    reader.close();
    return;
  }
  const changed = reframing(framing);
  // Not sent before the first piece, so that both travel in one segment; but a piece that is not there is not waited for.
  response.writeHead(status, headers);
  const takesComments = framing !== "json-array";
  if (late && takesComments) response.write(heartbeat);
  const nothingYet = setImmediate(() => response.flushHeaders());
  response.once("timeout", () => response.destroy());
  const silence = setTimeout(() => {
    if (!response.writableNeedDrain) response.write(heartbeat);
    silence.refresh();
  }, heartbeatMs);
  if (!takesComments) clearTimeout(silence);
  try {
    for (let run = await reader.next(); run !== null; run = await reader.next()) {
      if (gone.signal.aborted) return;
      clearImmediate(nothingYet);
      if (takesComments) silence.refresh();
      const piece = changed === null ? run.bytes : changed.elements(run.bytes);
      if (response.write(piece)) continue;
      // Only while there is something to take: an answer may be silent for longer than a reader.
      response.setTimeout(stalledReaderMs);
      await once(response, "drain", { signal: gone.signal });
      response.setTimeout(0);
    }
    if (changed !== null) response.write(changed.close());
    response.setTimeout(stalledReaderMs);
    response.end();
  } catch (cause) {
    if (!gone.signal.aborted) throw cause;
  } finally {
    clearImmediate(nothingYet);
    clearTimeout(silence);
    reader.close();
  }
}

function giveUpStalled(response: ServerResponse, stalledReaderMs: number): void {
  response.setTimeout(stalledReaderMs, () => response.destroy());
}
