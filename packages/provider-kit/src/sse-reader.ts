import { GatewayError } from "@gw/core";
import type { Frame } from "@gw/dialects";
import { createParser } from "eventsource-parser";
import { maxEventBytes } from "./max-event-bytes.ts";

const noFrames: Frame[] = [];
const eventStreamStart = /^\s*(:|(data|event|id|retry)(:|\s))/;
const headLength = 64;

/**
 * Reads server-sent events as text, for codecs that translate them. One per stream.
 *
 * Lines may end in LF, CR or CRLF, and the bytes may be cut anywhere, inside a character too. Comments, and blocks without
 * data, are left out.
 */
export class SseReader {
  /** The mark at the start, if any, is the parser's to take off. */
  readonly #text = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #parser = createParser({
    maxBufferSize: maxEventBytes,
    onEvent: (event) => {
      this.#sawEvent = true;
      this.#frames.push(event.event === undefined ? { data: event.data } : { event: event.event, data: event.data });
    },
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") this.#overlong = true;
    },
  });
  #frames: Frame[] = [];
  #overlong = false;
  #sawEvent = false;
  #head = "";

  /** True when bytes came that begin no event stream, and not one event: asked at the end, this was something else. */
  get isForeign(): boolean {
    return !this.#sawEvent && this.#head.trim() !== "" && !eventStreamStart.test(this.#head);
  }

  /**
   * The events that these bytes complete.
   * @throws {GatewayError} `reply_malformed` for an event of more than 16 MiB.
   */
  push(bytes: Uint8Array): Frame[] {
    return this.#feed(this.#text.decode(bytes, { stream: true }));
  }

  /** The last event, where the stream ended without the blank line after it. It may have been cut short. */
  end(): Frame[] {
    return this.#feed(`${this.#text.decode()}\n\n`);
  }

  #feed(text: string): Frame[] {
    if (text === "") return noFrames;
    if (this.#head.length < headLength) this.#head += text.slice(0, headLength);
    this.#parser.feed(text);
    if (this.#overlong) throw new GatewayError("reply_malformed", "An event of the stream is longer than 16 MiB");
    if (this.#frames.length === 0) return noFrames;
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }
}

/**
 * The events of a body, in batches as they arrived.
 *
 * @throws {GatewayError} `reply_malformed` for an event of more than 16 MiB, and whatever the body throws.
 */
export async function* readSse(body: AsyncIterable<Uint8Array>): AsyncGenerator<Frame[], void, undefined> {
  const reader = new SseReader();
  for await (const bytes of body) {
    const frames = reader.push(bytes);
    if (frames.length > 0) yield frames;
  }
  const last = reader.end();
  if (last.length > 0) yield last;
}
