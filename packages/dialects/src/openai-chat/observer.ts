import { type FinishReason, isJsonObject, type JsonObject, type JsonValue, type Observation } from "@gw/core";
import type { Frame } from "../frame.ts";
import type { NativePreparation, ReplyObserver } from "../text-dialect.ts";
import { answerCalls, answerChoices, malformed, metStopSequence, nonEmpty } from "./decode-result.ts";
import { errorOfFrame, findError } from "./errors.ts";
import { decodeFinishReason } from "./finish-reason.ts";
import { nativeMessages } from "./native-messages.ts";
import type { OpenAIChatQuirks } from "./quirks.ts";
import { parseChunk, terminator, truncated } from "./stream-decoder.ts";
import { decodeUsage, findUsage, isEmptyUsage } from "./usage.ts";

/** What the native lane changes: the model's name, what the gateway added to the history, and that a stream reports its usage. */
export function prepareNative(
  request: { readonly body: JsonObject; readonly model: string; readonly stream: boolean },
  quirks: OpenAIChatQuirks = {},
): NativePreparation {
  const messages = nativeMessages(request.body.messages);
  const set = { model: request.model, ...(messages !== null && { messages }) };
  const options = request.body.stream_options ?? {};
  // Options of the wrong type are the vendor's to refuse.
  const asks = !isJsonObject(options) || options.include_usage === true;
  if (!request.stream || quirks.streamUsage === false || asks) {
    return { set, remove: [], hideUsage: false };
  }
  return {
    set: { ...set, stream_options: { ...options, include_usage: true } },
    remove: [],
    hideUsage: true,
  };
}

// A frame after the first content is only parsed when it may end the answer, count it, fail it or say what kind of answer
// it is. Inside strings a quote is escaped, so none of these can be text.
const matters = /"(?:finish_reason|refusal)"\s*:\s*"|"usage"\s*:\s*\{|"error"\s*:\s*["{]|"object"\s*:\s*"error"/;
const mattersBeforeCalls = new RegExp(`${matters.source}|"(?:tool_calls|function_call)"\\s*:\\s*[[{]`);

/** Watches a reply that passes through as it came. */
export class ChatObserver implements ReplyObserver {
  readonly #hideUsage: boolean;
  #content = false;
  #over = false;
  #id: string | null = null;
  #model: string | null = null;
  #word: string | null = null;
  #stopSequence: string | null = null;
  #usage: JsonObject | null = null;
  #toolCalls = false;
  #refusal = false;

  constructor(options: { readonly hideUsage: boolean }) {
    this.#hideUsage = options.hideUsage;
  }

  frame(frame: Frame): { readonly content: boolean; readonly hidden: boolean } {
    const { data } = frame;
    if (this.#over || data.trim() === "") return { content: false, hidden: false };
    if (data.trim() === terminator) {
      this.#over = true;
      return { content: false, hidden: false };
    }
    const pattern = this.#toolCalls ? matters : mattersBeforeCalls;
    if (this.#content && frame.event !== "error" && !pattern.test(data)) return { content: true, hidden: false };
    const chunk = parseChunk(data);
    const error = frame.event === "error" ? errorOfFrame(chunk) : findError(chunk);
    if (error !== null) throw error;
    const usage = this.#readHead(chunk);
    const choices = Array.isArray(chunk.choices) ? chunk.choices.filter(isJsonObject) : [];
    let content = false;
    for (const choice of choices) content = this.#readChoice(choice, choice.delta ?? choice.message) || content;
    this.#content ||= content;
    return { content, hidden: this.#hideUsage && usage && choices.length === 0 };
  }

  whole(body: JsonValue): void {
    if (!isJsonObject(body)) throw malformed("The answer is not an object");
    const error = findError(body);
    if (error !== null) throw error;
    if (!Array.isArray(body.choices)) throw malformed("The answer has no choices");
    this.#readHead(body);
    for (const choice of answerChoices(body.choices)) this.#readChoice(choice, choice.message);
    // A whole answer has ended, whether or not it says why.
    this.#word ??= "stop";
  }

  end(): void {
    if (this.#word === null) throw truncated();
  }

  observation(): Observation {
    const traits = { toolCalls: this.#toolCalls, refusal: this.#refusal, stopSequence: this.#stopSequence };
    const finishReason: FinishReason | null = this.#word === null ? null : decodeFinishReason(this.#word, traits);
    return { id: this.#id, model: this.#model, finishReason, usage: decodeUsage(this.#usage ?? undefined) };
  }

  /** @returns whether the body has a usage */
  #readHead(body: JsonObject): boolean {
    this.#id ??= nonEmpty(body.id);
    this.#model ??= nonEmpty(body.model);
    const usage = findUsage(body);
    if (usage !== null && (this.#usage === null || !isEmptyUsage(usage))) this.#usage = usage;
    return usage !== null;
  }

  /** @returns whether the choice holds content. What becomes of the finish reason depends on the first choice alone. */
  #readChoice(choice: JsonObject, message: JsonValue | undefined): boolean {
    const said = isJsonObject(message) ? message : {};
    const toolCalls = answerCalls(said).length > 0;
    const refusal = nonEmpty(said.refusal) !== null;
    if ((choice.index ?? 0) === 0) {
      this.#toolCalls ||= toolCalls;
      this.#refusal ||= refusal;
      this.#word = nonEmpty(choice.finish_reason) ?? this.#word;
      this.#stopSequence = metStopSequence(choice) ?? this.#stopSequence;
    }
    return toolCalls || refusal || hasContent(said);
  }
}

function hasContent(message: JsonObject): boolean {
  return (
    hasItems(message.content) ||
    hasItems(message.reasoning_content) ||
    hasItems(message.reasoning) ||
    hasItems(message.reasoning_details) ||
    hasItems(message.images) ||
    isJsonObject(message.audio)
  );
}

function hasItems(value: JsonValue | undefined): boolean {
  return (typeof value === "string" || Array.isArray(value)) && value.length > 0;
}
