import type { AssistantPart, JsonObject, ReasoningPart, ToolCallPart } from "@gw/core/types";
import { sealEnvelope } from "../wire-envelope.ts";
import { openAIResponsesId, ownOptions } from "./dialect-id.ts";

/**
 * The id of a new output item: its own where the vendor's reasoning has one, else made from the answer's id and the item's
 * place, with the prefix that the format gives each kind.
 */
export function outputItemId(part: AssistantPart, answerId: string, outputIndex: number): string {
  if (part.type === "reasoning" && part.origin === openAIResponsesId && part.id) return part.id;
  return `${prefixes[part.type]}_${answerId}_${outputIndex}`;
}

const prefixes = {
  text: "msg",
  refusal: "msg",
  audio: "msg",
  opaque: "msg",
  reasoning: "rs",
  "tool-call": "fc",
  image: "ig",
} as const;

/**
 * The finished item of a part: one item for each, so that a stream and a whole answer agree. `null` for an opaque part of
 * another dialect, for which this one has no word.
 */
export function encodeOutputItem(part: AssistantPart, id: string): JsonObject | null {
  switch (part.type) {
    case "text": {
      const { message, ...fields } = ownOptions(part);
      return messageItem(
        { type: "output_text", annotations: [], logprobs: [], ...fields, text: part.text },
        id,
        message,
      );
    }
    case "refusal":
      return messageItem({ type: "refusal", refusal: part.text }, id, ownOptions(part).message);
    case "audio":
      return messageItem({ type: "output_audio", data: sourceText(part.source), transcript: "" }, id, undefined);
    case "image":
      return { id, type: "image_generation_call", status: "completed", result: sourceText(part.source) };
    case "reasoning":
      return reasoningItem(part, id);
    case "tool-call":
      return {
        id,
        type: "function_call",
        status: "completed",
        arguments: part.arguments,
        call_id: part.id,
        name: part.name,
        ...withoutId(ownOptions(part)),
      };
    case "opaque": {
      if (part.origin !== openAIResponsesId) return null;
      const { message } = ownOptions(part);
      const value = part.value as JsonObject;
      return message === undefined ? { id, ...value } : messageItem(value, id, message);
    }
  }
}

/** The item after a call that carries another vendor's proof of the thinking behind it; `null` when there is none. */
export function signatureItem(part: ToolCallPart, answerId: string, outputIndex: number): JsonObject | null {
  if (part.signature === undefined) return null;
  const { origin, value } = part.signature;
  return {
    id: `rs_${answerId}_${outputIndex}`,
    type: "reasoning",
    summary: [],
    encrypted_content: sealEnvelope({ kind: "tool-call", origin, toolCallId: part.id, signature: value }),
  };
}

function messageItem(content: JsonObject, id: string, message: unknown): JsonObject {
  return { id, type: "message", status: "completed", role: "assistant", ...withoutId(message), content: [content] };
}

/** Readable reasoning is a summary here. What must come back unchanged goes where this format keeps its own. */
function reasoningItem(part: ReasoningPart, id: string): JsonObject {
  return {
    id,
    type: "reasoning",
    summary: part.text === "" ? [] : [{ type: "summary_text", text: part.text }],
    ...sealOf(part),
  };
}

function sealOf(part: ReasoningPart): JsonObject {
  if (part.origin === openAIResponsesId) return part.sealed === undefined ? {} : { encrypted_content: part.sealed };
  const { origin, signature, sealed, id } = part;
  return {
    encrypted_content: sealEnvelope({
      kind: "reasoning",
      origin,
      ...(signature !== undefined && { signature }),
      ...(sealed !== undefined && { sealed }),
      ...(id !== undefined && { id }),
    }),
  };
}

// The vendor's id of an item is not this answer's: a stream has named the item before the id is known.
function withoutId(fields: unknown): JsonObject {
  const { id: _id, ...rest } = (fields ?? {}) as JsonObject;
  return rest;
}

function sourceText(source: Extract<AssistantPart, { type: "image" }>["source"]): string {
  switch (source.type) {
    case "base64":
      return source.data;
    case "url":
      return source.url;
    case "file":
      return source.id;
    case "text":
      return source.text;
  }
}
