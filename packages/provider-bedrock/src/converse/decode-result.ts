import {
  type AssistantPart,
  GatewayError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type TextResult,
} from "@gw/core";
import { decodeEnding, otherFields } from "./answer.ts";
import { dialectId } from "./dialect-id.ts";

/** A vendor's whole answer. @throws {GatewayError} `reply_malformed` */
export function decodeResult(body: JsonValue): TextResult {
  const message = isJsonObject(body) && isJsonObject(body.output) ? body.output.message : undefined;
  if (
    !isJsonObject(body) ||
    typeof body.stopReason !== "string" ||
    !isJsonObject(message) ||
    !Array.isArray(message.content)
  ) {
    throw new GatewayError("reply_malformed", "The vendor's answer has no content or no stopReason");
  }
  const content = message.content.flatMap((block, position) => {
    if (isJsonObject(block)) return decodeBlock(block, position);
    throw new GatewayError("reply_malformed", "A block of the vendor's answer is not an object");
  });
  const wire = {
    stopReason: body.stopReason,
    usage: body.usage,
    rest: otherFields(body, ["output", "stopReason", "usage"]),
  };
  return {
    id: null,
    model: null,
    content,
    ...decodeEnding(
      wire,
      content.some((part) => part.type === "tool-call"),
    ),
  };
}

/** A block as a part; an empty text is none. What has no word elsewhere stays as it is. */
function decodeBlock(block: JsonObject, position: number): AssistantPart[] {
  const { text, toolUse, reasoningContent, citationsContent, image } = block;
  if (typeof text === "string") return text === "" ? [] : [{ type: "text", text }];
  if (isJsonObject(toolUse) && isCallersCall(toolUse)) return [toolCall(toolUse, position)];
  const reasoning = isJsonObject(reasoningContent) ? decodeReasoning(reasoningContent) : null;
  if (reasoning !== null) return [reasoning];
  if (isJsonObject(citationsContent) && Array.isArray(citationsContent.content)) {
    return [citedText(citationsContent.content, citationsContent.citations)];
  }
  if (isJsonObject(image) && isJsonObject(image.source) && typeof image.source.bytes === "string") {
    return [imagePart(image.format, image.source.bytes)];
  }
  return [{ type: "opaque", origin: dialectId, value: block }];
}

/** False for a tool that the vendor runs itself. @see @aws-sdk/client-bedrock-runtime 3.1162 `ToolUseType` */
export function isCallersCall(toolUse: JsonObject): boolean {
  return toolUse.type !== "server_tool_use";
}

/** The id and name of a call; an id is made up from its position where the model gives none. */
export function callHead(toolUse: JsonObject, position: number): { readonly id: string; readonly name: string } {
  const { toolUseId, name } = toolUse;
  return {
    id: typeof toolUseId === "string" && toolUseId !== "" ? toolUseId : `call_${position}`,
    name: typeof name === "string" ? name : "",
  };
}

/** An image of the model's making. */
export function imagePart(format: JsonValue | undefined, bytes: string): AssistantPart {
  return { type: "image", source: { type: "base64", mediaType: `image/${format ?? "png"}`, data: bytes } };
}

function toolCall(toolUse: JsonObject, position: number): AssistantPart {
  return { type: "tool-call", ...callHead(toolUse, position), arguments: JSON.stringify(toolUse.input ?? {}) };
}

function decodeReasoning({ reasoningText, redactedContent }: JsonObject): AssistantPart | null {
  if (typeof redactedContent === "string")
    return { type: "reasoning", text: "", origin: dialectId, sealed: redactedContent };
  if (!isJsonObject(reasoningText)) return null;
  const { text, signature } = reasoningText;
  return {
    type: "reasoning",
    text: typeof text === "string" ? text : "",
    origin: dialectId,
    ...(typeof signature === "string" && { signature }),
  };
}

function citedText(content: JsonValue[], citations: JsonValue | undefined): AssistantPart {
  const text = content
    .map((piece) => (isJsonObject(piece) && typeof piece.text === "string" ? piece.text : ""))
    .join("");
  return {
    type: "text",
    text,
    ...(Array.isArray(citations) && citations.length > 0 && { providerOptions: { [dialectId]: { citations } } }),
  };
}
