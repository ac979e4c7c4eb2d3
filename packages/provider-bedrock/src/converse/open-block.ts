import { isJsonObject, type JsonObject, type JsonValue, type TextEvent } from "@gw/core";
import { callHead, imagePart, isCallersCall } from "./decode-result.ts";
import { dialectId } from "./dialect-id.ts";

/** A content block that is being streamed. */
export interface OpenBlock {
  /** A call that the caller has to run. */
  readonly isCall: boolean;
  start(): TextEvent[];
  delta(delta: JsonObject): TextEvent[];
  stop(): TextEvent[];
}

/**
 * Follows one block.
 *
 * @param begin what announced it, or else its first delta
 * @param index of the part that it becomes
 * @returns `null` for a delta that says nothing, so that no block begins with it
 */
export function openBlock(begin: JsonObject, index: number): OpenBlock | null {
  const { text, citation, reasoningContent, toolUse, toolResult, image } = begin;
  if (text === "" || Object.keys(begin).length === 0) return null;
  if (text !== undefined || citation !== undefined) return textBlock(index);
  if (isJsonObject(reasoningContent)) return reasoningContent.text === "" ? null : reasoningBlock(index);
  if (isJsonObject(toolUse))
    return isCallersCall(toolUse) ? toolUseBlock(toolUse, index) : serverToolBlock(toolUse, index);
  if (isJsonObject(image)) return imageBlock(image, index);
  return isJsonObject(toolResult) ? toolResultBlock(toolResult, index) : unknownBlock(begin, index);
}

function textBlock(index: number): OpenBlock {
  const citations: JsonValue[] = [];
  return {
    isCall: false,
    start: () => [{ type: "text-start", index }],
    delta: ({ text, citation }) => {
      if (citation !== undefined) citations.push(citation);
      return typeof text === "string" && text !== "" ? [{ type: "text-delta", index, text }] : [];
    },
    stop: () => [
      { type: "text-end", index, ...(citations.length > 0 && { providerOptions: { [dialectId]: { citations } } }) },
    ],
  };
}

function reasoningBlock(index: number): OpenBlock {
  let signature = "";
  let sealed = "";
  return {
    isCall: false,
    start: () => [{ type: "reasoning-start", index, origin: dialectId }],
    delta: ({ reasoningContent }) => {
      if (!isJsonObject(reasoningContent)) return [];
      const { text } = reasoningContent;
      signature += textOf(reasoningContent.signature);
      sealed += textOf(reasoningContent.redactedContent);
      return typeof text === "string" && text !== "" ? [{ type: "reasoning-delta", index, text }] : [];
    },
    stop: () => [
      { type: "reasoning-end", index, ...(signature !== "" && { signature }), ...(sealed !== "" && { sealed }) },
    ],
  };
}

function toolUseBlock(toolUse: JsonObject, index: number): OpenBlock {
  return {
    isCall: true,
    start: () => [{ type: "tool-call-start", index, ...callHead(toolUse, index) }],
    delta: (delta) => {
      const json = inputOf(delta);
      return json === "" ? [] : [{ type: "tool-call-delta", index, arguments: json }];
    },
    stop: () => [{ type: "tool-call-end", index }],
  };
}

/** A call that the vendor runs itself, whole. */
function serverToolBlock(toolUse: JsonObject, index: number): OpenBlock {
  let json = "";
  return wholeBlock(
    index,
    (delta) => {
      json += inputOf(delta);
    },
    () => ({ toolUse: { ...toolUse, input: parseInput(json) } }),
  );
}

function toolResultBlock(toolResult: JsonObject, index: number): OpenBlock {
  const content: JsonValue[] = [];
  return wholeBlock(
    index,
    (delta) => {
      if (Array.isArray(delta.toolResult)) content.push(...delta.toolResult);
    },
    () => ({ toolResult: { ...toolResult, content } }),
  );
}

/** A block of a kind that is not known yet: its pieces, in their order, which nobody could send back as one block. */
function unknownBlock(begin: JsonObject, index: number): OpenBlock {
  const pieces: JsonValue[] = [];
  return wholeBlock(
    index,
    (delta) => {
      pieces.push(delta);
    },
    () => ({ begin, pieces }),
    `${dialectId}-stream`,
  );
}

function wholeBlock(
  index: number,
  take: (delta: JsonObject) => void,
  value: () => JsonObject,
  origin = dialectId,
): OpenBlock {
  return {
    isCall: false,
    start: () => [],
    delta: (delta) => {
      take(delta);
      return [];
    },
    stop: () => [{ type: "part", index, part: { type: "opaque", origin, value: value() } }],
  };
}

/** @see @aws-sdk/client-bedrock-runtime 3.1162 `ImageBlockStart`, `ImageBlockDelta`; not recorded */
function imageBlock({ format }: JsonObject, index: number): OpenBlock {
  let bytes = "";
  return {
    isCall: false,
    start: () => [],
    delta: ({ image }) => {
      if (isJsonObject(image) && isJsonObject(image.source)) bytes += textOf(image.source.bytes);
      return [];
    },
    stop: () => [{ type: "part", index, part: imagePart(format, bytes) }],
  };
}

function inputOf({ toolUse }: JsonObject): string {
  return isJsonObject(toolUse) ? textOf(toolUse.input) : "";
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** A cut answer can end within the input; the text is kept then. */
function parseInput(json: string): JsonValue {
  try {
    return json === "" ? {} : (JSON.parse(json) as JsonValue);
  } catch {
    return json;
  }
}
