import {
  type FinishReason,
  GatewayError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Observation,
} from "@gw/core";
import type { Frame } from "../frame.ts";
import type { ReplyObserver } from "../text-dialect.ts";
import { finishOf, noSigns, readSigns } from "./ending.ts";
import { errorInside, malformed } from "./errors.ts";
import { parseEvent } from "./parse-event.ts";
import { decodeUsage } from "./usage.ts";

const kinds =
  "output_text|refusal|reasoning_text|reasoning_summary_text|function_call_arguments|custom_tool_call_input";
const contentEvent = new RegExp(`^response\\.(?:${kinds})\\.(?:delta|done)$`);
const contentData = new RegExp(`"type": ?"response\\.(?:${kinds})\\.(?:delta|done)"`);
// Events that are read; of the others the name says enough.
const readEvents = new Set([
  "response.created",
  "response.output_item.added",
  "response.output_item.done",
  "response.completed",
  "response.incomplete",
  "response.failed",
  "error",
]);
const watched = { content: false, hidden: false };
const content = { content: true, hidden: false };

/** Watches a reply in this format. Of a stream it parses a handful of events, and no delta. */
export class ResponsesObserver implements ReplyObserver {
  readonly #signs = noSigns();
  #observation: Observation | null = null;
  #id: string | null = null;
  #model: string | null = null;
  #sawContent = false;

  frame(frame: Frame): { readonly content: boolean; readonly hidden: boolean } {
    if (this.#observation !== null) return watched;
    const { data, event = "" } = frame;
    // Not every host names its events (recorded 2026). A delta carries no response, whose fields might look like one.
    const named = event.startsWith("response.") || event === "error";
    if (named ? contentEvent.test(event) : contentData.test(data) && !data.includes('"response":')) {
      this.#sawContent = true;
      return content;
    }
    if (named ? !readEvents.has(event) : data === "[DONE]") return watched;
    if (event === "response.output_item.done" && this.#sawContent && !data.includes('"refusal"')) return watched;
    const seen = this.#read(parseEvent(data));
    this.#sawContent ||= seen.content;
    return seen;
  }

  whole(body: JsonValue): void {
    if (!isJsonObject(body)) throw malformed("The reply is not an object");
    if (!Array.isArray(body.output)) throw body.error ? errorInside(body) : malformed("The reply has no output");
    this.#readHead(body);
    // A background response may still be on its way; what is known of it is its id.
    if (body.status === "queued" || body.status === "in_progress") return;
    this.#readEnd(body);
  }

  end(): void {
    if (this.#observation === null)
      throw new GatewayError("stream_truncated", "The stream ended before the response did");
  }

  observation(): Observation {
    return this.#observation ?? { id: this.#id, model: this.#model, finishReason: null, usage: decodeUsage({}) };
  }

  #read(event: JsonObject): { readonly content: boolean; readonly hidden: boolean } {
    switch (event.type) {
      case "response.created":
        if (isJsonObject(event.response)) this.#readHead(event.response);
        return watched;
      case "response.output_item.added":
      case "response.output_item.done":
        if (isJsonObject(event.item)) readSigns(event.item, this.#signs);
        return isJsonObject(event.item) && holdsContent(event.item) ? content : watched;
      case "response.completed":
      case "response.incomplete":
      case "response.failed": {
        const response = isJsonObject(event.response) ? event.response : {};
        this.#readHead(response);
        this.#readEnd({ status: event.type.slice("response.".length), ...response });
        return watched;
      }
      case "error":
        throw errorInside(event);
      default:
        return watched;
    }
  }

  #readHead(response: JsonObject): void {
    if (typeof response.id === "string") this.#id ??= response.id;
    if (typeof response.model === "string") this.#model ??= response.model;
  }

  #readEnd(response: JsonObject): void {
    if (Array.isArray(response.output))
      for (const item of response.output) if (isJsonObject(item)) readSigns(item, this.#signs);
    const { finishReason }: { finishReason: FinishReason } = finishOf(response, this.#signs);
    this.#observation = { id: this.#id, model: this.#model, finishReason, usage: decodeUsage(response) };
  }
}

/** A call's beginning, or a finished item with words in it, for hosts that send no deltas. */
function holdsContent(item: JsonObject): boolean {
  if (item.type === "function_call" || item.type === "custom_tool_call") return true;
  if (item.type !== "message" && item.type !== "reasoning") return false;
  const parts = [item.content, item.summary].flatMap((list) => (Array.isArray(list) ? list : []));
  return parts.some((part) => isJsonObject(part) && Boolean(part.text || part.refusal));
}
