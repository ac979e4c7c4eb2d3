import { GatewayError, isJsonObject, type JsonValue, type Observation, unknownUsage } from "@gw/core";
import type { Frame } from "../frame.ts";
import type { ReplyObserver } from "../text-dialect.ts";
import { errorInBody } from "./errors.ts";
import { decodeFinishReason, readBlockReason, readFinishReason } from "./finish-reason.ts";
import { parseFrame, truncated } from "./stream-decoder.ts";
import { decodeUsage, hasCounts } from "./usage.ts";

/**
 * Watches a reply. Chunks are parsed until the first content, and then only where they may hold a finish reason or an error;
 * usage is cumulative and in many chunks, so the last one that has it is parsed when it is asked for.
 */
export class GeminiObserver implements ReplyObserver {
  #id: string | null = null;
  #model: string | null = null;
  #content = false;
  #hasCall = false;
  #word: string | null = null;
  #blocked = false;
  #usage: JsonValue = null;
  #usageFrame: Frame | null = null;

  frame(frame: Frame): { readonly content: boolean; readonly hidden: boolean } {
    const { data } = frame;
    if (!this.#content || data.includes('"finishReason"') || data.includes('"error"') || data.includes('"blockReason"'))
      return { content: this.#chunk(parseFrame(frame)), hidden: false };
    if (!this.#hasCall) this.#hasCall = data.includes('"functionCall"');
    if (data.includes('TokenCount"')) this.#usageFrame = frame;
    return { content: data.includes('"parts"'), hidden: false };
  }

  /** A stream that was asked for without SSE is one list of chunks. */
  whole(body: JsonValue): void {
    const chunks = Array.isArray(body) ? body : [body];
    for (const chunk of chunks) this.#chunk(chunk);
    if (!chunks.some(isReply))
      throw new GatewayError("reply_malformed", "The reply holds no candidate and no reason why");
    if (this.#content && this.#word === null) this.#word = "STOP";
  }

  end(): void {
    if (this.#word === null && !this.#blocked) throw truncated();
  }

  observation(): Observation {
    if (this.#usageFrame !== null) {
      this.#usage = usageIn(this.#usageFrame) ?? this.#usage;
      this.#usageFrame = null;
    }
    let finishReason: Observation["finishReason"] = null;
    if (this.#word !== null) finishReason = decodeFinishReason(this.#word, this.#hasCall);
    else if (this.#blocked) finishReason = "content_filter";
    return {
      id: this.#id,
      model: this.#model,
      finishReason,
      usage: isJsonObject(this.#usage) ? decodeUsage(this.#usage) : unknownUsage,
    };
  }

  /** Looks at a parsed chunk; true when it holds content. */
  #chunk(chunk: JsonValue): boolean {
    const error = errorInBody(chunk);
    if (error !== null) throw error;
    if (!isJsonObject(chunk)) return false;
    if (typeof chunk.responseId === "string") this.#id ??= chunk.responseId;
    if (typeof chunk.modelVersion === "string") this.#model ??= chunk.modelVersion;
    if (hasCounts(chunk.usageMetadata)) {
      this.#usage = chunk.usageMetadata;
      this.#usageFrame = null;
    }
    this.#blocked ||= readBlockReason(chunk) !== null;
    const [candidate] = Array.isArray(chunk.candidates) ? chunk.candidates : [];
    if (!isJsonObject(candidate)) return false;
    this.#word = readFinishReason(candidate.finishReason) ?? this.#word;
    const parts = isJsonObject(candidate.content) ? candidate.content.parts : undefined;
    const content = (Array.isArray(parts) ? parts : []).filter(isJsonObject).filter(hasContent);
    this.#hasCall ||= content.some((part) => part.functionCall !== undefined);
    this.#content ||= content.length > 0;
    return content.length > 0;
  }
}

function isReply(chunk: JsonValue): boolean {
  return isJsonObject(chunk) && (Array.isArray(chunk.candidates) || isJsonObject(chunk.promptFeedback));
}

/** The usage of a chunk that was passed on unread; one that cannot be read has none. */
function usageIn(frame: Frame): JsonValue {
  try {
    const chunk = parseFrame(frame);
    return isJsonObject(chunk) && hasCounts(chunk.usageMetadata) ? chunk.usageMetadata : null;
  } catch {
    return null;
  }
}

/** Anything but an empty text, which carries at most a signature. */
function hasContent(part: Readonly<Record<string, JsonValue | undefined>>): boolean {
  return part.text !== "" && Object.keys(part).length > 0;
}
