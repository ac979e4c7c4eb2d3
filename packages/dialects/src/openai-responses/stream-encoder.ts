import { type AssistantPart, isJsonObject, type JsonObject, type JsonValue, type TextEvent } from "@gw/core";
import type { Frame } from "../frame.ts";
import type { ReplyContext, StreamEncoder } from "../text-dialect.ts";
import { openAIResponsesId } from "./dialect-id.ts";
import { encodeOutputItem, outputItemId, signatureItem } from "./encode-output.ts";
import { partEvents } from "./part-events.ts";
import { finishedResponse, responseShell } from "./response-shell.ts";

type StreamedPart = Extract<AssistantPart, { type: "text" | "refusal" | "reasoning" | "tool-call" }>;

/** An item that has been announced. */
interface OpenItem {
  readonly id: string;
  readonly outputIndex: number;
  /** What it begins as; the rest comes with its end. */
  readonly part: StreamedPart;
  text: string;
  logprobs: JsonValue[];
}

/** Writes the event stream of a response. Each part is an item of its own, so that parts may overlap. No `[DONE]`. */
export class ResponsesStreamEncoder implements StreamEncoder {
  readonly #context: ReplyContext;
  readonly #output: JsonObject[] = [];
  readonly #open = new Map<number, OpenItem>();
  #frames: Frame[] = [];
  #sequenceNumber = 0;
  #nextOutputIndex = 0;

  constructor(context: ReplyContext) {
    this.#context = context;
  }

  push(event: TextEvent): Frame[] {
    this.#write(event);
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }

  #write(event: TextEvent): void {
    switch (event.type) {
      case "response-start":
        this.#emit("response.created", { response: responseShell(this.#context) });
        this.#emit("response.in_progress", { response: responseShell(this.#context) });
        return;
      case "text-start":
        this.#begin(event.index, { type: "text", text: "" });
        return;
      case "refusal-start":
        this.#begin(event.index, { type: "refusal", text: "" });
        return;
      case "reasoning-start": {
        const { origin, id } = event;
        this.#begin(event.index, { type: "reasoning", text: "", origin, ...(id !== undefined && { id }) });
        return;
      }
      case "tool-call-start":
        this.#begin(event.index, { type: "tool-call", id: event.id, name: event.name, arguments: "" });
        return;
      case "text-delta":
        this.#delta(event.index, event.text, event.logprobs);
        return;
      case "refusal-delta":
      case "reasoning-delta":
        this.#delta(event.index, event.text);
        return;
      case "tool-call-delta":
        this.#delta(event.index, event.arguments);
        return;
      case "text-end":
      case "refusal-end":
      case "reasoning-end":
      case "tool-call-end": {
        const { type: _type, index, ...rest } = event;
        this.#end(index, rest);
        return;
      }
      case "part":
        this.#whole(event.part, event.index);
        return;
      case "response-end": {
        const { type: _type, ...ending } = event;
        const { event: type, response } = finishedResponse(this.#context, this.#output, ending);
        this.#emit(type, { response });
        return;
      }
    }
  }

  #emit(type: string, fields: JsonObject): void {
    this.#frames.push({
      event: type,
      data: JSON.stringify({ type, sequence_number: this.#sequenceNumber++, ...fields }),
    });
  }

  #begin(index: number, part: StreamedPart): void {
    const outputIndex = this.#nextOutputIndex++;
    const id = outputItemId(part, this.#context.id, outputIndex);
    this.#open.set(index, { id, outputIndex, part, text: "", logprobs: [] });
    if (part.type === "reasoning") {
      // Its seal is only known at its end.
      const item = { id, type: "reasoning", summary: [], status: "in_progress" };
      this.#emit("response.output_item.added", { output_index: outputIndex, item });
      return;
    }
    const item = { ...encodeOutputItem(part, id), status: "in_progress" };
    if (part.type === "tool-call") {
      this.#emit("response.output_item.added", { output_index: outputIndex, item });
      return;
    }
    this.#emit("response.output_item.added", { output_index: outputIndex, item: { ...item, content: [] } });
    const at = { item_id: id, output_index: outputIndex, content_index: 0 };
    this.#emit("response.content_part.added", { ...at, part: contentOf(item) });
  }

  #delta(index: number, delta: string, logprobs?: JsonObject): void {
    const open = this.#open.get(index);
    if (open === undefined) return;
    const at = { item_id: open.id, output_index: open.outputIndex };
    const first = open.text === "";
    open.text += delta;
    switch (open.part.type) {
      case "text": {
        const entries = Array.isArray(logprobs?.content) ? logprobs.content : [];
        open.logprobs.push(...entries);
        this.#emit("response.output_text.delta", { ...at, content_index: 0, delta, logprobs: entries });
        return;
      }
      case "refusal":
        this.#emit("response.refusal.delta", { ...at, content_index: 0, delta });
        return;
      case "reasoning": {
        const part = { type: "summary_text", text: "" };
        if (first) this.#emit("response.reasoning_summary_part.added", { ...at, summary_index: 0, part });
        this.#emit("response.reasoning_summary_text.delta", { ...at, summary_index: 0, delta });
        return;
      }
      case "tool-call":
        this.#emit("response.function_call_arguments.delta", { ...at, delta });
        return;
    }
  }

  #end(index: number, rest: Partial<StreamedPart>): void {
    const open = this.#open.get(index);
    if (open === undefined) return;
    // A call without arguments is a call with an empty object of them.
    if (open.part.type === "tool-call" && open.text === "") this.#delta(index, "{}");
    this.#open.delete(index);
    const part = finishedPart(open, rest);
    const item = encodeOutputItem(part, open.id) ?? {};
    const at = { item_id: open.id, output_index: open.outputIndex };
    switch (part.type) {
      case "text": {
        const content = contentOf(item);
        this.#annotate(content, at);
        const { text = "", logprobs = [] } = content;
        this.#emit("response.output_text.done", { ...at, content_index: 0, text, logprobs });
        this.#emit("response.content_part.done", { ...at, content_index: 0, part: content });
        break;
      }
      case "refusal":
        this.#emit("response.refusal.done", { ...at, content_index: 0, refusal: part.text });
        this.#emit("response.content_part.done", { ...at, content_index: 0, part: contentOf(item) });
        break;
      case "reasoning":
        if (part.text === "") break;
        this.#emit("response.reasoning_summary_text.done", { ...at, summary_index: 0, text: part.text });
        this.#emit("response.reasoning_summary_part.done", {
          ...at,
          summary_index: 0,
          part: { type: "summary_text", text: part.text },
        });
        break;
      case "tool-call":
        this.#emit("response.function_call_arguments.done", { ...at, arguments: part.arguments, name: part.name });
        break;
    }
    this.#finish(open.outputIndex, item);
    if (part.type !== "tool-call") return;
    const signature = signatureItem(part, this.#context.id, this.#nextOutputIndex);
    if (signature !== null) this.#announce(signature);
  }

  #annotate(content: JsonObject, at: JsonObject): void {
    if (!Array.isArray(content.annotations)) return;
    content.annotations.forEach((annotation, position) => {
      this.#emit("response.output_text.annotation.added", {
        ...at,
        content_index: 0,
        annotation_index: position,
        annotation,
      });
    });
  }

  #whole(part: AssistantPart, index: number): void {
    const course = partEvents(part, index);
    if (course.length > 1) {
      for (const event of course) this.#write(event);
      return;
    }
    const item = encodeOutputItem(part, outputItemId(part, this.#context.id, this.#nextOutputIndex));
    if (item !== null) this.#announce(item);
  }

  /** An item without a course: it is there, and done. */
  #announce(item: JsonObject): void {
    const outputIndex = this.#nextOutputIndex++;
    this.#emit("response.output_item.added", { output_index: outputIndex, item });
    this.#finish(outputIndex, item);
  }

  #finish(outputIndex: number, item: JsonObject): void {
    this.#output[outputIndex] = item;
    this.#emit("response.output_item.done", { output_index: outputIndex, item });
  }
}

function finishedPart(open: OpenItem, rest: Partial<StreamedPart>): StreamedPart {
  const part = { ...open.part, ...rest } as StreamedPart;
  if (part.type === "tool-call") return { ...part, arguments: open.text };
  if (part.type !== "text" || open.logprobs.length === 0) return { ...part, text: open.text };
  const own = { logprobs: open.logprobs, ...part.providerOptions?.[openAIResponsesId] };
  return { ...part, text: open.text, providerOptions: { ...part.providerOptions, [openAIResponsesId]: own } };
}

function contentOf(item: JsonObject): JsonObject {
  const first = Array.isArray(item.content) ? item.content[0] : undefined;
  return isJsonObject(first) ? first : {};
}
