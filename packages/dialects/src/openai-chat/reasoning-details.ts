import { isJsonObject, type JsonObject, type JsonValue, type ReasoningPart } from "@gw/core";
import { dialectId } from "./dialect-id.ts";
import { keepOptions, ownOptions, unknownFields } from "./part-options.ts";

const known = new Set(["text", "summary", "signature", "data", "id"]);

/**
 * Items of `reasoning_details`, the form that carries reasoning which has to go back: `reasoning.text`, `reasoning.summary`
 * and `reasoning.encrypted`, each with the `format` of whoever can read it.
 *
 * Formats of servers are versioned (`anthropic-claude-v1`) or `unknown`: their items belong to this dialect and go back as
 * they came. Any other format is the id of the dialect that an answer was translated from.
 *
 * @see recordings of OpenRouter, 2025-2026
 */
export function decodeReasoningDetails(items: readonly JsonValue[]): ReasoningPart[] {
  const parts: ReasoningPart[] = [];
  const positions = new Map<string, number>();
  for (const item of items) {
    if (!isJsonObject(item)) continue;
    const part = decodeReasoningDetail(item);
    if (part.origin === dialectId) {
      parts.push(part);
      continue;
    }
    // What one part of another dialect held was spread over several items of the same index.
    const key = `${part.origin} ${JSON.stringify(item.index)}`;
    const position = positions.get(key);
    const earlier = position === undefined ? undefined : parts[position];
    if (position === undefined || earlier === undefined) {
      positions.set(key, parts.length);
      parts.push(part);
    } else {
      parts[position] = { ...earlier, ...part, text: earlier.text + part.text };
    }
  }
  return parts;
}

/**
 * The proof in an item that says again what was streamed as plain text, which the gateway's own streams do: it goes back as it
 * came to the server that gave it.
 */
export function decodeProof(item: JsonObject): ReasoningPart {
  return { ...decodeReasoningDetail(item, true), text: "" };
}

function decodeReasoningDetail(item: JsonObject, own = !isForeignDetail(item)): ReasoningPart {
  return {
    type: "reasoning",
    text: detailText(item),
    origin: own ? dialectId : (item.format as string),
    ...(typeof item.signature === "string" && { signature: item.signature }),
    ...(typeof item.data === "string" && { sealed: item.data }),
    ...(typeof item.id === "string" && { id: item.id }),
    ...(own && keepOptions(unknownFields(item, known))),
  };
}

/** The readable text of an item. */
export function detailText(item: JsonObject): string {
  if (typeof item.text === "string") return item.text;
  return typeof item.summary === "string" ? item.summary : "";
}

/** Whether an item came of another dialect's answer, and means nothing to a server of this one. */
export function isForeignDetail(item: JsonObject): boolean {
  return typeof item.format === "string" && !isServerFormat(item.format);
}

function isServerFormat(format: string): boolean {
  return format === "unknown" || format === dialectId || /-v\d+$/.test(format);
}

/** Whether a part holds anything that plain text cannot carry. */
export function needsDetails(part: ReasoningPart): boolean {
  return (
    part.signature !== undefined ||
    part.sealed !== undefined ||
    part.id !== undefined ||
    Object.keys(ownOptions(part)).length > 0
  );
}

/** The items of one part. `index` numbers the reasoning parts of a message. */
export function encodeReasoningDetails(part: ReasoningPart, index: number): JsonObject[] {
  const id = part.id === undefined ? {} : { id: part.id };
  if (part.origin === dialectId) {
    const options = ownOptions(part);
    const type =
      options.type ?? (part.text === "" && part.sealed !== undefined ? "reasoning.encrypted" : "reasoning.text");
    const readable = type === "reasoning.encrypted" ? part.text !== "" : true;
    return [
      {
        type,
        ...(readable && { [type === "reasoning.summary" ? "summary" : "text"]: part.text }),
        ...(part.signature !== undefined && { signature: part.signature }),
        ...(part.sealed !== undefined && { data: part.sealed }),
        ...id,
        index,
        ...options,
      },
    ];
  }
  const items: JsonObject[] = [];
  if (part.text !== "" || part.sealed === undefined) {
    items.push({
      type: "reasoning.text",
      text: part.text,
      ...(part.signature !== undefined && { signature: part.signature }),
      ...id,
      format: part.origin,
      index,
    });
  }
  if (part.sealed !== undefined) {
    items.push({ type: "reasoning.encrypted", data: part.sealed, ...id, format: part.origin, index });
  }
  return items;
}

/** The reasoning of a message: its items, and its plain text where the items do not repeat it. */
export function messageReasoning(message: JsonObject): ReasoningPart[] {
  const parts = Array.isArray(message.reasoning_details) ? decodeReasoningDetails(message.reasoning_details) : [];
  if (parts.some((part) => part.text !== "")) return parts;
  const text = plainReasoning(message);
  return text === "" ? parts : [{ type: "reasoning", text, origin: dialectId }, ...parts];
}

/** The plain reasoning text of a message or delta, under either of its two names. */
export function plainReasoning(message: JsonObject): string {
  if (typeof message.reasoning_content === "string" && message.reasoning_content !== "")
    return message.reasoning_content;
  return typeof message.reasoning === "string" ? message.reasoning : "";
}
