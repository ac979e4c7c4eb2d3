import {
  type AudioPart,
  type DocumentPart,
  GatewayError,
  type ImagePart,
  type JsonObject,
  type ParamNote,
  type ToolResultPart,
  type UserPart,
} from "@gw/core";
import { toDataUrl } from "../data-url.ts";
import { mapped } from "../option-notes.ts";
import { openAIResponsesId, ownOptions } from "./dialect-id.ts";

type ContentPart = UserPart | ToolResultPart["content"][number];

/**
 * The content of a user or system message or of a tool result: plain text as a string, anything else as a list.
 *
 * @param path what to name in an error
 * @throws {GatewayError} `unsupported_capability` for media and blocks that the format has no word for
 */
export function encodeContent(parts: readonly ContentPart[], path: string, notes: ParamNote[]): JsonObject[] | string {
  const content = parts.map((part) => encodePart(part, path, notes));
  const [only] = content;
  const plain =
    content.length <= 1 && (only === undefined || Object.keys(only).every((key) => key === "type" || key === "text"));
  if (!plain) return content;
  return typeof only?.text === "string" ? only.text : "";
}

function encodePart(part: ContentPart, path: string, notes: ParamNote[]): JsonObject {
  const { message: _message, role: _role, ...fields } = ownOptions(part);
  switch (part.type) {
    case "text":
      return { type: "input_text", text: part.text, ...fields };
    case "image":
      return { ...encodeImage(part, path), ...fields };
    case "document":
      return { ...encodeDocument(part, notes), ...fields };
    case "audio":
      return encodeAudio(part, path);
    case "video":
      throw unsupported("The format has no video input", path);
    case "opaque":
      if (part.origin !== openAIResponsesId) throw unsupported(`Only ${part.origin} has this content`, path);
      return part.value as JsonObject;
  }
}

function encodeImage({ source, detail }: ImagePart, path: string): JsonObject {
  const image = { type: "input_image", ...(detail !== undefined && { detail }) };
  switch (source.type) {
    case "base64":
      return { ...image, image_url: toDataUrl(source.mediaType, source.data) };
    case "url":
      return { ...image, image_url: source.url };
    case "file":
      return { ...image, file_id: source.id };
    case "text":
      throw unsupported("Text is no image", path);
  }
}

/** A file with data must have a name. Text documents are sent as text: not every host reads other files than PDF. */
function encodeDocument({ source, filename, title, context }: DocumentPart, notes: ParamNote[]): JsonObject {
  if (title !== undefined || context !== undefined)
    notes.push({ param: "messages.document", outcome: "dropped", detail: "title and context of a document" });
  switch (source.type) {
    case "base64": {
      const name = filename ?? (source.mediaType === "application/pdf" ? "document.pdf" : "document");
      return { type: "input_file", filename: name, file_data: toDataUrl(source.mediaType, source.data) };
    }
    case "url":
      return { type: "input_file", file_url: source.url, ...(filename !== undefined && { filename }) };
    case "file":
      return { type: "input_file", file_id: source.id, ...(filename !== undefined && { filename }) };
    case "text":
      notes.push(mapped("messages.document", "a text document became text"));
      return { type: "input_text", text: source.text };
  }
}

function encodeAudio({ source }: AudioPart, path: string): JsonObject {
  if (source.type !== "base64") throw unsupported("Audio must be given as bytes", path);
  const format = audioFormats[source.mediaType.toLowerCase()];
  if (format === undefined) throw unsupported(`Audio must be WAV or MP3, not ${source.mediaType}`, path);
  return { type: "input_audio", input_audio: { data: source.data, format } };
}

const audioFormats: Readonly<Record<string, string>> = {
  "audio/wav": "wav",
  "audio/wave": "wav",
  "audio/x-wav": "wav",
  "audio/mpeg": "mp3",
  "audio/mp3": "mp3",
};

/** `unsupported_capability` for what the format cannot carry. */
export function unsupported(message: string, path: string): GatewayError {
  return new GatewayError("unsupported_capability", message, { param: path });
}
