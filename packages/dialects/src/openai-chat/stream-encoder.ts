import { type AssistantPart, isJsonObject, type JsonObject, type ReasoningPart, type TextEvent } from "@gw/core";
import type { Frame } from "../frame.ts";
import type { ReplyContext, StreamEncoder } from "../text-dialect.ts";
import { opaqueField } from "./decode-messages.ts";
import { annotationsOf, answerHead, encodeImage, ownMetadata } from "./encode-result.ts";
import { encodeFinishReason } from "./finish-reason.ts";
import { encodeReasoningDetails, needsDetails } from "./reasoning-details.ts";
import { terminator } from "./stream-decoder.ts";
import { TextSlot } from "./text-slot.ts";
import { encodeCallSignature } from "./tool-call-signature.ts";
import { encodeUsage } from "./usage.ts";

type EventOf<Type extends TextEvent["type"]> = Extract<TextEvent, { type: Type }>;

interface OpenCall {
  readonly id: string;
  /** Position among the calls, by which the format knows it. */
  readonly position: number;
  silent: boolean;
  /** Its signature has been written. */
  readonly signed: boolean;
}

/** Writes the chunks of a streamed answer. A chunk with the usage comes only where the caller asked for it. */
export class ChatStreamEncoder implements StreamEncoder {
  readonly #context: ReplyContext;
  readonly #includeUsage: boolean;
  /** Everything of a chunk before and after its `delta`: the same in all chunks but the last ones. */
  #before = "";
  readonly #after: string;
  #model: string | null = null;
  #frames: Frame[] = [];
  readonly #text = new TextSlot((content) => this.#delta({ content }));
  readonly #reasoning = new TextSlot((text) => this.#delta({ reasoning_content: text }));
  readonly #refusal = new TextSlot((refusal) => this.#delta({ refusal }));
  readonly #reasoningParts = new Map<number, { part: ReasoningPart; readonly position: number }>();
  readonly #calls = new Map<number, OpenCall>();
  #callCount = 0;
  #refused = false;

  constructor(context: ReplyContext) {
    this.#context = context;
    const options = context.requestBody.stream_options;
    this.#includeUsage = isJsonObject(options) && options.include_usage === true;
    this.#after = `,"logprobs":null,"finish_reason":null}]${this.#includeUsage ? ',"usage":null' : ""}}`;
  }

  push(event: TextEvent): Frame[] {
    this.#frames = [];
    this.#write(event);
    return this.#frames;
  }

  #write(event: TextEvent): void {
    switch (event.type) {
      case "response-start":
        this.#model = event.model;
        this.#before = `${JSON.stringify(this.#head()).slice(0, -1)},"choices":[{"index":0,"delta":`;
        this.#delta({ role: "assistant", content: "", refusal: null });
        break;
      case "text-start":
        this.#text.begin(event.index);
        break;
      case "text-delta":
        this.#writeText(event);
        break;
      case "text-end":
        this.#endText(event);
        break;
      case "reasoning-start":
        this.#startReasoning(event);
        break;
      case "reasoning-delta":
        this.#writeReasoning(event);
        break;
      case "reasoning-end":
        this.#endReasoning(event);
        break;
      case "refusal-start":
        this.#refused = true;
        this.#refusal.begin(event.index);
        break;
      case "refusal-delta":
        this.#refusal.write(event.index, event.text);
        break;
      case "refusal-end":
        this.#refusal.end(event.index);
        break;
      case "tool-call-start":
        this.#startCall(event);
        break;
      case "tool-call-delta":
        this.#writeCall(event);
        break;
      case "tool-call-end":
        this.#endCall(event);
        break;
      case "part":
        this.#writePart(event.index, event.part);
        break;
      case "response-end":
        this.#writeEnd(event);
        break;
    }
  }

  #head(): JsonObject {
    return answerHead(this.#context, "chat.completion.chunk", this.#model);
  }

  #delta(delta: JsonObject): void {
    this.#frames.push({ data: `${this.#before}${JSON.stringify(delta)}${this.#after}` });
  }

  #writeText(event: EventOf<"text-delta">): void {
    if (event.logprobs === undefined || !this.#text.isOpen(event.index)) {
      this.#text.write(event.index, event.text);
      return;
    }
    const choice = { index: 0, delta: { content: event.text }, logprobs: event.logprobs, finish_reason: null };
    this.#chunk({ choices: [choice], ...(this.#includeUsage && { usage: null }) });
  }

  #endText(event: EventOf<"text-end">): void {
    this.#text.end(event.index);
    const annotations = annotationsOf(event);
    if (annotations.length > 0) this.#delta({ annotations });
  }

  #startReasoning(event: EventOf<"reasoning-start">): void {
    const { type: _type, index, ...rest } = event;
    const part: ReasoningPart = { type: "reasoning", text: "", ...rest };
    this.#reasoningParts.set(index, { part, position: this.#reasoningParts.size });
    this.#reasoning.begin(index);
  }

  #writeReasoning(event: EventOf<"reasoning-delta">): void {
    const open = this.#reasoningParts.get(event.index);
    if (open !== undefined) open.part = { ...open.part, text: open.part.text + event.text };
    this.#reasoning.write(event.index, event.text);
  }

  #endReasoning(event: EventOf<"reasoning-end">): void {
    const { type: _type, index, ...rest } = event;
    this.#reasoning.end(index);
    const open = this.#reasoningParts.get(index);
    if (open === undefined) return;
    const part = { ...open.part, ...rest };
    if (needsDetails(part)) this.#delta({ reasoning_details: encodeReasoningDetails(part, open.position) });
  }

  #startCall(event: EventOf<"tool-call-start">): void {
    const call = { id: event.id, position: this.#callCount++, silent: true, signed: event.signature !== undefined };
    this.#calls.set(event.index, call);
    const opening = { index: call.position, id: event.id, type: "function" };
    const called = { function: { name: event.name, arguments: "" } };
    this.#delta({ tool_calls: [{ ...opening, ...called, ...encodeCallSignature(event) }] });
  }

  #writeCall(event: EventOf<"tool-call-delta">): void {
    const call = this.#calls.get(event.index);
    if (call === undefined) return;
    call.silent = false;
    this.#delta({ tool_calls: [{ index: call.position, function: { arguments: event.arguments } }] });
  }

  #endCall(event: EventOf<"tool-call-end">): void {
    const call = this.#calls.get(event.index);
    if (call === undefined) return;
    if (call.silent) this.#delta({ tool_calls: [{ index: call.position, function: { arguments: "{}" } }] });
    const { signature } = event;
    if (signature === undefined || call.signed) return;
    // Clients take every piece of a call to have a `function` (@ai-sdk/openai-compatible 3.0).
    const piece = { index: call.position, function: { arguments: "" } };
    this.#delta({ tool_calls: [{ ...piece, ...encodeCallSignature({ id: call.id, signature }) }] });
  }

  /** A part that comes whole is written as if it had come in pieces. */
  #writePart(index: number, part: AssistantPart): void {
    const options = part.providerOptions === undefined ? {} : { providerOptions: part.providerOptions };
    switch (part.type) {
      case "text":
        this.#write({ type: "text-start", index });
        if (part.text !== "") this.#write({ type: "text-delta", index, text: part.text });
        this.#write({ type: "text-end", index, ...options });
        break;
      case "refusal":
        this.#write({ type: "refusal-start", index });
        this.#write({ type: "refusal-delta", index, text: part.text });
        this.#write({ type: "refusal-end", index });
        break;
      case "reasoning": {
        const { type: _type, text, origin, id, cacheControl: _cacheControl, ...rest } = part;
        this.#write({ type: "reasoning-start", index, origin, ...(id !== undefined && { id }) });
        if (text !== "") this.#write({ type: "reasoning-delta", index, text });
        this.#write({ type: "reasoning-end", index, ...rest });
        break;
      }
      case "tool-call":
        this.#write({
          type: "tool-call-start",
          index,
          id: part.id,
          name: part.name,
          ...(part.signature !== undefined && { signature: part.signature }),
        });
        if (part.arguments !== "") this.#write({ type: "tool-call-delta", index, arguments: part.arguments });
        this.#write({
          type: "tool-call-end",
          index,
          ...(part.signature !== undefined && { signature: part.signature }),
          ...options,
        });
        break;
      case "image": {
        const images = encodeImage(part);
        if (images.length > 0) this.#delta({ images });
        break;
      }
      case "opaque": {
        const fields = opaqueField(part, "message");
        if (fields !== null) this.#delta(fields);
        const call = opaqueField(part, "tool_call");
        if (call !== null) this.#delta({ tool_calls: [{ index: this.#callCount++, ...call }] });
      }
    }
  }

  #writeEnd(event: EventOf<"response-end">): void {
    const finish = encodeFinishReason(event.finishReason, this.#refused);
    const choice = { index: 0, delta: {}, logprobs: null, finish_reason: finish };
    this.#chunk({ ...ownMetadata(event), choices: [choice], ...(this.#includeUsage && { usage: null }) });
    if (this.#includeUsage) this.#chunk({ choices: [], usage: encodeUsage(event.usage, this.#context) });
    this.#frames.push({ data: terminator });
  }

  #chunk(fields: JsonObject): void {
    this.#frames.push({ data: JSON.stringify({ ...this.#head(), ...fields }) });
  }
}
