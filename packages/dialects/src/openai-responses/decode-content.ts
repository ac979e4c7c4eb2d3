import {
  type AudioPart,
  type DocumentPart,
  type ImagePart,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MediaSource,
  type OpaquePart,
  type TextPart,
} from "@gw/core";
import { parseDataUrl } from "../data-url.ts";
import { readEnum, readObject, readString, required, wrongType } from "../read-json.ts";
import { furtherFields, openAIResponsesId, withOwnOptions } from "./dialect-id.ts";

/** What a content part of a user message or of a tool result can be. */
export type InputPart = TextPart | ImagePart | DocumentPart | AudioPart | OpaquePart;

/**
 * The content of a message or tool result: text, or a list of parts.
 *
 * @throws {GatewayError} `invalid_request`
 */
export function decodeContent(value: JsonValue | undefined, path: string): InputPart[] {
  if (typeof value === "string") return [{ type: "text", text: value }];
  if (!Array.isArray(value)) throw wrongType(path, "a string or an array");
  return value.map((part, position) => decodePart(part, `${path}[${position}]`));
}

function decodePart(part: JsonValue, path: string): InputPart {
  if (!isJsonObject(part)) throw wrongType(path, "an object");
  switch (required(readString(part.type, `${path}.type`), `${path}.type`)) {
    case "input_text":
    case "output_text":
    case "text":
      return {
        type: "text",
        text: required(readString(part.text, `${path}.text`), `${path}.text`),
        ...withOwnOptions(furtherFields(part, ["type", "text"])),
      };
    case "input_image":
      return decodeImage(part, path);
    case "input_file":
      return decodeFile(part, path);
    case "input_audio":
      return decodeAudio(part, path);
    default:
      return { type: "opaque", origin: openAIResponsesId, value: part, ...withOwnOptions({ message: {} }) };
  }
}

const details = ["low", "high", "auto", "original"] as const;

function decodeImage(part: JsonObject, path: string): ImagePart {
  const url = readString(part.image_url, `${path}.image_url`);
  const file = readString(part.file_id, `${path}.file_id`);
  const detail = readEnum(part.detail, `${path}.detail`, details);
  if (url === undefined && file === undefined) throw wrongType(path, "an image with image_url or file_id");
  return {
    type: "image",
    source: url === undefined ? { type: "file", id: file as string } : urlSource(url),
    ...(detail !== undefined && { detail }),
    ...withOwnOptions(furtherFields(part, ["type", "image_url", "file_id", "detail"])),
  };
}

function decodeFile(part: JsonObject, path: string): DocumentPart {
  const data = readString(part.file_data, `${path}.file_data`);
  const url = readString(part.file_url, `${path}.file_url`);
  const file = readString(part.file_id, `${path}.file_id`);
  const filename = readString(part.filename, `${path}.filename`);
  let source: MediaSource;
  if (data !== undefined) source = fileSource(data, filename);
  else if (url !== undefined) source = { type: "url", url };
  else if (file !== undefined) source = { type: "file", id: file };
  else throw wrongType(path, "a file with file_data, file_url or file_id");
  return {
    type: "document",
    source,
    ...(filename !== undefined && { filename }),
    ...withOwnOptions(furtherFields(part, ["type", "file_data", "file_url", "file_id", "filename"])),
  };
}

const audioTypes = { wav: "audio/wav", mp3: "audio/mpeg" } as const;

function decodeAudio(part: JsonObject, path: string): AudioPart {
  const audio = required(readObject(part.input_audio, `${path}.input_audio`), `${path}.input_audio`);
  const data = required(readString(audio.data, `${path}.input_audio.data`), `${path}.input_audio.data`);
  const format = required(
    readEnum(audio.format, `${path}.input_audio.format`, ["wav", "mp3"] as const),
    `${path}.input_audio.format`,
  );
  return { type: "audio", source: { type: "base64", mediaType: audioTypes[format], data } };
}

function urlSource(url: string): MediaSource {
  const inline = parseDataUrl(url);
  return inline === null ? { type: "url", url } : { type: "base64", ...inline };
}

/** File data is a data URL, or bare base64 whose kind only the file's name tells. */
function fileSource(data: string, filename: string | undefined): MediaSource {
  const inline = parseDataUrl(data);
  if (inline !== null) return { type: "base64", ...inline };
  const mediaType = /\.pdf$/i.test(filename ?? ".pdf") ? "application/pdf" : "application/octet-stream";
  return { type: "base64", mediaType, data };
}
