import type { CacheControl, JsonObject, JsonValue, MediaSource, TextPart, UserPart } from "@gw/core/types";
import { parseDataUrl } from "../data-url.ts";
import { readEnum, readObject, readString, required, wrongType } from "../read-json.ts";
import { dialectId } from "./dialect-id.ts";
import { keepOptions, unknownFields } from "./part-options.ts";

const textFields = new Set(["type", "text", "cache_control"]);
const imageFields = new Set(["type", "image_url", "cache_control"]);
const audioFields = new Set(["type", "input_audio", "cache_control"]);
const fileFields = new Set(["type", "file", "cache_control"]);
const mediaTypeOfFormat: Readonly<Record<string, string>> = { wav: "audio/wav", mp3: "audio/mpeg" };

/** The content of a user or tool message: a string, or a list of blocks of which unknown ones stay opaque. */
export function decodeContent(content: JsonValue | undefined, path: string): UserPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (content === undefined || content === null) return [];
  if (!Array.isArray(content)) throw wrongType(path, "a string or an array");
  return content.map((block, index) => {
    const at = `${path}[${index}]`;
    return decodeBlock(required(readObject(block, at), at), at);
  });
}

function decodeBlock(block: JsonObject, path: string): UserPart {
  const type = required(readString(block.type, `${path}.type`), `${path}.type`);
  switch (type) {
    case "text":
      return decodeTextBlock(block, path);
    case "image_url":
      return decodeImage(block, path);
    case "input_audio":
      return decodeAudio(block, path);
    case "file":
      return decodeFile(block, path);
    default:
      return { type: "opaque", origin: dialectId, value: block };
  }
}

/** A block of type `text`. */
export function decodeTextBlock(block: JsonObject, path: string): TextPart {
  return {
    type: "text",
    text: required(readString(block.text, `${path}.text`), `${path}.text`),
    ...decodeCacheControl(block.cache_control, `${path}.cache_control`),
    ...keepOptions(unknownFields(block, textFields)),
  };
}

/** `cache_control` of a block, a tool or the whole request. */
export function decodeCacheControl(value: JsonValue | undefined, path: string): { cacheControl?: CacheControl } {
  const control = readObject(value, path);
  if (control === undefined) return {};
  const ttl = readEnum(control.ttl, `${path}.ttl`, ["5m", "1h"]);
  return { cacheControl: ttl === undefined ? {} : { ttl } };
}

function decodeImage(block: JsonObject, path: string): UserPart {
  const at = `${path}.image_url`;
  // Some formats close to this one write the URL itself.
  const image = typeof block.image_url === "string" ? { url: block.image_url } : readObject(block.image_url, at);
  const url = required(readString(required(image, at).url, `${at}.url`), `${at}.url`);
  const detail = readEnum(image?.detail, `${at}.detail`, ["low", "high", "auto", "original"]);
  return {
    type: "image",
    source: urlSource(url, `${at}.url`),
    ...(detail !== undefined && { detail }),
    ...decodeCacheControl(block.cache_control, `${path}.cache_control`),
    ...keepOptions(unknownFields(block, imageFields)),
  };
}

function urlSource(url: string, path: string): MediaSource {
  const bytes = parseDataUrl(url);
  if (bytes !== null) return { type: "base64", ...bytes };
  if (/^data:/i.test(url)) throw wrongType(path, "an https URL or a data URL in base64");
  return { type: "url", url };
}

function decodeAudio(block: JsonObject, path: string): UserPart {
  // A bare string is a dialect of one vendor: bytes or a URL, nobody else can tell.
  if (typeof block.input_audio === "string") return { type: "opaque", origin: dialectId, value: block };
  const at = `${path}.input_audio`;
  const audio = required(readObject(block.input_audio, at), at);
  const format = required(readString(audio.format, `${at}.format`), `${at}.format`);
  return {
    type: "audio",
    source: {
      type: "base64",
      mediaType: mediaTypeOfFormat[format] ?? `audio/${format}`,
      data: required(readString(audio.data, `${at}.data`), `${at}.data`),
    },
    ...decodeCacheControl(block.cache_control, `${path}.cache_control`),
    ...keepOptions(unknownFields(block, audioFields)),
  };
}

function decodeFile(block: JsonObject, path: string): UserPart {
  const at = `${path}.file`;
  const file = required(readObject(block.file, at), at);
  const filename = readString(file.filename, `${at}.filename`);
  return {
    type: "document",
    source: fileSource(file, at),
    ...(filename !== undefined && { filename }),
    ...decodeCacheControl(block.cache_control, `${path}.cache_control`),
    ...keepOptions(unknownFields(block, fileFields)),
  };
}

function fileSource(file: JsonObject, path: string): MediaSource {
  const data = readString(file.file_data, `${path}.file_data`);
  if (data === undefined) {
    return { type: "file", id: required(readString(file.file_id, `${path}.file_id`), `${path}.file_id`) };
  }
  if (/^(?:data|https?):/i.test(data)) return urlSource(data, `${path}.file_data`);
  // Without a data URL nothing says what the bytes are; the format takes PDF alone.
  return { type: "base64", mediaType: "application/pdf", data };
}
