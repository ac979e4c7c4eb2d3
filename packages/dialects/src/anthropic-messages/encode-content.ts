import {
  type AssistantPart,
  type DocumentPart,
  GatewayError,
  type ImagePart,
  isJsonObject,
  type JsonObject,
  type MediaSource,
  type OpaquePart,
  type Part,
  type ReasoningPart,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
  type UserPart,
} from "@gw/core";
import type { NoteList } from "../note-list.ts";
import { encodeSource, ownOptions } from "./block-fields.ts";
import { encodeCacheControl } from "./cache-marks.ts";
import { dialectId } from "./dialect-id.ts";
import type { AnthropicToolIds } from "./tool-ids.ts";

/** What the blocks of one request share while they are written. */
export interface Writing {
  readonly notes: NoteList;
  readonly ids: AnthropicToolIds;
}

/** True for text that the format refuses to carry. @see home-assistant/core#175637 of 2026-07-04 */
export function isBlankText(block: JsonObject): boolean {
  return block.type === "text" && typeof block.text === "string" && block.text.trim() === "";
}

/** @throws {GatewayError} `unsupported_capability` for what the format has no block for. */
export function encodeInstruction(part: TextPart | OpaquePart): JsonObject {
  return part.type === "text" ? encodeText(part) : encodeOpaque(part);
}

/** @throws {GatewayError} `unsupported_capability` for audio, video, and blocks of another dialect. */
export function encodeUserPart(part: UserPart, writing: Writing): JsonObject {
  switch (part.type) {
    case "text":
      return encodeText(part);
    case "image":
      return encodeImage(part, writing);
    case "document":
      return encodeDocument(part);
    case "opaque":
      return encodeOpaque(part);
    default:
      throw cannotCarry(part.type);
  }
}

/**
 * A block of the model's earlier words, or `null` for what only its origin may read again.
 *
 * @throws {GatewayError} `unsupported_capability` for media: an assistant's turn has none in this format.
 */
export function encodeAssistantPart(part: AssistantPart, writing: Writing): JsonObject | null {
  switch (part.type) {
    case "text":
      return encodeText(part);
    case "refusal":
      return { type: "text", text: part.text };
    case "reasoning":
      return encodeReasoning(part, writing);
    case "tool-call":
      return encodeToolCall(part, writing);
    case "opaque":
      if (part.origin === dialectId) return encodeOpaque(part);
      writing.notes.dropped("messages.content", `only ${part.origin} has it`);
      return null;
    default:
      throw cannotCarry(part.type);
  }
}

/**
 * The result of a call, followed by what has to stand beside it: an error's content may only be text.
 * @see vellum-ai/vellum-assistant#18387 of 2026-03-17: "all content must be type `text` if `is_error` is true"
 */
export function encodeToolResult(
  part: ToolResultPart,
  writing: Writing,
): { readonly result: JsonObject; readonly beside: JsonObject[] } {
  const content = part.content.map((item) => encodeUserPart(item, writing)).filter((block) => !isBlankText(block));
  const textOnly = part.isError === true && content.some((block) => block.type !== "text");
  if (textOnly) writing.notes.mapped("messages.content", "media of a failed tool call stand beside its result");
  const kept = textOnly ? content.filter((block) => block.type === "text") : content;
  return {
    result: {
      ...ownOptions(part),
      type: "tool_result",
      tool_use_id: writing.ids.forResult(part.toolCallId),
      ...(kept.length > 0 && { content: kept }),
      ...(part.isError !== undefined && { is_error: part.isError }),
      ...mark(part),
    },
    beside: textOnly ? content.filter((block) => block.type !== "text") : [],
  };
}

function encodeText(part: TextPart): JsonObject {
  return { ...ownOptions(part), type: "text", text: part.text, ...mark(part) };
}

function encodeImage(part: ImagePart, writing: Writing): JsonObject {
  if (part.source.type === "text") throw cannotCarry("image as text");
  if (part.detail !== undefined && part.detail !== "auto") {
    writing.notes.dropped("messages.detail", "images have no level of detail");
  }
  return { ...ownOptions(part), type: "image", source: encodeSource(part.source), ...mark(part) };
}

function encodeDocument(part: DocumentPart): JsonObject {
  const title = part.title ?? part.filename;
  return {
    ...ownOptions(part),
    type: "document",
    source: encodeSource(documentSource(part.source)),
    ...(title !== undefined && { title }),
    ...(part.context !== undefined && { context: part.context }),
    ...mark(part),
  };
}

/** Bytes may only be those of a PDF; any text has a source of its own. */
function documentSource(source: MediaSource): MediaSource {
  if (source.type !== "base64" || source.mediaType === "application/pdf") return source;
  if (!source.mediaType.startsWith("text/")) throw cannotCarry(`document of type ${source.mediaType}`);
  try {
    const bytes = Uint8Array.from(atob(source.data), (char) => char.charCodeAt(0));
    return { type: "text", text: new TextDecoder().decode(bytes) };
  } catch (cause) {
    throw new GatewayError("invalid_request", "A document's data is not base64", { param: "messages", cause });
  }
}

/** Thinking of this format goes back as it came; what has lost its proof would be refused. */
function encodeReasoning(part: ReasoningPart, writing: Writing): JsonObject | null {
  if (part.cacheControl !== undefined) writing.notes.dropped("messages.cacheControl", "thinking takes no cache mark");
  if (part.origin !== dialectId) {
    writing.notes.dropped("messages.reasoning", `only ${part.origin} can read it`);
    return null;
  }
  if (part.sealed !== undefined) return { ...ownOptions(part), type: "redacted_thinking", data: part.sealed };
  if (part.signature !== undefined) {
    return { ...ownOptions(part), type: "thinking", thinking: part.text, signature: part.signature };
  }
  writing.notes.dropped("messages.reasoning", "it has no signature");
  return null;
}

function encodeToolCall(part: ToolCallPart, writing: Writing): JsonObject {
  return {
    ...ownOptions(part),
    type: "tool_use",
    id: writing.ids.forCall(part.id),
    name: part.name,
    input: anthropicToolInput(part.arguments, () =>
      writing.notes.mapped("messages.arguments", "no JSON object; sent as _raw"),
    ),
    ...mark(part),
  };
}

/**
 * Arguments as the object that this format wants. Text that is none (a cut call, a model's slip) is wrapped, so that the
 * model still sees what it wrote: `{"_raw": "<text>"}`.
 */
export function anthropicToolInput(text: string, onWrapped?: () => void): JsonObject {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Not JSON: wrapped below.
  }
  onWrapped?.();
  return { _raw: text };
}

function encodeOpaque(part: OpaquePart): JsonObject {
  if (part.origin !== dialectId || !isJsonObject(part.value)) throw cannotCarry(`block of ${part.origin}`);
  return { ...part.value };
}

function mark(part: Part): { cache_control?: JsonObject } {
  return part.cacheControl === undefined ? {} : { cache_control: encodeCacheControl(part.cacheControl) };
}

function cannotCarry(what: string): GatewayError {
  return new GatewayError("unsupported_capability", `A message of this format cannot carry: ${what}`, {
    param: "messages",
  });
}
