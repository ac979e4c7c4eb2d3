import { GatewayError, isJsonObject, type JsonObject, type JsonValue, type Observation } from "@gw/core";
import type { Frame } from "../frame.ts";
import type { ReplyObserver } from "../text-dialect.ts";
import { errorInBody } from "./errors.ts";
import { finishReasonOf } from "./finish-reason.ts";
import { parseEvent } from "./stream-decoder.ts";
import { decodeUsage, mergeUsage } from "./usage.ts";

const deltaStart = '{"type":"content_block_delta"';

/** Watches an answer that is passed on as it came. Deltas after the first content are not even parsed. */
export class MessagesObserver implements ReplyObserver {
  #id: string | null = null;
  #model: string | null = null;
  #usage: JsonObject | null = null;
  #stopReason: string | null = null;
  #toolCalls = false;
  #content = false;
  #ended = false;

  frame(frame: Frame): { readonly content: boolean; readonly hidden: boolean } {
    if (this.#ended || frame.data === "") return { content: false, hidden: false };
    if (this.#content && (frame.event === "content_block_delta" || frame.data.startsWith(deltaStart))) {
      return { content: true, hidden: false };
    }
    const content = this.#observe(parseEvent(frame));
    if (content) this.#content = true;
    return { content, hidden: false };
  }

  whole(body: JsonValue): void {
    const error = errorInBody(body);
    if (error !== null) throw error;
    if (!isJsonObject(body) || !Array.isArray(body.content)) {
      throw new GatewayError("reply_malformed", "The vendor's answer has no content");
    }
    this.#message(body);
  }

  end(): void {
    if (this.#stopReason === null) {
      throw new GatewayError("stream_truncated", "The vendor's stream ended without a stop_reason");
    }
  }

  observation(): Observation {
    return {
      id: this.#id,
      model: this.#model,
      finishReason: this.#stopReason === null ? null : finishReasonOf(this.#stopReason, this.#toolCalls),
      usage: decodeUsage(this.#usage ?? undefined),
    };
  }

  /** True when the event holds something of the answer. */
  #observe(event: JsonObject): boolean {
    switch (event.type) {
      case "message_start":
        return isJsonObject(event.message) && this.#message(event.message);
      case "content_block_start":
        return isJsonObject(event.content_block) && this.#startsWithContent(event.content_block);
      case "content_block_delta":
        return isJsonObject(event.delta) && !isEmptyDelta(event.delta);
      case "message_delta":
        if (isJsonObject(event.delta)) this.#stop(event.delta.stop_reason);
        this.#usage = mergeUsage(this.#usage ?? {}, event.usage);
        return false;
      case "message_stop":
        this.#ended = true;
        return false;
      default:
        return false;
    }
  }

  /** True when the message already holds something of the answer. */
  #message(message: JsonObject): boolean {
    if (typeof message.id === "string") this.#id = message.id;
    if (typeof message.model === "string") this.#model = message.model;
    if (isJsonObject(message.usage)) this.#usage = mergeUsage(this.#usage ?? {}, message.usage);
    this.#stop(message.stop_reason);
    const content = Array.isArray(message.content) ? message.content : [];
    return content.filter((block) => isJsonObject(block) && this.#startsWithContent(block)).length > 0;
  }

  #stop(stopReason: JsonValue | undefined): void {
    if (typeof stopReason === "string") this.#stopReason = stopReason;
  }

  /** Text and thinking begin empty; blocks of any other kind say something by being there. */
  #startsWithContent(block: JsonObject): boolean {
    if (block.type === "tool_use") this.#toolCalls = true;
    if (block.type === "text") return isWords(block.text);
    if (block.type === "thinking") return isWords(block.thinking);
    return true;
  }
}

function isEmptyDelta(delta: JsonObject): boolean {
  return delta.text === "" || delta.thinking === "" || delta.partial_json === "";
}

function isWords(value: JsonValue | undefined): boolean {
  return typeof value === "string" && value !== "";
}
