import {
  type AssistantPart,
  GatewayError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type TextEvent,
} from "@gw/core";
import type { Frame } from "../frame.ts";
import type { StreamDecoder } from "../text-dialect.ts";
import { callIdOf, decodeItem, reasoningDivider } from "./decode-item.ts";
import { openAIResponsesId } from "./dialect-id.ts";
import { decodeEnding, noSigns, readSigns } from "./ending.ts";
import { errorInside, malformed } from "./errors.ts";
import { parseEvent } from "./parse-event.ts";
import { partEvents, restEvents } from "./part-events.ts";

/** A part that has begun. */
interface OpenPart {
  readonly kind: "text" | "refusal" | "reasoning" | "tool-call";
  readonly index: number;
  /** What is out of it. */
  text: string;
  /** Which content or summary part of the item feeds it now. */
  key: string;
}

/** An output item, known by its `output_index`: ids change from event to event on some hosts (recorded 2026). */
interface Item {
  readonly type: string;
  readonly parts: OpenPart[];
  done: boolean;
}

/**
 * Reads the event stream of a response. Content comes from deltas where there are any, else from the finished item, else from
 * the terminal event's response: each once.
 */
export class ResponsesStreamDecoder implements StreamDecoder {
  readonly #items = new Map<number, Item>();
  readonly #itemIds = new Set<string>();
  readonly #signs = noSigns();
  #events: TextEvent[] = [];
  #responseId: string | null = null;
  #nextIndex = 0;
  #lastOutputIndex = 0;
  #state: "before" | "open" | "ended" = "before";

  push(frame: Frame): TextEvent[] {
    if (this.#state === "ended" || frame.data === "[DONE]") return [];
    this.#read(parseEvent(frame.data));
    const events = this.#events;
    this.#events = [];
    return events;
  }

  end(): TextEvent[] {
    if (this.#state !== "ended") throw new GatewayError("stream_truncated", "The stream ended before the response did");
    return [];
  }

  #read(event: JsonObject): void {
    switch (event.type) {
      case "response.created":
      case "response.queued":
      case "response.in_progress":
        this.#start(event.response);
        return;
      case "response.output_item.added":
        this.#addItem(event);
        return;
      case "response.content_part.added":
        this.#addContent(event);
        return;
      case "response.output_text.delta":
        this.#grow(event, "text", event.delta);
        return;
      case "response.refusal.delta":
        this.#grow(event, "refusal", event.delta);
        return;
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        this.#grow(event, "reasoning", event.delta);
        return;
      case "response.function_call_arguments.delta":
        this.#grow(event, "tool-call", event.delta);
        return;
      case "response.output_item.done":
        if (isJsonObject(event.item)) this.#finishItem(this.#outputIndex(event), event.item);
        return;
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        this.#finish(event);
        return;
      case "error":
        throw errorInside(event);
    }
  }

  #start(response: JsonValue | undefined): void {
    if (this.#state !== "before") return;
    this.#state = "open";
    const { id, model } = isJsonObject(response) ? response : {};
    this.#responseId = typeof id === "string" ? id : null;
    this.#events.push({
      type: "response-start",
      id: this.#responseId,
      model: typeof model === "string" ? model : null,
    });
  }

  #outputIndex(event: JsonObject): number {
    if (typeof event.output_index === "number") this.#lastOutputIndex = event.output_index;
    return this.#lastOutputIndex;
  }

  #addItem(event: JsonObject): void {
    const { item } = event;
    if (!isJsonObject(item)) return;
    const outputIndex = this.#outputIndex(event);
    const added = this.#openItem(outputIndex, String(item.type));
    if (typeof item.id === "string") this.#itemIds.add(item.id);
    if (item.type === "function_call" && typeof item.name === "string" && item.name !== "") {
      const part = this.#openPart(added, "tool-call", "");
      const id = callIdOf(item, { responseId: this.#responseId, outputIndex });
      this.#events.push({ type: "tool-call-start", index: part.index, id, name: item.name });
    } else if (item.type === "reasoning") {
      const part = this.#openPart(added, "reasoning", "");
      this.#events.push({
        type: "reasoning-start",
        index: part.index,
        origin: openAIResponsesId,
        ...(typeof item.id === "string" && item.id !== "" && { id: item.id }),
      });
    }
  }

  #openItem(outputIndex: number, type: string): Item {
    this.#start(undefined);
    const known = this.#items.get(outputIndex);
    if (known !== undefined) return known;
    const item: Item = { type, parts: [], done: false };
    this.#items.set(outputIndex, item);
    return item;
  }

  #openPart(item: Item, kind: OpenPart["kind"], key: string): OpenPart {
    const part: OpenPart = { kind, index: this.#nextIndex++, text: "", key };
    item.parts.push(part);
    return part;
  }

  #addContent(event: JsonObject): void {
    const type = isJsonObject(event.part) ? event.part.type : undefined;
    if (type === "output_text") this.#partOf(event, "text");
    if (type === "refusal") this.#partOf(event, "refusal");
  }

  /** The part that an event of an item speaks of, begun where this is the first that is heard of it. */
  #partOf(event: JsonObject, kind: OpenPart["kind"]): OpenPart | undefined {
    const item = this.#openItem(this.#outputIndex(event), itemTypes[kind]);
    if (item.done) return undefined;
    if (kind === "tool-call") return item.parts.find((part) => part.kind === kind);
    if (kind === "reasoning") {
      const open = item.parts.find((part) => part.kind === kind);
      if (open !== undefined) return open;
      const begun = this.#openPart(item, kind, "");
      this.#events.push({ type: "reasoning-start", index: begun.index, origin: openAIResponsesId });
      return begun;
    }
    const key = String(event.content_index ?? 0);
    const open = item.parts.find((part) => part.kind === kind && part.key === key);
    if (open !== undefined) return open;
    const begun = this.#openPart(item, kind, key);
    this.#events.push({ type: `${kind}-start`, index: begun.index });
    return begun;
  }

  #grow(event: JsonObject, kind: OpenPart["kind"], delta: JsonValue | undefined): void {
    if (typeof delta !== "string" || delta === "") return;
    const part = this.#partOf(event, kind);
    if (part === undefined) return;
    if (kind === "reasoning") this.#turnTo(part, reasoningKey(event));
    part.text += delta;
    const logprobs =
      Array.isArray(event.logprobs) && event.logprobs.length > 0 ? { content: event.logprobs } : undefined;
    if (kind === "tool-call") this.#events.push({ type: "tool-call-delta", index: part.index, arguments: delta });
    else if (kind === "text" && logprobs !== undefined)
      this.#events.push({ type: "text-delta", index: part.index, text: delta, logprobs });
    else this.#events.push({ type: `${kind}-delta`, index: part.index, text: delta });
  }

  /** Divides the parts of a summary as a whole reply's are divided. */
  #turnTo(part: OpenPart, key: string): void {
    if (part.key === key) return;
    part.key = key;
    if (part.text === "") return;
    part.text += reasoningDivider;
    this.#events.push({ type: "reasoning-delta", index: part.index, text: reasoningDivider });
  }

  #finishItem(outputIndex: number, wire: JsonObject): void {
    const item = this.#openItem(outputIndex, String(wire.type));
    if (item.done) return;
    item.done = true;
    if (typeof wire.id === "string") this.#itemIds.add(wire.id);
    readSigns(wire, this.#signs);
    const parts = decodeItem(wire, { responseId: this.#responseId, outputIndex });
    parts.forEach((part: AssistantPart, position) => {
      const open = item.parts[position];
      if (open?.kind === part.type) {
        this.#events.push(...restEvents(part, open.index, open.text));
        return;
      }
      if (open !== undefined) this.#close(open);
      this.#events.push(...partEvents(part, this.#nextIndex++));
    });
    for (const open of item.parts.slice(parts.length)) this.#close(open);
  }

  #close(open: OpenPart): void {
    if (open.kind === "tool-call") this.#signs.functionCall = true;
    if (open.kind === "refusal") this.#signs.refused = true;
    this.#events.push({ type: `${open.kind}-end`, index: open.index });
  }

  #finish(event: JsonObject): void {
    if (!isJsonObject(event.response)) throw malformed("The last event has no response");
    this.#start(event.response);
    const response: JsonObject = { status: String(event.type).slice("response.".length), ...event.response };
    const output = Array.isArray(response.output) ? response.output.filter(isJsonObject) : [];
    const unseen = output.length > this.#items.size;
    output.forEach((wire, outputIndex) => {
      const item = this.#items.get(outputIndex);
      const elsewhere = typeof wire.id === "string" && this.#itemIds.has(wire.id);
      if (item !== undefined ? item.type === wire.type : unseen && !elsewhere) this.#finishItem(outputIndex, wire);
    });
    for (const item of this.#items.values()) if (!item.done) for (const open of item.parts) this.#close(open);
    this.#events.push({ type: "response-end", ...decodeEnding(response, this.#signs) });
    this.#state = "ended";
  }
}

const itemTypes = {
  text: "message",
  refusal: "message",
  reasoning: "reasoning",
  "tool-call": "function_call",
} as const;

/** Which summary or content part of a reasoning item an event belongs to. */
function reasoningKey(event: JsonObject): string {
  return "summary_index" in event ? `summary ${event.summary_index}` : `content ${event.content_index ?? 0}`;
}
