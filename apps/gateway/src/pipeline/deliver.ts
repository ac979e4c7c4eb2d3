import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { GatewayError, Observation } from "@gw/core";
import type { Settings } from "../config/settings.ts";
import type { Operation } from "../operation.ts";
import type { Reply } from "../reply.ts";
import { formatSse } from "../server/format-sse.ts";
import { asGatewayError } from "./attempt.ts";
import type { ErrorVoice, Framing } from "./decode.ts";
import type { DeliveryFrame } from "./delivery-frame.ts";

/** What turns a stream into pieces for the caller. */
export interface StreamDelivery {
  readonly batches: AsyncIterable<readonly DeliveryFrame[]>;
  /**
   * Where the head has to go before it is known who answers: what it could not say, asked for once the answer is over or has
   * failed. `null` otherwise.
   */
  readonly lateFacts: (() => string) | null;
  readonly observation: () => Observation;
  readonly framing: Framing;
  readonly errors: ErrorVoice;
  readonly operation: Operation;
  readonly signal: AbortSignal;
  /** Called once, when the stream is over. */
  onEnd(error: GatewayError | null): void;
}

const heartbeat = ": ka\n\n";
const socketBufferBytes = 64 * 1024;

/** The pieces of a stream as they go to the caller, and one error event at the end when it failed. */
export async function* pieces(delivery: StreamDelivery): AsyncGenerator<Uint8Array | string> {
  const { operation, signal } = delivery;
  const sse = delivery.framing === "sse";
  const joined = sse ? joinSse : jsonArrayJoiner();
  const batches = delivery.batches[Symbol.asyncIterator]();
  let facts = sse ? delivery.lateFacts : null;
  let failure: GatewayError | null = null;
  let finished = false;
  try {
    // A first piece, be it empty, takes the head along and tells the caller that somebody is there.
    if (delivery.lateFacts !== null) yield sse ? heartbeat : "";
    for (let step = await batches.next(); step.done !== true; step = await batches.next()) {
      if (step.value.length === 0) continue;
      noteFirstContent(operation, step.value);
      // Nothing may follow a format's own last event, so the comment goes before the one that ends the answer.
      if (facts !== null && delivery.observation().finishReason !== null) {
        yield facts();
        facts = null;
      }
      yield joined(step.value);
    }
    finished = true;
    if (!sse) yield "]";
  } catch (cause) {
    finished = true;
    failure = asGatewayError(cause, signal).from(operation.lastAttempt?.provider ?? "");
    if (facts !== null) yield facts();
    const frames = delivery.errors.errorFrames(failure, operation.requestId);
    yield joined(frames.map((frame) => ({ bytes: formatSse(frame), content: false })));
    if (!sse) yield "]";
  } finally {
    // Left early: the caller is gone, and nobody reads what would still come.
    if (!finished) failure = asGatewayError(signal.reason, signal);
    if (!finished) void batches.return?.();
    delivery.onEnd(failure);
  }
}

function noteFirstContent(operation: Operation, frames: readonly DeliveryFrame[]): void {
  if (operation.firstContentMs === null && frames.some((frame) => frame.content)) {
    operation.firstContentMs = operation.elapsedMs();
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
