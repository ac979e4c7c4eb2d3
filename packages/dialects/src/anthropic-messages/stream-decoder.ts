import { GatewayError, isJsonObject, type JsonObject, type JsonValue, type TextEvent } from "@gw/core";
import type { Frame } from "../frame.ts";
import type { StreamDecoder } from "../text-dialect.ts";
import { decodeEnding, isOutputTool, madeUpCallId } from "./answer.ts";
import { type OpenBlock, openBlock } from "./block-decoder.ts";
import { otherFields } from "./block-fields.ts";
import { errorInBody } from "./errors.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";
import { decodeUsage, mergeUsage } from "./usage.ts";

/** Reads the events of a vendor's stream. */
export class MessagesStreamDecoder implements StreamDecoder {
  readonly #quirks: AnthropicMessagesQuirks | undefined;
  readonly #open = new Map<JsonValue | undefined, OpenBlock>();
  #parts = 0;
  #started = false;
  #ended = false;
  #id: string | null = null;
  #usage: JsonObject = {};
  #stopReason: string | null = null;
  #stopSequence: JsonValue | undefined;
  #rest: JsonObject = {};
  #traits = { toolCalls: false, outputTool: false };

  constructor(quirks: AnthropicMessagesQuirks | undefined) {
    this.#quirks = quirks;
  }

  push(frame: Frame): TextEvent[] {
    if (this.#ended || frame.data === "") return [];
    const event = parseEvent(frame);
    switch (event.type) {
      case "message_start":
        return this.#start(event);
      case "content_block_start":
        return [...this.#ensureStarted(), ...this.#startBlock(event)];
      case "content_block_delta":
        return this.#delta(event);
      case "content_block_stop":
        return this.#stopBlock(event.index);
      case "message_delta":
        this.#messageDelta(event);
        return [];
      case "message_stop":
        return this.#stopReason === null ? [] : this.#end(this.#stopReason);
      default:
        return [];
    }
  }

  end(): TextEvent[] {
    if (this.#ended) return [];
    if (this.#stopReason === null) {
      throw new GatewayError("stream_truncated", "The vendor's stream ended without a stop_reason");
    }
    return this.#end(this.#stopReason);
  }

  /**
   * The head of the message. It may hold the whole answer: the calls that a vendor-run program makes one by one come so.
   * @see recorded 2025: programmatic tool calling
   */
  #start(event: JsonObject): TextEvent[] {
    const message = isJsonObject(event.message) ? event.message : {};
    if (this.#started) return this.#startAgain(message);
    this.#id = typeof message.id === "string" ? message.id : null;
    this.#usage = mergeUsage(this.#usage, message.usage);
    this.#rest = otherFields(message, messageFields);
    this.#stop(message);
    const content = Array.isArray(message.content) ? message.content : [];
    return [
      ...this.#ensureStarted(typeof message.model === "string" ? message.model : null),
      ...content.flatMap((block) => {
        const open = this.#openBlock(block, this.#parts);
        return [...open.start(), ...open.stop()];
      }),
    ];
  }

  /** A repeated head says nothing new; that of another message in the midst of this one is no answer. */
  #startAgain(message: JsonObject): TextEvent[] {
    if (this.#parts > 0 && message.id !== this.#id) throw malformed("a second message starts within the first");
    return [];
  }

  #ensureStarted(model: string | null = null): TextEvent[] {
    if (this.#started) return [];
    this.#started = true;
    const usage = Object.keys(this.#usage).length > 0 ? { usage: decodeUsage(this.#usage) } : {};
    return [{ type: "response-start", id: this.#id, model, ...usage }];
  }

  #startBlock(event: JsonObject): TextEvent[] {
    const open = this.#openBlock(event.content_block, typeof event.index === "number" ? event.index : this.#parts);
    this.#open.set(event.index, open);
    return open.start();
  }

  #openBlock(block: JsonValue | undefined, position: number): OpenBlock {
    if (!isJsonObject(block) || typeof block.type !== "string") throw malformed("a block without a type");
    const asText = block.type === "tool_use" && isOutputTool(block.name, this.#quirks);
    if (asText) this.#traits.outputTool = true;
    else if (block.type === "tool_use") this.#traits.toolCalls = true;
    return openBlock(block, { index: this.#parts++, asText, madeUpId: madeUpCallId(this.#id, position) });
  }

  #delta(event: JsonObject): TextEvent[] {
    const open = this.#open.get(event.index);
    if (open === undefined) throw malformed("a delta of a block that did not start");
    return isJsonObject(event.delta) ? open.delta(event.delta) : [];
  }

  #stopBlock(index: JsonValue | undefined): TextEvent[] {
    const open = this.#open.get(index);
    this.#open.delete(index);
    return open?.stop() ?? [];
  }

  #messageDelta(event: JsonObject): void {
    const delta = isJsonObject(event.delta) ? event.delta : {};
    this.#stop(delta);
    this.#usage = mergeUsage(this.#usage, event.usage);
    this.#rest = {
      ...this.#rest,
      ...otherFields(delta, ["stop_reason", "stop_sequence"]),
      ...otherFields(event, ["type", "delta", "usage"]),
    };
  }

  #stop(fields: JsonObject): void {
    if (typeof fields.stop_reason === "string") this.#stopReason = fields.stop_reason;
    if (typeof fields.stop_sequence === "string") this.#stopSequence = fields.stop_sequence;
  }

  #end(stopReason: string): TextEvent[] {
    this.#ended = true;
    const events = [...this.#ensureStarted(), ...[...this.#open.values()].flatMap((open) => open.stop())];
    const wire = { stopReason, stopSequence: this.#stopSequence, usage: this.#usage, rest: this.#rest };
    return [...events, { type: "response-end", ...decodeEnding(wire, this.#traits) }];
  }
}

const messageFields = ["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"];

/**
 * The event in a frame. Some servers leave the name to the data, others to the frame.
 * @throws {GatewayError} `reply_malformed` for what is no JSON object, and the vendor's error when the event is one
 */
export function parseEvent(frame: Frame): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(frame.data);
  } catch (cause) {
    throw malformed("an event is not JSON", cause);
  }
  if (!isJsonObject(value)) throw malformed("an event is not an object");
  const error = errorInBody(frame.event === "error" ? { ...value, type: "error" } : value);
  if (error !== null) throw error;
  return value;
}

function malformed(what: string, cause?: unknown): GatewayError {
  return new GatewayError("reply_malformed", `The vendor's stream is not of its format: ${what}`, { cause });
}
