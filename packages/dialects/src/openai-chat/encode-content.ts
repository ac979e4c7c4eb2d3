import {
  type AudioPart,
  type CacheControl,
  type DocumentPart,
  GatewayError,
  type ImagePart,
  type JsonObject,
  type OpaquePart,
  type ParamNote,
  type TextPart,
  type UserPart,
} from "@gw/core";
import { toDataUrl } from "../data-url.ts";
import { dropped, mapped } from "../option-notes.ts";
import { dialectId } from "./dialect-id.ts";
import { ownOptions } from "./part-options.ts";
import type { OpenAIChatQuirks } from "./quirks.ts";

/** What encoding a conversation needs and reports. */
export interface EncodeScope {
  readonly quirks: OpenAIChatQuirks;
  readonly notes: ParamNote[];
}

const audioFormats: Readonly<Record<string, string>> = {
  "audio/wav": "wav",
  "audio/x-wav": "wav",
  "audio/wave": "wav",
  "audio/mpeg": "mp3",
  "audio/mp3": "mp3",
};

/** Reports the same thing once, however often it happens. */
export function noteOnce(notes: ParamNote[], note: ParamNote): void {
  if (!notes.some(({ param, detail }) => param === note.param && detail === note.detail)) notes.push(note);
}

/** The fields of the message that its first part carries. */
export function messageFields(parts: readonly UserPart[]): JsonObject {
  const fields = parts[0] === undefined ? undefined : ownOptions(parts[0]).message;
  return typeof fields === "object" && fields !== null && !Array.isArray(fields) ? fields : {};
}

/**
 * Content of a system, user or tool message: a string where one text says it all, else blocks.
 *
 * @throws {GatewayError} `unsupported_capability` for what the format has no block for.
 */
export function encodeContent(parts: readonly UserPart[], scope: EncodeScope): string | JsonObject[] {
  const blocks = parts.map((part) => encodeBlock(part, scope));
  const [only] = blocks;
  if (only === undefined) return "";
  return blocks.length === 1 && isPlainText(only) ? only.text : blocks;
}

/** True for a text block that says no more than its text. */
export function isPlainText(block: JsonObject): block is { type: "text"; text: string } {
  return block.type === "text" && Object.keys(block).length === 2;
}

function encodeBlock(part: UserPart, scope: EncodeScope): JsonObject {
  const extras = { ...encodePartCacheControl(part.cacheControl, scope), ...blockOptions(part) };
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text, ...extras };
    case "image":
      return { type: "image_url", image_url: imageUrl(part), ...extras };
    case "audio":
      return { type: "input_audio", input_audio: inputAudio(part), ...extras };
    case "document":
      return { ...encodeDocument(part, scope), ...extras };
    case "opaque":
      return ownBlock(part);
    case "video":
      throw unsupported("video");
  }
}

/** `cache_control` where the server understands it; else the mark is reported as dropped. */
export function encodePartCacheControl(control: CacheControl | undefined, scope: EncodeScope): JsonObject {
  if (control === undefined) return {};
  if (scope.quirks.cacheControl === true) return { cache_control: encodeCacheControl(control) };
  noteOnce(scope.notes, dropped("messages.cacheControl", "the server caches by itself or not at all"));
  return {};
}

/** The wire form of a cache breakpoint. */
export function encodeCacheControl(control: CacheControl): JsonObject {
  return { type: "ephemeral", ...(control.ttl !== undefined && { ttl: control.ttl }) };
}

/** A text block of an assistant message; annotations only belong to answers. */
export function encodeAssistantText(part: TextPart, scope: EncodeScope): JsonObject {
  const { annotations: _annotations, ...options } = blockOptions(part);
  return { type: "text", text: part.text, ...encodePartCacheControl(part.cacheControl, scope), ...options };
}

function blockOptions(part: UserPart): JsonObject {
  const { message: _message, ...options } = ownOptions(part);
  return options;
}

function ownBlock(part: OpaquePart): JsonObject {
  if (
    part.origin === dialectId &&
    typeof part.value === "object" &&
    part.value !== null &&
    !Array.isArray(part.value)
  ) {
    return part.value;
  }
  throw unsupported(`content that only ${part.origin} has`);
}

function imageUrl(part: ImagePart): JsonObject {
  const { source } = part;
  const detail = part.detail === undefined ? {} : { detail: part.detail };
  if (source.type === "base64") return { url: toDataUrl(source.mediaType, source.data), ...detail };
  if (source.type === "url") return { url: source.url, ...detail };
  throw unsupported("an image by file id");
}

function inputAudio(part: AudioPart): JsonObject {
  const { source } = part;
  if (source.type !== "base64") throw unsupported("audio by URL or file id");
  const subtype = source.mediaType.slice(source.mediaType.indexOf("/") + 1);
  return { data: source.data, format: audioFormats[source.mediaType] ?? subtype };
}

function encodeDocument(part: DocumentPart, scope: EncodeScope): JsonObject {
  if (part.title !== undefined || part.context !== undefined) {
    noteOnce(scope.notes, dropped("messages.document", "a document has no title or context"));
  }
  const { source } = part;
  switch (source.type) {
    case "file":
      return { type: "file", file: { file_id: source.id, ...(part.filename && { filename: part.filename }) } };
    case "base64": {
      const extension = source.mediaType.slice(source.mediaType.indexOf("/") + 1);
      const filename = part.filename ?? `document.${extension}`;
      return { type: "file", file: { filename, file_data: toDataUrl(source.mediaType, source.data) } };
    }
    case "text":
      noteOnce(scope.notes, mapped("messages.document", "sent as text"));
      return { type: "text", text: source.text };
    case "url":
      throw unsupported("a document by URL");
  }
}

/** `unsupported_capability` for content that the format cannot carry. */
function unsupported(what: string): GatewayError {
  return new GatewayError("unsupported_capability", `Chat completions take no ${what}`, { param: "messages" });
}
