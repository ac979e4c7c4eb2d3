import { GatewayError } from "@gw/core";
import type { Frame } from "@gw/dialects";
import { maxEventBytes } from "./max-event-bytes.ts";

/** One event of a stream: what it says, and the bytes that said it. */
export interface SseEvent extends Frame {
  /** The event's lines as they came, with the blank line that ends them. */
  readonly bytes: Uint8Array;
}

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const colon = 58;
const byteOrderMark = [0xef, 0xbb, 0xbf];
const blankLine = Uint8Array.of(lineFeed, lineFeed);

const text = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Cuts a stream of server-sent events into events without rewriting them. One per stream.
 *
 * However the bytes are cut, the same events come out. Left out is what no reader of the stream would be told of: comments
 * between events (keep-alives), blank lines between events, blocks without data, a byte order mark. Comments inside an
 * event stay in its bytes.
 *
 * A line that ends in CR is only complete with the byte after it, which may be its LF.
 */
export class SseSplitter {
  /** Bytes of the event that is not complete yet; `#kept` of them are in use. */
  #carry: Uint8Array = new Uint8Array(0);
  #kept = 0;
  /** Where in the carried bytes the current line begins, and up to where no end of it was found. */
  #lineStart = 0;
  #searched = 0;
  #atStart = true;
  #sawEvent = false;
  #sawForeignLine = false;
  // The event so far: first data line as a range, and all of them as text once there are several.
  #dataStart = -1;
  #dataEnd = -1;
  #dataText: string | null = null;
  #name: string | undefined;

  /** True when lines came that no event stream holds, and not one event: asked at the end, this was something else. */
  get isForeign(): boolean {
    return this.#sawForeignLine && !this.#sawEvent;
  }

  /**
   * The events that these bytes complete.
   * @throws {GatewayError} `reply_malformed` for an event of more than 16 MiB.
   */
  push(chunk: Uint8Array): SseEvent[] {
    const bytes = this.#kept === 0 ? chunk : this.#append(chunk);
    const events: SseEvent[] = [];
    const eventStart = this.#scan(bytes, events);
    this.#keep(bytes, eventStart);
    return events;
  }

  /** The last event, where the stream ended without the blank line after it: its bytes get one. It may have been cut short. */
  end(): SseEvent[] {
    if (this.#kept === 0) return [];
    const lastByte = this.#carry[this.#kept - 1];
    return this.push(lastByte === lineFeed ? blankLine.subarray(1) : blankLine);
  }

  /** Reads whole lines; returns where the first event begins that is not complete. */
  #scan(bytes: Uint8Array, events: SseEvent[]): number {
    let eventStart = 0;
    if (this.#atStart) {
      const mark = markLength(bytes);
      if (mark === null) return 0;
      this.#atStart = false;
      eventStart = mark;
      this.#lineStart = mark;
      this.#searched = mark;
    }
    let lineStart = this.#lineStart;
    let from = this.#searched;
    let nextLineFeed = bytes.indexOf(lineFeed, from);
    let nextReturn = bytes.indexOf(carriageReturn, from);
    for (;;) {
      let lineEnd = nextLineFeed;
      let next = nextLineFeed + 1;
      if (nextReturn !== -1 && (nextLineFeed === -1 || nextReturn < nextLineFeed)) {
        if (nextReturn + 1 === bytes.length) {
          from = nextReturn;
          break;
        }
        lineEnd = nextReturn;
        next = bytes[nextReturn + 1] === lineFeed ? nextReturn + 2 : nextReturn + 1;
      } else if (nextLineFeed === -1) {
        from = bytes.length;
        break;
      }
      if (lineEnd === lineStart) {
        if (this.#dataStart !== -1) events.push(this.#event(bytes, eventStart, next));
        this.#name = undefined;
        eventStart = next;
      } else {
        this.#line(bytes, lineStart, lineEnd);
      }
      lineStart = next;
      from = next;
      if (nextLineFeed !== -1 && nextLineFeed < next) nextLineFeed = bytes.indexOf(lineFeed, next);
      if (nextReturn !== -1 && nextReturn < next) nextReturn = bytes.indexOf(carriageReturn, next);
    }
    this.#lineStart = lineStart;
    this.#searched = from;
    return eventStart;
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    const first = bytes[start];
    if (first === colon) return;
    if (first === 0x64 && isField(bytes, start, end, "data")) {
      const from = valueStart(bytes, start + 5, end);
      if (this.#dataStart === -1) {
        this.#dataStart = from;
        this.#dataEnd = end;
      } else {
        this.#dataText ??= text.decode(bytes.subarray(this.#dataStart, this.#dataEnd));
        this.#dataText += `\n${text.decode(bytes.subarray(from, end))}`;
      }
    } else if (first === 0x65 && isField(bytes, start, end, "event")) {
      const name = text.decode(bytes.subarray(valueStart(bytes, start + 6, end), end));
      this.#name = name === "" ? undefined : name;
    } else if (!isField(bytes, start, end, "id") && !isField(bytes, start, end, "retry")) {
      this.#sawForeignLine = true;
    }
  }

  #event(bytes: Uint8Array, start: number, end: number): SseEvent {
    const data = this.#dataText ?? text.decode(bytes.subarray(this.#dataStart, this.#dataEnd));
    const name = this.#name;
    this.#dataStart = -1;
    this.#dataText = null;
    this.#sawEvent = true;
    const own = bytes.subarray(start, end);
    return name === undefined ? { data, bytes: own } : { event: name, data, bytes: own };
  }

  /** Carries the incomplete event over to the next bytes. What was given out already must not be written to again. */
  #keep(bytes: Uint8Array, eventStart: number): void {
    const length = bytes.length - eventStart;
    if (length > maxEventBytes) {
      throw new GatewayError("reply_malformed", "An event of the stream is longer than 16 MiB");
    }
    const unmoved = this.#kept > 0 && eventStart === 0;
    if (!unmoved) {
      this.#carry = new Uint8Array(bytes.subarray(eventStart));
      this.#lineStart -= eventStart;
      this.#searched -= eventStart;
      if (this.#dataStart !== -1) {
        this.#dataStart -= eventStart;
        this.#dataEnd -= eventStart;
      }
    }
    this.#kept = length;
  }

  /** Doubles the room when it is used up, so that a long event in small pieces costs linear time. */
  #append(chunk: Uint8Array): Uint8Array {
    const length = this.#kept + chunk.length;
    if (length > this.#carry.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#carry.length));
      grown.set(this.#carry.subarray(0, this.#kept));
      this.#carry = grown;
    }
    this.#carry.set(chunk, this.#kept);
    return this.#carry.subarray(0, length);
  }
}

/** Length of the byte order mark at the start, or `null` while that cannot be told yet. */
function markLength(bytes: Uint8Array): number | null {
  for (let index = 0; index < byteOrderMark.length; index++) {
    if (index === bytes.length) return null;
    if (bytes[index] !== byteOrderMark[index]) return 0;
  }
  return byteOrderMark.length;
}

/** The line is `name`, or `name:` and a value. */
function isField(bytes: Uint8Array, start: number, end: number, name: string): boolean {
  const nameEnd = start + name.length;
  if (end < nameEnd || (end > nameEnd && bytes[nameEnd] !== colon)) return false;
  for (let index = 0; index < name.length; index++) {
    if (bytes[start + index] !== name.charCodeAt(index)) return false;
  }
  return true;
}

/** One space after the colon belongs to the format; a line without a colon has an empty value. */
function valueStart(bytes: Uint8Array, afterColon: number, end: number): number {
  if (afterColon >= end) return end;
  return bytes[afterColon] === space ? afterColon + 1 : afterColon;
}
