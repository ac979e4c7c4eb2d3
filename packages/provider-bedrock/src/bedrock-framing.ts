import { GatewayError } from "@gw/core";
import type { FrameReader, SseEvent, StreamFraming } from "@gw/provider-kit";
import { bytesFromBase64 } from "./base64.ts";
import { streamException } from "./bedrock-errors.ts";
import { type EventMessage, EventStreamDecoder } from "./event-stream.ts";

const text = new TextDecoder();
const encoder = new TextEncoder();
const typeFirst = /^\{"type":"([a-z_]+)"/;

/**
 * Bedrock's streams as frames. An event of Converse keeps its name; a `chunk` of an invocation is opened, and what it carries
 * becomes an event of the model's own format. An exception is thrown, once what came before it has been given out.
 */
export const bedrockFraming: StreamFraming = {
  accept: "application/vnd.amazon.eventstream",
  events: () => new BedrockReader(),
  frames: () => new BedrockReader(),
};

/** Written as a server-sent event when somebody asks for its bytes: only the native lane does. */
class BedrockEvent implements SseEvent {
  readonly event: string;
  readonly data: string;

  constructor(event: string, data: string) {
    this.event = event;
    this.data = data;
  }

  get bytes(): Uint8Array {
    return encoder.encode(`event: ${this.event}\ndata: ${this.data.replaceAll("\n", "\ndata: ")}\n\n`);
  }
}

class BedrockReader implements FrameReader<SseEvent> {
  readonly isForeign = false;
  readonly #decoder = new EventStreamDecoder();
  #error: unknown = null;

  push(bytes: Uint8Array): SseEvent[] {
    this.#check();
    const events: SseEvent[] = [];
    try {
      this.#decoder.push(bytes, (message) => events.push(readEvent(message)));
    } catch (error) {
      if (events.length === 0) throw error;
      this.#error = error;
    }
    return events;
  }

  end(): SseEvent[] {
    this.#check();
    return [];
  }

  #check(): void {
    if (this.#error !== null) throw this.#error;
  }
}

function readEvent({ headers, payload }: EventMessage): SseEvent {
  const data = text.decode(payload);
  switch (headers[":message-type"]) {
    case "event":
      return headers[":event-type"] === "chunk"
        ? openChunk(data)
        : new BedrockEvent(headers[":event-type"] ?? "", data);
    case "exception":
      throw streamException(headers[":exception-type"] ?? "", data);
    case "error":
      throw streamException(headers[":error-code"] ?? "", JSON.stringify({ message: headers[":error-message"] ?? "" }));
    default:
      throw new GatewayError("reply_malformed", "The event stream holds a message of an unknown type");
  }
}

function openChunk(payload: string): SseEvent {
  const data = text.decode(chunkBytes(payload));
  return new BedrockEvent(typeFirst.exec(data)?.[1] ?? typeOf(data), data);
}

function chunkBytes(payload: string): Uint8Array {
  try {
    const { bytes } = JSON.parse(payload) as { readonly bytes?: unknown };
    if (typeof bytes === "string") return bytesFromBase64(bytes);
  } catch {
    // The parser's own message quotes the answer.
  }
  throw new GatewayError("reply_malformed", "A chunk of the stream holds no bytes");
}

/** The codec says what is wrong with an event without a type. */
function typeOf(data: string): string {
  try {
    const { type } = JSON.parse(data) as { readonly type?: unknown };
    return typeof type === "string" ? type : "";
  } catch {
    return "";
  }
}
