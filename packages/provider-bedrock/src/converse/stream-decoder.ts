import { GatewayError, isJsonObject, type JsonObject, type JsonValue, type TextEvent } from "@gw/core";
import type { Frame, StreamDecoder } from "@gw/dialects";
import { decodeEnding, otherFields } from "./answer.ts";
import { type OpenBlock, openBlock } from "./open-block.ts";

/**
 * Reads the events of ConverseStream.
 *
 * Text and reasoning begin with their first delta; only other blocks are announced. The usage comes after the stop reason, so
 * that the answer ends with whichever is last, or with the connection.
 *
 * @see `ContentBlockStart` in @aws-sdk/client-bedrock-runtime 3.1162; recorded 2025 and 2026
 */
export class ConverseStreamDecoder implements StreamDecoder {
  readonly #open = new Map<JsonValue | undefined, OpenBlock>();
  #parts = 0;
  #started = false;
  #ended = false;
  #toolCalls = false;
  #stopReason: string | null = null;
  #usage: JsonObject | null = null;
  #rest: Record<string, JsonValue> = {};

  push(frame: Frame): TextEvent[] {
    const event = parseEvent(frame);
    if (this.#ended) return [];
    switch (frame.event) {
      case "messageStart":
        return this.#start();
      case "contentBlockStart":
        return isJsonObject(event.start) ? this.#openBlock(event.contentBlockIndex, event.start) : [];
      case "contentBlockDelta":
        return isJsonObject(event.delta) ? this.#delta(event.contentBlockIndex, event.delta) : [];
      case "contentBlockStop":
        return this.#stopBlock(event.contentBlockIndex);
      case "messageStop":
        if (typeof event.stopReason !== "string") throw malformed("it stops without a stopReason");
        this.#stopReason = event.stopReason;
        this.#keepRest(event, ["stopReason"]);
        return this.#endWhenComplete();
      case "metadata":
        if (isJsonObject(event.usage)) this.#usage = event.usage;
        this.#keepRest(event, ["usage"]);
        return this.#endWhenComplete();
      default:
        return [];
    }
  }

  end(): TextEvent[] {
    if (this.#ended) return [];
    if (this.#stopReason === null) {
      throw new GatewayError("stream_truncated", "The vendor's stream ended without a stopReason");
    }
    return this.#end(this.#stopReason);
  }

  #start(): TextEvent[] {
    if (this.#started) return [];
    this.#started = true;
    return [{ type: "response-start", id: null, model: null }];
  }

  #openBlock(index: JsonValue | undefined, begin: JsonObject): TextEvent[] {
    const block = openBlock(begin, this.#parts);
    if (block === null) return [];
    this.#parts += 1;
    if (block.isCall) this.#toolCalls = true;
    this.#open.set(index, block);
    return [...this.#start(), ...block.start()];
  }

  /** A block that was not announced begins with the first delta that says something. */
  #delta(index: JsonValue | undefined, delta: JsonObject): TextEvent[] {
    const events = this.#open.has(index) ? [] : this.#openBlock(index, delta);
    return [...events, ...(this.#open.get(index)?.delta(delta) ?? [])];
  }

  #stopBlock(index: JsonValue | undefined): TextEvent[] {
    const block = this.#open.get(index);
    this.#open.delete(index);
    return block?.stop() ?? [];
  }

  #keepRest(event: JsonObject, known: readonly string[]): void {
    // `p` is padding that hides the length of what is said.
    this.#rest = { ...this.#rest, ...otherFields(event, [...known, "p"]) };
  }

  #endWhenComplete(): TextEvent[] {
    return this.#stopReason !== null && this.#usage !== null ? this.#end(this.#stopReason) : [];
  }

  #end(stopReason: string): TextEvent[] {
    this.#ended = true;
    const wire = { stopReason, usage: this.#usage ?? undefined, rest: this.#rest };
    return [
      ...this.#start(),
      ...[...this.#open.values()].flatMap((block) => block.stop()),
      { type: "response-end", ...decodeEnding(wire, this.#toolCalls) },
    ];
  }
}

function parseEvent(frame: Frame): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(frame.data);
  } catch {
    // The parser's own message quotes the answer.
    throw malformed("an event is not JSON");
  }
  if (!isJsonObject(value)) throw malformed("an event is not an object");
  return value;
}

function malformed(what: string): GatewayError {
  return new GatewayError("reply_malformed", `The vendor's stream is not of its format: ${what}`);
}
