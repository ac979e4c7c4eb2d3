import type {
  AssistantPart,
  ImagePart,
  JsonObject,
  JsonValue,
  ReasoningPart,
  TextEnding,
  TextResult,
  ToolCallPart,
} from "@gw/core/types";
import { toDataUrl } from "../data-url.ts";
import type { ReplyContext } from "../text-dialect.ts";
import { opaqueField } from "./decode-messages.ts";
import { dialectId } from "./dialect-id.ts";
import { encodeFinishReason } from "./finish-reason.ts";
import { ownOptions } from "./part-options.ts";
import { encodeReasoningDetails, needsDetails } from "./reasoning-details.ts";
import { encodeCallSignature } from "./tool-call-signature.ts";
import { encodeUsage } from "./usage.ts";

/** What every chunk and every whole answer begins with. */
export function answerHead(context: ReplyContext, object: string, model: string | null): JsonObject {
  return {
    id: `chatcmpl-${context.id}`,
    object,
    created: Math.floor(context.createdAtMs / 1_000),
    model: model ?? context.model,
  };
}

/**
 * Writes a whole answer.
 *
 * Readable reasoning goes into `reasoning_content`; reasoning and calls that have to come back carry what that takes in
 * `reasoning_details` and `extra_content`. Opaque parts of other dialects have no place here.
 */
export function encodeResult(result: TextResult, context: ReplyContext): JsonObject {
  const usage = encodeUsage(result.usage, context);
  const refusal = result.content.some((part) => part.type === "refusal");
  return {
    ...answerHead(context, "chat.completion", result.model),
    ...ownMetadata(result),
    choices: [
      {
        index: 0,
        message: encodeMessage(result.content),
        logprobs: result.logprobs ?? null,
        finish_reason: encodeFinishReason(result.finishReason, refusal),
      },
    ],
    ...(usage !== null && { usage }),
  };
}

/** The fields of an answer that came from a server of this format. */
export function ownMetadata(ending: TextEnding): JsonObject {
  return ending.providerMetadata?.[dialectId] ?? {};
}

function encodeMessage(parts: readonly AssistantPart[]): JsonObject {
  const texts = partsOf(parts, "text").map((part) => part.text);
  const refusals = partsOf(parts, "refusal").map((part) => part.text);
  const reasoning = partsOf(parts, "reasoning");
  const reasoningText = reasoning.map((part) => part.text).join("");
  const details = reasoningDetails(reasoning);
  const annotations = partsOf(parts, "text").flatMap(annotationsOf);
  const images = partsOf(parts, "image").flatMap(encodeImage);
  const calls = encodeCalls(parts);
  return {
    role: "assistant",
    content: texts.length > 0 || (calls.length === 0 && refusals.length === 0) ? texts.join("") : null,
    refusal: refusals.length > 0 ? refusals.join("") : null,
    ...(reasoningText !== "" && { reasoning_content: reasoningText }),
    ...(details.length > 0 && { reasoning_details: details }),
    ...(annotations.length > 0 && { annotations }),
    ...(images.length > 0 && { images }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...messageFields(parts),
  };
}

function partsOf<Type extends AssistantPart["type"]>(
  parts: readonly AssistantPart[],
  type: Type,
): Extract<AssistantPart, { type: Type }>[] {
  return parts.filter((part) => part.type === type) as Extract<AssistantPart, { type: Type }>[];
}

function reasoningDetails(parts: readonly ReasoningPart[]): JsonObject[] {
  return parts.flatMap((part, index) => (needsDetails(part) ? encodeReasoningDetails(part, index) : []));
}

/** The annotations of a text, in this format's own words. */
export function annotationsOf(part: { readonly providerOptions?: Readonly<Record<string, JsonObject>> }): JsonValue[] {
  const annotations = part.providerOptions?.[dialectId]?.annotations;
  return Array.isArray(annotations) ? annotations : [];
}

/** A generated image, in the form that is common beside the format. */
export function encodeImage(part: ImagePart): JsonObject[] {
  const { source } = part;
  if (source.type === "base64") {
    return [{ type: "image_url", image_url: { url: toDataUrl(source.mediaType, source.data) } }];
  }
  return source.type === "url" ? [{ type: "image_url", image_url: { url: source.url } }] : [];
}

function encodeCalls(parts: readonly AssistantPart[]): JsonObject[] {
  return parts.flatMap((part) => {
    if (part.type === "tool-call") return [encodeCall(part)];
    const call = part.type === "opaque" ? opaqueField(part, "tool_call") : null;
    return call === null ? [] : [call];
  });
}

function encodeCall(part: ToolCallPart): JsonObject {
  return {
    id: part.id,
    type: "function",
    function: { name: part.name, arguments: part.arguments },
    ...encodeCallSignature(part),
    ...ownOptions(part),
  };
}

/** Fields of the message itself that a server of this format gave, such as generated audio. */
function messageFields(parts: readonly AssistantPart[]): JsonObject {
  const fields: JsonObject = {};
  for (const part of parts) if (part.type === "opaque") Object.assign(fields, opaqueField(part, "message"));
  return fields;
}
