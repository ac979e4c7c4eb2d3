import { GatewayError, isJsonObject, type JsonObject, type JsonValue, type TextEvent } from "@gw/core";
import type { Frame } from "../frame.ts";
import type { StreamDecoder } from "../text-dialect.ts";
import {
  answerCalls,
  answerMetadata,
  decodeAnswerContent,
  decodeImages,
  malformed,
  metStopSequence,
  nonEmpty,
} from "./decode-result.ts";
import { dialectId } from "./dialect-id.ts";
import { errorOfFrame, findError } from "./errors.ts";
import { decodeFinishReason } from "./finish-reason.ts";
import { decodeProof, decodeReasoningDetails, detailText, plainReasoning } from "./reasoning-details.ts";
import { ReplyParts } from "./reply-parts.ts";
import { ReplyToolCalls } from "./reply-tool-calls.ts";
import { decodeUsage, findUsage, isEmptyUsage } from "./usage.ts";

/** The data of the frame that ends a stream. */
export const terminator = "[DONE]";

/** Parses a frame's data. @throws {GatewayError} `reply_malformed`. */
export function parseChunk(data: string): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(data) as JsonValue;
  } catch (cause) {
    throw new GatewayError("reply_malformed", "A chunk of the stream is not JSON", { cause });
  }
  if (!isJsonObject(value)) throw malformed("A chunk of the stream is not an object");
  return value;
}

/** `stream_truncated`. */
export function truncated(): GatewayError {
  return new GatewayError("stream_truncated", "The stream ended without a finish reason");
}

/** Reads the chunks of a streamed answer. Of several choices it follows the first. */
export class ChatStreamDecoder implements StreamDecoder {
  #events: TextEvent[] = [];
  readonly #parts = new ReplyParts(() => this.#events);
  readonly #calls = new ReplyToolCalls(
    () => this.#events,
    () => this.#parts.takeIndex(),
  );
  #started = false;
  #over = false;
  #id: string | null = null;
  #model: string | null = null;
  #word: string | null = null;
  #stopSequence: string | null = null;
  #usage: JsonObject | null = null;
  #audio: JsonObject | null = null;
  #metadata: Record<string, JsonValue> = {};
  #said = false;

  push(frame: Frame): TextEvent[] {
    this.#events = [];
    const data = frame.data.trim();
    if (this.#over || data === "") return this.#events;
    if (data === terminator) {
      this.#over = true;
      if (this.#word !== null) this.#finish();
      return this.#events;
    }
    const chunk = parseChunk(data);
    const error = frame.event === "error" ? errorOfFrame(chunk) : findError(chunk);
    if (error !== null) throw error;
    this.#readHead(chunk);
    if (Array.isArray(chunk.choices)) {
      for (const choice of chunk.choices) {
        if (isJsonObject(choice) && (choice.index ?? 0) === 0) this.#readChoice(choice);
      }
    }
    return this.#events;
  }

  end(): TextEvent[] {
    this.#events = [];
    if (this.#word === null) throw truncated();
    if (!this.#over) this.#finish();
    this.#over = true;
    return this.#events;
  }

  #readHead(chunk: JsonObject): void {
    this.#id ??= nonEmpty(chunk.id);
    this.#model ??= nonEmpty(chunk.model);
    const usage = findUsage(chunk);
    // Counts are cumulative, so the last one holds; an empty one after it says nothing.
    if (usage !== null && (this.#usage === null || !isEmptyUsage(usage))) this.#usage = usage;
    Object.assign(this.#metadata, answerMetadata(chunk).providerMetadata?.[dialectId]);
    if (this.#id !== null) this.#start();
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#events.push({ type: "response-start", id: this.#id, model: this.#model });
  }

  #readChoice(choice: JsonObject): void {
    const delta = this.#deltaOf(choice);
    if (delta !== null) this.#readDelta(delta, isJsonObject(choice.logprobs) ? choice.logprobs : null);
    this.#word = nonEmpty(choice.finish_reason) ?? this.#word;
    this.#stopSequence = metStopSequence(choice) ?? this.#stopSequence;
  }

  /** Some servers answer a streamed request with one whole message, others repeat all of it beside each delta. */
  #deltaOf(choice: JsonObject): JsonObject | null {
    if (isJsonObject(choice.delta)) return choice.delta;
    return !this.#said && isJsonObject(choice.message) ? choice.message : null;
  }

  #readDelta(delta: JsonObject, logprobs: JsonObject | null): void {
    this.#start();
    this.#said = true;
    this.#readReasoning(delta);
    if (typeof delta.content === "string") {
      if (delta.content !== "") this.#parts.text(delta.content, logprobs);
    } else {
      this.#readContent(delta.content, logprobs);
    }
    if (Array.isArray(delta.annotations)) this.#parts.annotate(delta.annotations);
    const refusal = nonEmpty(delta.refusal);
    if (refusal !== null) this.#parts.refusal(refusal);
    for (const part of decodeImages(delta.images)) {
      this.#parts.close();
      this.#events.push({ type: "part", index: this.#parts.takeIndex(), part });
    }
    for (const call of answerCalls(delta)) {
      this.#parts.close();
      this.#calls.push(call, this.#id);
    }
    if (isJsonObject(delta.audio)) this.#audio = joinAudio(this.#audio, delta.audio);
  }

  #readContent(content: JsonValue | undefined, logprobs: JsonObject | null): void {
    for (const part of decodeAnswerContent(content)) {
      if (part.type === "text") this.#parts.text(part.text, logprobs);
      else if (part.type === "reasoning") this.#parts.reasoning(part, "plain");
      else {
        this.#parts.close();
        this.#events.push({ type: "part", index: this.#parts.takeIndex(), part });
      }
    }
  }

  #readReasoning(delta: JsonObject): void {
    const details = Array.isArray(delta.reasoning_details) ? delta.reasoning_details.filter(isJsonObject) : [];
    // The plain text beside readable items repeats them.
    const text = details.some((item) => detailText(item) !== "") ? "" : plainReasoning(delta);
    if (text !== "") this.#parts.reasoning({ type: "reasoning", text, origin: dialectId }, "plain");
    for (const item of details) {
      if (this.#parts.isOpenReasoning(detailText(item), "plain")) {
        this.#parts.reasoning(decodeProof(item), "plain");
        this.#parts.close();
        continue;
      }
      const [part] = decodeReasoningDetails([item]);
      if (part === undefined) continue;
      const kind = part.origin === dialectId ? item.type : part.origin;
      this.#parts.reasoning(part, `${String(kind)} ${JSON.stringify(item.index)}`);
    }
  }

  #finish(): void {
    this.#start();
    this.#parts.finish();
    this.#calls.finish(this.#id);
    if (this.#audio !== null) {
      const part = { type: "opaque", origin: dialectId, value: { message: { audio: this.#audio } } } as const;
      this.#events.push({ type: "part", index: this.#parts.takeIndex(), part });
    }
    const traits = { toolCalls: this.#calls.any, refusal: this.#parts.refused, stopSequence: this.#stopSequence };
    this.#events.push({
      type: "response-end",
      finishReason: decodeFinishReason(this.#word, traits),
      rawFinishReason: this.#word,
      stopSequence: this.#stopSequence,
      usage: decodeUsage(this.#usage ?? undefined),
      ...(Object.keys(this.#metadata).length > 0 && { providerMetadata: { [dialectId]: this.#metadata } }),
    });
  }
}

/** Fragments of generated audio: data and transcript are continued, the rest is said once. */
function joinAudio(earlier: JsonObject | null, fragment: JsonObject): JsonObject {
  if (earlier === null) return fragment;
  const joined: JsonObject = { ...earlier, ...fragment };
  for (const field of ["data", "transcript"]) {
    const text = `${nonEmpty(earlier[field]) ?? ""}${nonEmpty(fragment[field]) ?? ""}`;
    if (text !== "") joined[field] = text;
  }
  return joined;
}
