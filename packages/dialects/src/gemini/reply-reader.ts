import {
  GatewayError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type TextEvent,
  type ToolCallPart,
  type Usage,
  unknownUsage,
} from "@gw/core";
import { decodeArguments } from "./call-arguments.ts";
import { errorInBody } from "./errors.ts";
import { decodeFinishReason, readBlockReason, readFinishReason } from "./finish-reason.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { mediaPart, ownOptions } from "./media-part.ts";
import { PartialArguments } from "./partial-arguments.ts";
import { decodeUsage, hasCounts } from "./usage.ts";

const replyFields = new Set(["candidates", "usageMetadata", "modelVersion", "responseId", "error"]);
const candidateFields = new Set(["content", "finishReason", "index", "logprobsResult"]);

/** A call that is being streamed in pieces. */
interface OpenCall {
  readonly index: number;
  readonly arguments: PartialArguments;
  readonly end: Omit<Extract<TextEvent, { type: "tool-call-end" }>, "type" | "index">;
}

/**
 * Reads replies: the chunks of one stream, or one whole reply as its only chunk. Only the first candidate is read; no request
 * of ours asks for more.
 */
export class ReplyReader {
  #started = false;
  #id: string | null = null;
  #parts = 0;
  #calls = 0;
  /** The text or thought that the next chunk may go on with. */
  #open: { readonly type: "text" | "reasoning"; readonly index: number } | null = null;
  #call: OpenCall | null = null;
  #finish: string | null = null;
  #blocked: string | null = null;
  #usage: Usage = unknownUsage;
  #metadata: Record<string, JsonValue> = {};

  /**
   * @throws {GatewayError} the vendor's error when the chunk is one; `reply_malformed` when it is no reply
   */
  read(chunk: JsonValue): TextEvent[] {
    const error = errorInBody(chunk);
    if (error !== null) throw error;
    if (!isJsonObject(chunk)) throw malformed("A reply is no JSON object");
    const events: TextEvent[] = [];
    if (!this.#started && Object.keys(chunk).some((name) => replyFields.has(name))) {
      this.#started = true;
      this.#id = text(chunk.responseId);
      events.push({ type: "response-start", id: this.#id, model: text(chunk.modelVersion) });
    }
    if (hasCounts(chunk.usageMetadata)) this.#usage = decodeUsage(chunk.usageMetadata);
    this.#keep(chunk, replyFields);
    this.#blocked = readBlockReason(chunk) ?? this.#blocked;
    for (const candidate of Array.isArray(chunk.candidates) ? chunk.candidates : []) {
      if (isJsonObject(candidate) && (candidate.index ?? 0) === 0) this.#candidate(candidate, events);
    }
    return events;
  }

  /** True once the vendor has said why the answer ended. */
  get finished(): boolean {
    return this.#finish !== null || this.#blocked !== null;
  }

  /** Ends what is open, and the answer. */
  end(): TextEvent[] {
    const events: TextEvent[] = [];
    this.#close(events);
    this.#closeCall(events);
    const raw = this.#finish ?? this.#blocked;
    const finishReason =
      this.#finish === null && this.#blocked !== null
        ? "content_filter"
        : decodeFinishReason(this.#finish ?? "STOP", this.#calls > 0);
    events.push({
      type: "response-end",
      finishReason,
      rawFinishReason: raw,
      stopSequence: null,
      usage: this.#usage,
      ...(Object.keys(this.#metadata).length > 0 && { providerMetadata: { gemini: this.#metadata } }),
    });
    return events;
  }

  #keep(fields: JsonObject, read: ReadonlySet<string>): void {
    for (const [name, value] of Object.entries(fields)) {
      if (!read.has(name) && value !== undefined && name !== "__proto__") this.#metadata[name] = value;
    }
  }

  #candidate(candidate: JsonObject, events: TextEvent[]): void {
    this.#keep(candidate, candidateFields);
    const content = isJsonObject(candidate.content) ? candidate.content : {};
    const logprobs = decodeLogprobs(candidate.logprobsResult);
    for (const part of Array.isArray(content.parts) ? content.parts : []) {
      if (isJsonObject(part)) this.#part(part, logprobs, events);
    }
    this.#finish = readFinishReason(candidate.finishReason) ?? this.#finish;
  }

  #part(part: JsonObject, logprobs: JsonObject | undefined, events: TextEvent[]): void {
    const { text: words, thought, thoughtSignature, functionCall, inlineData, ...rest } = part;
    const signature = text(thoughtSignature);
    const own = signature === null ? rest : { ...rest, thoughtSignature: signature };
    if (isJsonObject(functionCall)) this.#functionCall(functionCall, signature, rest, events);
    else if (typeof words === "string" && thought === true) this.#thought(words, signature, rest, events);
    else if (typeof words === "string") this.#text(words, own, logprobs, events);
    else {
      this.#close(events);
      const media = isJsonObject(inlineData) && thought !== true ? inlineMedia(inlineData) : null;
      events.push({
        type: "part",
        index: this.#nextIndex(),
        part: media === null ? { type: "opaque", origin: "gemini", value: part } : { ...media, ...ownOptions(own) },
      });
    }
  }

  #text(words: string, own: JsonObject, logprobs: JsonObject | undefined, events: TextEvent[]): void {
    const signed = Object.keys(own).length > 0;
    if (words === "" && !signed) return;
    const index = this.#continue("text", events);
    if (words !== "")
      events.push({ type: "text-delta", index, text: words, ...(logprobs !== undefined && { logprobs }) });
    if (!signed) return;
    this.#open = null;
    events.push({ type: "text-end", index, ...ownOptions(own) });
  }

  #thought(words: string, signature: string | null, rest: JsonObject, events: TextEvent[]): void {
    const index = this.#continue("reasoning", events);
    if (words !== "") events.push({ type: "reasoning-delta", index, text: words });
    if (signature === null && Object.keys(rest).length === 0) return;
    this.#open = null;
    events.push({ type: "reasoning-end", index, ...(signature !== null && { signature }), ...ownOptions(rest) });
  }

  /** The index of the open part of this type; begins one where none is open. */
  #continue(type: "text" | "reasoning", events: TextEvent[]): number {
    if (this.#open?.type === type) return this.#open.index;
    this.#close(events);
    const index = this.#nextIndex();
    this.#open = { type, index };
    events.push(type === "text" ? { type: "text-start", index } : { type: "reasoning-start", index, origin: "gemini" });
    return index;
  }

  #close(events: TextEvent[]): void {
    if (this.#open === null) return;
    const { type, index } = this.#open;
    this.#open = null;
    events.push({ type: type === "text" ? "text-end" : "reasoning-end", index });
  }

  /**
   * A call comes whole, or begins with its name and `willContinue`, goes on with `partialArgs`, and ends with a piece that
   * does not continue (recorded 2026: also without that last piece).
   */
  #functionCall(call: JsonObject, signature: string | null, rest: JsonObject, events: TextEvent[]): void {
    const { id, name, args, partialArgs, willContinue, ...unknown } = call;
    const named = text(name);
    if (named !== null) {
      this.#close(events);
      this.#closeCall(events);
      const index = this.#nextIndex();
      const signed = signature === null ? {} : { signature: { origin: "gemini", value: signature } };
      events.push({ type: "tool-call-start", index, id: text(id) ?? this.#newId(named), name: named, ...signed });
      this.#calls += 1;
      const own = { ...rest, ...(Object.keys(unknown).length > 0 && { functionCall: unknown }) };
      this.#call = {
        index,
        arguments: new PartialArguments(),
        end: { ...signed, ...ownOptions(own) },
      };
    }
    const open = this.#call;
    if (open === null) {
      if (args !== undefined || partialArgs !== undefined) throw malformed("A function call has no name");
      return;
    }
    if (args !== undefined && args !== null) open.arguments.set(args);
    for (const piece of Array.isArray(partialArgs) ? partialArgs : []) open.arguments.add(piece);
    if (willContinue !== true) this.#closeCall(events);
  }

  #closeCall(events: TextEvent[]): void {
    if (this.#call === null) return;
    const { index, arguments: pieces, end } = this.#call;
    this.#call = null;
    const json = decodeArguments(pieces.value);
    if (json !== "") events.push({ type: "tool-call-delta", index, arguments: json });
    events.push({ type: "tool-call-end", index, ...end });
  }

  /** Ids are optional in this format, so one is made of the answer's id and the call's position. */
  #newId(name: string): ToolCallPart["id"] {
    return `${this.#id ?? name}-${this.#calls}`;
  }

  #nextIndex(): number {
    this.#parts += 1;
    return this.#parts - 1;
  }
}

function inlineMedia({ mimeType, data }: JsonObject) {
  if (typeof mimeType !== "string" || typeof data !== "string") return null;
  const part = mediaPart(mimeType, { type: "base64", mediaType: mimeType, data });
  return part.type === "image" || part.type === "audio" ? part : null;
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function malformed(message: string): GatewayError {
  return new GatewayError("reply_malformed", message);
}
