import { isJsonObject } from "@gw/core";
import type { JsonObject, TextEvent } from "@gw/core/types";
import type { Frame } from "../frame.ts";
import type { ReplyContext, StreamEncoder } from "../text-dialect.ts";
import { ownOptions } from "./block-fields.ts";
import { callSignatureBlocks, encodeAnswerPart, reasoningSlot } from "./encode-answer-part.ts";
import { encodeStop, messageId, ownMetadata } from "./encode-result.ts";
import { encodeUsage } from "./usage.ts";

type PartEvent = Extract<TextEvent, { readonly index: number }>;

/**
 * Writes the events of a stream for a caller. Blocks of this format follow one another, so that what a later part says is
 * held back until the parts before it have ended.
 */
export class MessagesStreamEncoder implements StreamEncoder {
  readonly #context: ReplyContext;
  /** Parts that have begun and whose end was not written yet, in their order, each with what was held back of it. */
  readonly #waiting = new Map<number, PartEvent[]>();
  /** The part that is being written. */
  #part: WrittenPart | null = null;
  #blocks = 0;

  constructor(context: ReplyContext) {
    this.#context = context;
  }

  push(event: TextEvent): Frame[] {
    switch (event.type) {
      case "response-start":
        return [frame("message_start", { message: this.#emptyMessage() })];
      case "response-end":
        return [...this.#advance(), ...endFrames(event, this.#context)];
      default:
        return this.#pushPart(event);
    }
  }

  #emptyMessage(): JsonObject {
    return {
      id: messageId(this.#context),
      type: "message",
      role: "assistant",
      model: this.#context.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      // Not known yet, but the format's SDK types both as numbers. The last event says all counts again.
      usage: { input_tokens: 0, cache_creation_input_tokens: null, cache_read_input_tokens: null, output_tokens: 0 },
    };
  }

  #pushPart(event: PartEvent): Frame[] {
    const held = this.#waiting.get(event.index);
    if (held === undefined) this.#waiting.set(event.index, [event]);
    else held.push(event);
    return this.#advance();
  }

  /** Writes what is held back of the first part, and goes on to the next as long as parts are complete. */
  #advance(): Frame[] {
    const frames: Frame[] = [];
    for (const [index, held] of this.#waiting) {
      for (const event of held.splice(0)) frames.push(...this.#write(event));
      if (this.#part !== null) break;
      this.#waiting.delete(index);
    }
    return frames;
  }

  #write(event: PartEvent): Frame[] {
    switch (event.type) {
      case "text-start":
      case "refusal-start":
        this.#part = { kind: "text", open: false };
        return [];
      case "reasoning-start":
        this.#part = { kind: "reasoning", open: false, start: event };
        return [];
      case "tool-call-start":
        this.#part = { kind: "tool-call", open: true, id: event.id };
        return [this.#startFrame({ type: "tool_use", id: event.id, name: event.name, input: {} })];
      case "text-delta":
      case "refusal-delta":
        return [...this.#open({ type: "text", text: "" }), this.#delta({ type: "text_delta", text: event.text })];
      case "reasoning-delta":
        return [
          ...this.#open({ type: "thinking", thinking: "", signature: "" }),
          this.#delta({ type: "thinking_delta", thinking: event.text }),
        ];
      case "tool-call-delta":
        return [this.#delta({ type: "input_json_delta", partial_json: event.arguments })];
      case "text-end":
      case "refusal-end":
      case "reasoning-end":
      case "tool-call-end":
        return this.#finish(event);
      case "part":
        return this.#wholeBlocks(encodeAnswerPart(event.part));
    }
  }

  #finish(event: Extract<PartEvent, { readonly type: `${string}-end` }>): Frame[] {
    const part = this.#part;
    this.#part = null;
    if (part === null) return [];
    if (part.kind === "reasoning" && event.type === "reasoning-end") {
      const { type: _type, index: _index, ...proof } = event;
      const { type: _start, index: _startIndex, ...start } = part.start;
      const slot = reasoningSlot({ ...start, ...proof });
      if (!part.open) return slot.block === null ? [] : this.#wholeBlocks([slot.block]);
      return [this.#delta({ type: "signature_delta", signature: slot.signature }), this.#stopFrame()];
    }
    if (!part.open) return [];
    const frames = event.type === "text-end" ? this.#citations(ownOptions(event)) : [];
    frames.push(this.#stopFrame());
    if (part.kind === "tool-call" && event.type === "tool-call-end") {
      frames.push(...this.#wholeBlocks(callSignatureBlocks(part.id, event.signature)));
    }
    return frames;
  }

  #citations(options: JsonObject): Frame[] {
    const { citations } = options;
    if (!Array.isArray(citations)) return [];
    return citations.map((citation) => this.#delta({ type: "citations_delta", citation }));
  }

  #wholeBlocks(blocks: readonly JsonObject[]): Frame[] {
    return blocks.flatMap((block) => {
      const { start, deltas } = splitBlock(block);
      return [this.#startFrame(start), ...deltas.map((delta) => this.#delta(delta)), this.#stopFrame()];
    });
  }

  /** A block is begun with its first words: an empty one would be refused when it comes back. */
  #open(block: JsonObject): Frame[] {
    if (this.#part === null || this.#part.open) return [];
    this.#part.open = true;
    return [this.#startFrame(block)];
  }

  #startFrame(block: JsonObject): Frame {
    return frame("content_block_start", { index: this.#blocks, content_block: block });
  }

  #delta(delta: JsonObject): Frame {
    return frame("content_block_delta", { index: this.#blocks, delta });
  }

  #stopFrame(): Frame {
    return frame("content_block_stop", { index: this.#blocks++ });
  }
}

type WrittenPart =
  | { readonly kind: "text"; open: boolean }
  | { readonly kind: "reasoning"; open: boolean; readonly start: Extract<TextEvent, { type: "reasoning-start" }> }
  | { readonly kind: "tool-call"; open: boolean; readonly id: string };

/** A whole block as its start event and the deltas that readers expect after it. */
function splitBlock(block: JsonObject): { readonly start: JsonObject; readonly deltas: JsonObject[] } {
  if (block.type === "text") {
    return { start: { ...block, text: "" }, deltas: [{ type: "text_delta", text: block.text }] };
  }
  if (block.type === "thinking") {
    const text = block.thinking === "" ? [] : [{ type: "thinking_delta", thinking: block.thinking }];
    return {
      start: { ...block, thinking: "", signature: "" },
      deltas: [...text, { type: "signature_delta", signature: block.signature }],
    };
  }
  if (isJsonObject(block.input)) {
    const json = JSON.stringify(block.input);
    return {
      start: { ...block, input: {} },
      deltas: json === "{}" ? [] : [{ type: "input_json_delta", partial_json: json }],
    };
  }
  return { start: block, deltas: [] };
}

function endFrames(ending: Extract<TextEvent, { type: "response-end" }>, context: ReplyContext): Frame[] {
  const { container, stop_details, ...rest } = ownMetadata(ending);
  return [
    frame("message_delta", {
      delta: {
        ...encodeStop(ending),
        stop_details: stop_details ?? null,
        ...(container !== undefined && { container }),
      },
      usage: encodeUsage(ending.usage, context),
      ...rest,
    }),
    frame("message_stop", {}),
  ];
}

function frame(type: string, fields: JsonObject): Frame {
  return { event: type, data: JSON.stringify({ type, ...fields }) };
}
