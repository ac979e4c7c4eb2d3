import {
  type AssistantPart,
  GatewayError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type TextResult,
  type ToolCallPart,
} from "@gw/core";
import { parseDataUrl } from "../data-url.ts";
import { dialectId } from "./dialect-id.ts";
import { findError } from "./errors.ts";
import { decodeFinishReason, traitsOf } from "./finish-reason.ts";
import { keepOptions, unknownFields } from "./part-options.ts";
import { messageReasoning } from "./reasoning-details.ts";
import { AnswerCallIds } from "./tool-call-ids.ts";
import { decodeCallSignature } from "./tool-call-signature.ts";
import { decodeUsage, findUsage } from "./usage.ts";

const answerFields = new Set(["id", "object", "created", "model", "choices", "usage", "error", "obfuscation", "p"]);
/** The fields of a tool call that this codec reads. */
export const callFields = new Set(["id", "type", "index", "function", "extra_content"]);

/**
 * Reads a whole answer, as tolerantly as servers are free with the format. Of several choices the first counts; entries of
 * one index are one answer.
 *
 * @throws {GatewayError} the vendor's error when the body is one; `reply_malformed` when it is no answer.
 */
export function decodeResult(body: JsonValue): TextResult {
  if (!isJsonObject(body)) throw malformed("The answer is not an object");
  const error = findError(body);
  if (error !== null) throw error;
  const choices = answerChoices(body.choices);
  const [first] = choices;
  if (first === undefined) throw malformed("The answer has no choices");
  const id = nonEmpty(body.id);
  const ids = new AnswerCallIds();
  const content = choices.flatMap((choice) => {
    return isJsonObject(choice.message) ? decodeMessage(choice.message, id, ids) : [];
  });
  const word = lastWord(choices);
  const stopSequence = metStopSequence(first);
  const logprobs = first.logprobs;
  return {
    id,
    model: nonEmpty(body.model),
    content,
    finishReason: decodeFinishReason(word, traitsOf(content, stopSequence)),
    rawFinishReason: word,
    stopSequence,
    usage: decodeUsage(findUsage(body) ?? undefined),
    ...(isJsonObject(logprobs) && { logprobs }),
    ...answerMetadata(body),
  };
}

/** The entries of `choices` that are the first answer. */
export function answerChoices(choices: JsonValue | undefined): JsonObject[] {
  if (!Array.isArray(choices)) return [];
  const entries = choices.filter(isJsonObject);
  const index = entries[0]?.index ?? 0;
  return entries.filter((choice) => (choice.index ?? 0) === index);
}

function lastWord(choices: readonly JsonObject[]): string | null {
  let word: string | null = null;
  for (const choice of choices) word = nonEmpty(choice.finish_reason) ?? word;
  return word;
}

/**
 * The stop sequence, where the server tells.
 * @see https://github.com/vllm-project/vllm/pull/2976 (2024-03-26): `stop_reason` is the sequence, or a token's number
 */
export function metStopSequence(choice: JsonObject): string | null {
  return nonEmpty(choice.stop_reason);
}

/** The answer's own fields that no other dialect has. */
export function answerMetadata(body: JsonObject): Pick<TextResult, "providerMetadata"> {
  const fields = unknownFields(body, answerFields) as Record<string, JsonValue>;
  return Object.keys(fields).length === 0 ? {} : { providerMetadata: { [dialectId]: fields } };
}

function decodeMessage(message: JsonObject, answerId: string | null, ids: AnswerCallIds): AssistantPart[] {
  const parts: AssistantPart[] = [...messageReasoning(message), ...decodeAnswerContent(message.content)];
  if (Array.isArray(message.annotations) && message.annotations.length > 0) annotate(parts, message.annotations);
  const refusal = nonEmpty(message.refusal);
  if (refusal !== null) parts.push({ type: "refusal", text: refusal });
  parts.push(...decodeImages(message.images));
  let position = 0;
  for (const call of answerCalls(message)) {
    parts.push(decodeAnswerCall(call, answerId, position, ids));
    position += 1;
  }
  if (isJsonObject(message.audio)) {
    parts.push({ type: "opaque", origin: dialectId, value: { message: { audio: message.audio } } });
  }
  return parts;
}

/** The text and thinking of `content`: a string, or a list of blocks. */
export function decodeAnswerContent(content: JsonValue | undefined): AssistantPart[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  if (!Array.isArray(content)) return [];
  return content.filter(isJsonObject).flatMap(decodeAnswerBlock);
}

/** @see recordings of Mistral, 2026: `thinking` blocks before the text. */
function decodeAnswerBlock(block: JsonObject): AssistantPart[] {
  switch (block.type) {
    case "text":
      return typeof block.text === "string" && block.text !== "" ? [{ type: "text", text: block.text }] : [];
    case "thinking": {
      const text = thinkingText(block.thinking);
      return text === "" ? [] : [{ type: "reasoning", text, origin: dialectId }];
    }
    default:
      return [{ type: "opaque", origin: dialectId, value: { content: block } }];
  }
}

function thinkingText(thinking: JsonValue | undefined): string {
  if (typeof thinking === "string") return thinking;
  if (!Array.isArray(thinking)) return "";
  return thinking.map((item) => (isJsonObject(item) && typeof item.text === "string" ? item.text : "")).join("");
}

function annotate(parts: AssistantPart[], annotations: JsonValue[]): void {
  const position = parts.findLastIndex((part) => part.type === "text");
  const part = parts[position];
  if (part === undefined) parts.push({ type: "text", text: "", ...keepOptions({ annotations }) });
  else parts[position] = { ...part, ...keepOptions({ annotations }) };
}

/** Images that the model made, as some servers give them beside the content. */
export function decodeImages(images: JsonValue | undefined): AssistantPart[] {
  if (!Array.isArray(images)) return [];
  return images.filter(isJsonObject).flatMap((image): AssistantPart[] => {
    const url = isJsonObject(image.image_url) ? nonEmpty(image.image_url.url) : null;
    if (url === null) return [];
    const bytes = parseDataUrl(url);
    return [{ type: "image", source: bytes === null ? { type: "url", url } : { type: "base64", ...bytes } }];
  });
}

/** The calls of a message or delta; a call of the old form stands for one without an id. */
export function answerCalls(message: JsonObject): JsonObject[] {
  if (Array.isArray(message.tool_calls)) return message.tool_calls.filter(isJsonObject);
  if (isJsonObject(message.function_call)) return [{ index: 0, function: message.function_call }];
  return [];
}

function decodeAnswerCall(
  call: JsonObject,
  answerId: string | null,
  position: number,
  ids: AnswerCallIds,
): AssistantPart {
  if (!isJsonObject(call.function)) return { type: "opaque", origin: dialectId, value: { tool_call: call } };
  const part: ToolCallPart = {
    type: "tool-call",
    id: ids.take(nonEmpty(call.id) ?? "", answerId, position),
    name: nonEmpty(call.function.name) ?? "",
    arguments: argumentsText(call.function.arguments) || "{}",
    ...decodeCallSignature(call.extra_content),
    ...keepOptions(unknownFields(call, callFields)),
  };
  return part;
}

/** The arguments as text: some servers give the object itself. */
export function argumentsText(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

/** A string that says something. */
export function nonEmpty(value: JsonValue | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** `reply_malformed`. */
export function malformed(message: string): GatewayError {
  return new GatewayError("reply_malformed", message);
}
