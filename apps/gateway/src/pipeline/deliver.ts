import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { GatewayError } from "@gw/core";
import type { Settings } from "../config/settings.ts";
import type { Operation } from "../operation.ts";
import type { Reply } from "../reply.ts";
import { formatSse } from "../server/format-sse.ts";
import { asGatewayError } from "./attempt.ts";
import type { CommittedStream, DeliveryFrame } from "./commit.ts";
import type { ErrorVoice, Framing } from "./decode.ts";

/** What turns a committed stream into pieces for the caller. */
export interface StreamDelivery {
  readonly stream: CommittedStream;
  readonly framing: Framing;
  readonly errors: ErrorVoice;
  readonly operation: Operation;
  readonly signal: AbortSignal;
  /** Called once, with the first content. */
  onContent(): void;
  /** Called once, when the stream is over. */
  onEnd(error: GatewayError | null): void;
}

const heartbeat = ": ka\n\n";
const socketBufferBytes = 64 * 1024;

/**
 * The pieces of a stream as they go to the caller: held events, then live ones, and one error event at the end when it
 * failed.
 */
export async function* pieces(delivery: StreamDelivery): AsyncGenerator<Uint8Array | string> {
  const { stream, operation, signal } = delivery;
  const joined = delivery.framing === "sse" ? joinSse : jsonArrayJoiner();
  let failure: GatewayError | null = null;
  let finished = false;
  try {
    if (stream.held.length > 0) {
      noteFirstContent(delivery, stream.held);
      yield joined(stream.held);
    }
    // Committed by time alone: a first piece, be it empty, takes the head along and tells the caller that somebody is there.
    if (stream.pending !== null) yield delivery.framing === "sse" ? heartbeat : "";
    let step = await (stream.pending ?? stream.rest.next());
    while (step.done !== true) {
      if (step.value.length > 0) {
        noteFirstContent(delivery, step.value);
        yield joined(step.value);
      }
      step = await stream.rest.next();
    }
    finished = true;
    if (delivery.framing === "json-array") yield "]";
  } catch (cause) {
    finished = true;
    failure = asGatewayError(cause, signal).from(operation.lastAttempt?.provider ?? "");
    const frames = delivery.errors.errorFrames(failure, operation.requestId);
    yield joined(frames.map((frame) => ({ bytes: formatSse(frame), content: false })));
    if (delivery.framing === "json-array") yield "]";
  } finally {
    // Left early: the caller is gone, and nobody reads what would still come.
    if (!finished) failure = asGatewayError(signal.reason, signal);
    if (!finished) void stream.rest.return?.();
    delivery.onEnd(failure);
  }
}

function noteFirstContent({ operation, onContent }: StreamDelivery, frames: readonly DeliveryFrame[]): void {
  if (operation.firstContentMs === null && frames.some((frame) => frame.content)) {
    operation.firstContentMs = operation.elapsedMs();
    onContent();
  }
}

function joinSse(frames: readonly DeliveryFrame[]): Uint8Array | string {
  if (frames.length === 1) return (frames[0] as DeliveryFrame).bytes;
  if (frames.every((frame) => typeof frame.bytes === "string")) return frames.map((frame) => frame.bytes).join("");
  return Buffer.concat(frames.map(({ bytes }) => (typeof bytes === "string" ? Buffer.from(bytes) : bytes)));
}

/** Gemini's streams without `alt=sse` are one JSON array whose elements arrive one by one. */
function jsonArrayJoiner(): (frames: readonly DeliveryFrame[]) => string {
  let first = true;
  return (frames) =>
    frames
      .map(({ bytes }) => {
        const text = typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("utf8");
        const data = text
          .split(/\r\n|\n|\r/)
          .filter((line) => line.startsWith("data:"))
          .map((line) => line.slice(5).trimStart())
          .join("\n");
        const separator = first ? "[" : ",\r\n";
        first = false;
        return separator + data;
      })
      .join("");
}

/**
 * Writes a reply to a socket, no faster than its reader takes it, with a comment whenever nothing came for a while. A reader who
 * takes nothing for `stalledReaderMs` is given up.
 */
export async function deliver(
  reply: Reply,
  response: ServerResponse,
  { heartbeatMs, stalledReaderMs }: Pick<Settings, "heartbeatMs" | "stalledReaderMs">,
): Promise<void> {
  if (reply.type === "whole") {
    const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
    response.writeHead(reply.status, { ...reply.headers, "content-length": String(body.byteLength) });
    response.end(body);
    // What the system takes at once needs no reader.
    if (!response.writableFinished && body.byteLength > socketBufferBytes) giveUpStalled(response, stalledReaderMs);
    return;
  }
  // Not sent before the first piece, so that both travel in one segment.
  response.writeHead(reply.status, reply.headers);
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  if (response.destroyed) gone.abort();
  giveUpStalled(response, stalledReaderMs);
  const silence = setTimeout(() => {
    if (!response.writableNeedDrain) response.write(heartbeat);
    silence.refresh();
  }, heartbeatMs);
  if (!reply.comments) clearTimeout(silence);
  try {
    for await (const piece of reply.pieces) {
      if (gone.signal.aborted) break;
      if (reply.comments) silence.refresh();
      if (!response.write(piece)) await once(response, "drain", { signal: gone.signal });
    }
  } catch (cause) {
    if (!gone.signal.aborted) throw cause;
  } finally {
    clearTimeout(silence);
  }
  response.end();
}

function giveUpStalled(response: ServerResponse, stalledReaderMs: number): void {
  response.setTimeout(stalledReaderMs, () => response.destroy());
}
