import { type AssistantPart, isJsonObject, type JsonObject, type JsonValue, type ReasoningPart } from "@gw/core";
import { furtherFields, openAIResponsesId, withOwnOptions } from "./dialect-id.ts";

/** Where an item stands, for the id of a call that has none. */
export interface ItemPlace {
  readonly responseId: string | null;
  readonly outputIndex: number;
}

/**
 * The parts of an item that a model wrote: one for each content part of a message, else one.
 *
 * Items without a neutral word (calls of tools that the vendor runs, custom tool calls, compaction) are opaque. `status` is
 * not kept: it is `completed` on every item that can be sent back.
 */
export function decodeItem(item: JsonObject, place: ItemPlace): AssistantPart[] {
  switch (item.type) {
    case "message":
      return decodeMessage(item);
    case "reasoning":
      return [decodeReasoning(item)];
    case "function_call":
      return [
        {
          type: "tool-call",
          id: callIdOf(item, place),
          name: textOr(item.name),
          arguments: textOr(item.arguments) || "{}",
          ...withOwnOptions(furtherFields(item, ["type", "status", "call_id", "name", "arguments"])),
        },
      ];
    default:
      return [{ type: "opaque", origin: openAIResponsesId, value: item }];
  }
}

/** The id that ties a call to its result; never empty. */
export function callIdOf(item: JsonObject, place: ItemPlace): string {
  const own = textOr(item.call_id) || textOr(item.id);
  return own || `call_${place.responseId ?? textOr(item.name)}_${place.outputIndex}`;
}

function decodeMessage(item: JsonObject): AssistantPart[] {
  const around = furtherFields(item, ["type", "role", "status", "content"]);
  const message = Object.keys(around).length > 0 ? { message: around } : {};
  const content = typeof item.content === "string" ? [{ type: "output_text", text: item.content }] : item.content;
  return contentParts(content).map((part): AssistantPart => {
    switch (part.type) {
      case "output_text":
      case "input_text":
      case "text":
        return {
          type: "text",
          text: textOr(part.text),
          ...withOwnOptions({ ...furtherFields(part, ["type", "text"]), ...message }),
        };
      case "refusal":
        return {
          type: "refusal",
          text: textOr(part.refusal),
          ...withOwnOptions({ ...furtherFields(part, ["type", "refusal"]), ...message }),
        };
      default:
        return { type: "opaque", origin: openAIResponsesId, value: part, ...withOwnOptions({ message: around }) };
    }
  });
}

function decodeReasoning(item: JsonObject): ReasoningPart {
  const summary = contentParts(item.summary);
  const content = contentParts(item.content);
  const texts = [...summary, ...content].map((part) => textOr(part.text)).filter((text) => text !== "");
  const divided = content.length > 0 || summary.length > 1;
  return {
    type: "reasoning",
    text: texts.join(reasoningDivider),
    origin: openAIResponsesId,
    ...(textOr(item.id) !== "" && { id: textOr(item.id) }),
    ...(textOr(item.encrypted_content) !== "" && { sealed: textOr(item.encrypted_content) }),
    ...withOwnOptions({
      ...furtherFields(item, ["type", "id", "status", "encrypted_content", "summary", "content"]),
      ...(divided && { summary, content }),
    }),
  };
}

/** What stands between the parts of a summary where they become one text. */
export const reasoningDivider = "\n\n";

function contentParts(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textOr(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
