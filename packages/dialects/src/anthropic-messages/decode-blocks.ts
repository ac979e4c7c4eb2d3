import type {
  AssistantPart,
  DocumentPart,
  ImagePart,
  JsonObject,
  JsonValue,
  OpaquePart,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  UserPart,
} from "@gw/core";
import { readArray, readBoolean, readObject, readString, required, wrongType } from "../read-json.ts";
import { openEnvelope, type WireEnvelope } from "../wire-envelope.ts";
import { otherFields, readBlock, readCarried, readSource } from "./block-fields.ts";
import { dialectId } from "./dialect-id.ts";

/** Signatures of tool calls that came in blocks of their own, by tool call id. */
type CallSignatures = Map<string, NonNullable<ToolCallPart["signature"]>>;

/** Content as blocks: text alone stands for one text block. */
export function readBlocks(content: JsonValue | undefined, path: string): JsonValue[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : required(readArray(content, path), path);
}

/** The text blocks of instructions. */
export function decodeSystemBlocks(blocks: readonly JsonValue[], path: string): (TextPart | OpaquePart)[] {
  return blocks.map((value, index) => {
    const block = readBlock(value, `${path}.${index}`);
    return block.type === "text" ? decodeText(block, `${path}.${index}`) : opaque(block);
  });
}

/** The blocks of a user message, with tool results apart: the neutral types give them a message of their own. */
export function decodeUserBlocks(
  blocks: readonly JsonValue[],
  path: string,
  toolNames: ReadonlyMap<string, string>,
): { readonly results: ToolResultPart[]; readonly parts: UserPart[] } {
  const results: ToolResultPart[] = [];
  const parts: UserPart[] = [];
  for (const [index, value] of blocks.entries()) {
    const at = `${path}.${index}`;
    const block = readBlock(value, at);
    if (block.type === "tool_result") results.push(decodeToolResult(block, at, toolNames));
    else parts.push(decodeInputBlock(block, at));
  }
  return { results, parts };
}

function decodeInputBlock(block: JsonObject, path: string): TextPart | ImagePart | DocumentPart | OpaquePart {
  switch (block.type) {
    case "text":
      return decodeText(block, path);
    case "image":
      return decodeImage(block, path);
    case "document":
      return decodeDocument(block, path);
    default:
      return opaque(block);
  }
}

function decodeToolResult(block: JsonObject, path: string, toolNames: ReadonlyMap<string, string>): ToolResultPart {
  const toolCallId = required(readString(block.tool_use_id, `${path}.tool_use_id`), `${path}.tool_use_id`);
  const toolName = toolNames.get(toolCallId);
  const isError = readBoolean(block.is_error, `${path}.is_error`);
  const content = readBlocks(block.content ?? [], `${path}.content`);
  return {
    type: "tool-result",
    toolCallId,
    ...(toolName !== undefined && { toolName }),
    content: content.map((value, index) =>
      decodeInputBlock(readBlock(value, `${path}.content.${index}`), `${path}.content.${index}`),
    ),
    ...(isError !== undefined && { isError }),
    ...readCarried(block, ["type", "tool_use_id", "content", "is_error"], path),
  };
}

/**
 * The blocks of an assistant message in a caller's history. What the gateway sealed into them for other dialects is opened.
 *
 * @throws {GatewayError} `invalid_request` with the path in `param`
 */
export function decodeHistoryBlocks(values: readonly JsonValue[], path: string): AssistantPart[] {
  const blocks = values.map((value, index) => readBlock(value, `${path}.${index}`));
  const signatures = callSignatures(blocks);
  const parts: AssistantPart[] = [];
  for (const [index, block] of blocks.entries()) {
    const envelope = envelopeIn(block);
    if (envelope?.kind === "tool-call") continue;
    if (envelope?.kind === "reasoning") {
      const { kind: _kind, ...sealed } = envelope;
      parts.push({ type: "reasoning", text: typeof block.thinking === "string" ? block.thinking : "", ...sealed });
      continue;
    }
    const part = decodeAssistantBlock(block, `${path}.${index}`);
    const signature = part.type === "tool-call" ? signatures.get(part.id) : undefined;
    parts.push(signature === undefined ? part : ({ ...part, signature } as ToolCallPart));
  }
  return parts;
}

/**
 * The blocks of a vendor's answer.
 *
 * @param madeUpId the id of a call that came without one
 * @throws {GatewayError} `invalid_request` with the path in `param`
 */
export function decodeAnswerBlocks(
  values: readonly JsonValue[],
  path: string,
  madeUpId: (position: number) => string,
): AssistantPart[] {
  return values.map((value, index) => {
    const at = `${path}.${index}`;
    const block = readBlock(value, at);
    return decodeAssistantBlock(block.type === "tool_use" && !block.id ? { ...block, id: madeUpId(index) } : block, at);
  });
}

function decodeAssistantBlock(block: JsonObject, path: string): AssistantPart {
  switch (block.type) {
    case "text":
      return decodeText(block, path);
    case "thinking":
      return decodeThinking(block, path);
    case "redacted_thinking":
      return decodeRedactedThinking(block, path);
    case "tool_use":
      return decodeToolUse(block, path);
    case "image":
      return decodeImage(block, path);
    default:
      return opaque(block);
  }
}

/** What the gateway sealed into a thinking block, or `null` for the format's own. */
export function envelopeIn(block: JsonObject): WireEnvelope | null {
  const slot = block.type === "thinking" ? block.signature : block.type === "redacted_thinking" ? block.data : null;
  return typeof slot === "string" ? openEnvelope(slot) : null;
}

function callSignatures(blocks: readonly JsonObject[]): CallSignatures {
  const signatures: CallSignatures = new Map();
  for (const block of blocks) {
    const envelope = envelopeIn(block);
    if (envelope?.kind !== "tool-call") continue;
    signatures.set(envelope.toolCallId, { origin: envelope.origin, value: envelope.signature });
  }
  return signatures;
}

function decodeText(block: JsonObject, path: string): TextPart {
  const text = required(readString(block.text, `${path}.text`), `${path}.text`);
  return { type: "text", text, ...readCarried(block, ["type", "text"], path) };
}

function decodeThinking(block: JsonObject, path: string): ReasoningPart {
  const text = required(readString(block.thinking, `${path}.thinking`), `${path}.thinking`);
  const signature = readString(block.signature, `${path}.signature`);
  return {
    type: "reasoning",
    text,
    origin: dialectId,
    ...(signature && { signature }),
    ...readCarried(block, ["type", "thinking", "signature"], path),
  };
}

function decodeRedactedThinking(block: JsonObject, path: string): ReasoningPart {
  const data = required(readString(block.data, `${path}.data`), `${path}.data`);
  return {
    type: "reasoning",
    text: "",
    origin: dialectId,
    sealed: data,
    ...readCarried(block, ["type", "data"], path),
  };
}

function decodeToolUse(block: JsonObject, path: string): ToolCallPart {
  const id = readString(block.id, `${path}.id`);
  if (!id) throw wrongType(`${path}.id`, "a tool call id");
  return {
    type: "tool-call",
    id,
    name: required(readString(block.name, `${path}.name`), `${path}.name`),
    arguments: JSON.stringify(readObject(block.input, `${path}.input`) ?? {}),
    ...readCarried(block, ["type", "id", "name", "input"], path),
  };
}

function decodeImage(block: JsonObject, path: string): ImagePart | OpaquePart {
  const source = sourceOf(block, path);
  if (source === null || source.type === "text") return opaque(block);
  return { type: "image", source, ...readCarried(block, ["type", "source"], path) };
}

function decodeDocument(block: JsonObject, path: string): DocumentPart | OpaquePart {
  const source = sourceOf(block, path);
  if (source === null) return opaque(block);
  const title = readString(block.title, `${path}.title`);
  const context = readString(block.context, `${path}.context`);
  return {
    type: "document",
    source,
    ...(title !== undefined && { title }),
    ...(context !== undefined && { context }),
    ...readCarried(block, ["type", "source", "title", "context"], path),
  };
}

const sourceFields = ["type", "media_type", "data", "url", "file_id"];

/** `null` where the neutral types would lose something of the source. */
function sourceOf(block: JsonObject, path: string) {
  const source = required(readObject(block.source, `${path}.source`), `${path}.source`);
  return Object.keys(otherFields(source, sourceFields)).length > 0 ? null : readSource(source, `${path}.source`);
}

/** A block that goes back unchanged to this format and nowhere else. */
function opaque(block: JsonObject): OpaquePart {
  return { type: "opaque", origin: dialectId, value: block };
}
