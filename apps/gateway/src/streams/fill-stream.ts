import { GatewayError, type Observation } from "@gw/core";
import type { Ending, StreamWriter } from "@gw/stream-buffer";
import type { Operation } from "../operation.ts";
import { asGatewayError } from "../pipeline/attempt.ts";
import type { ErrorVoice } from "../pipeline/decode.ts";
import type { DeliveryFrame } from "../pipeline/delivery-frame.ts";
import { formatSse } from "../server/format-sse.ts";
import { eventBytes } from "./event-bytes.ts";

/** An answer on its way into the buffer. */
export interface StreamSource {
  readonly batches: AsyncIterable<readonly DeliveryFrame[]>;
  observation(): Observation;
  readonly errors: ErrorVoice;
  readonly operation: Operation;
  readonly signal: AbortSignal;
  /** Where the head had to go before it was known who answers: what it could not say, as a comment line. */
  readonly lateFacts: (() => string) | null;
  /** Other ids of the answer, asked for once it has begun. */
  ids(): readonly string[];
}

/** How a stream came to its end. */
export interface StreamEnd {
  readonly ending: Ending;
  readonly error: GatewayError | null;
  /** The terminal record of one that failed. */
  readonly last: Uint8Array | undefined;
}

/** Reads an answer to its end, whoever else reads along. Never rejects. */
export async function fillStream(source: StreamSource, writer: StreamWriter): Promise<StreamEnd> {
  const { operation, signal } = source;
  let facts = source.lateFacts;
  let named = false;
  try {
    for await (const frames of source.batches) {
      const covered = operation.spending?.watch(frames) ?? null;
      if (covered !== null) await covered;
      const events: Uint8Array[] = [];
      for (const { content, bytes } of frames) {
        if (content) {
          operation.firstContentMs ??= operation.elapsedMs();
          operation.outputSeen.add(bytes.length);
        }
        events.push(eventBytes(writer.nextId + events.length, bytes));
      }
      const lastFrame = frames.at(-1);
      // Nothing may follow a format's own last event, so the comment stands in the one that ends the answer.
      if (facts !== null && lastFrame !== undefined && source.observation().finishReason !== null) {
        events[events.length - 1] = eventBytes(writer.nextId + events.length - 1, lastFrame.bytes, facts());
        facts = null;
      }
      if (!named) for (const id of source.ids()) writer.name(id);
      named = true;
      writer.append(events);
      if (signal.aborted) throw signal.reason;
    }
    return { ending: "done", error: null, last: undefined };
  } catch (cause) {
    const error = asGatewayError(cause, signal).from(operation.lastAttempt?.provider ?? "");
    const frames = source.errors.errorFrames(error, operation.requestId, source.observation().usage);
    const records = frames.map((frame, index) =>
      eventBytes(writer.nextId + index, formatSse(frame), index === 0 ? (facts?.() ?? "") : ""),
    );
    writer.append(records.slice(0, -1));
    return { ending: endingOf(error), error, last: records.at(-1) };
  }
}

function endingOf({ code }: GatewayError): Ending {
  switch (code) {
    case "stream_truncated":
      return "truncated";
    case "cancelled":
    case "aborted":
      return "cancelled";
    case "unavailable":
    case "interrupted":
      return "interrupted";
    default:
      return "failed";
  }
}

/** The terminal record of a stream whose process ended before it did. */
export function interruptionRecord(errors: ErrorVoice, requestId: string, nextId: number): Uint8Array {
  const error = new GatewayError("interrupted", "The gateway ended before the answer did");
  const lines = errors.errorFrames(error, requestId).map(formatSse).join("");
  return eventBytes(nextId, lines);
}
