import {
  type AudioPart,
  type DocumentPart,
  GatewayError,
  type ImagePart,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MediaSource,
  type Part,
  type VideoPart,
} from "@gw/core";
import { readObject, readString, required } from "../read-json.ts";
import { plainBase64, splitFields } from "./wire-fields.ts";

/** A part whose content is a file, in whatever place it is kept. */
export type MediaPart = ImagePart | AudioPart | VideoPart | DocumentPart;

/** Sets this dialect's own fields of a part; none for an empty object. */
export function ownOptions(fields: JsonObject): { providerOptions?: { gemini: JsonObject } } {
  return Object.keys(fields).length === 0 ? {} : { providerOptions: { gemini: fields } };
}

/** Puts this dialect's own fields of a part back beside and into what is written for it. */
export function withOwnOptions(wire: JsonObject, options: Part["providerOptions"]): JsonObject {
  const own = options?.gemini;
  if (own === undefined) return wire;
  const merged: JsonObject = { ...own, ...wire };
  for (const [name, value] of Object.entries(own)) {
    const written = wire[name];
    if (isJsonObject(value) && isJsonObject(written)) merged[name] = { ...value, ...written };
  }
  return merged;
}

/**
 * Reads a caller's `inlineData` or `fileData`.
 *
 * @param extra unknown fields of the part that holds it
 * @throws {GatewayError} `invalid_request`
 */
export function decodeMedia(
  name: "inlineData" | "fileData",
  value: JsonValue | undefined,
  path: string,
  extra: JsonObject,
): MediaPart {
  const { known, rest } = splitFields(required(readObject(value, path), path), ["mimeType", "data", "fileUri"]);
  const mediaType = readString(known.mimeType, `${path}.mimeType`);
  const own = ownOptions({ ...extra, ...(Object.keys(rest).length > 0 && { [name]: rest }) });
  if (name === "inlineData") {
    const data = plainBase64(required(readString(known.data, `${path}.data`), `${path}.data`));
    const type = required(mediaType, `${path}.mimeType`);
    return { ...mediaPart(type, { type: "base64", mediaType: type, data }), ...own };
  }
  const uri = required(readString(known.fileUri, `${path}.fileUri`), `${path}.fileUri`);
  return { ...mediaPart(mediaType ?? typeOfUri(uri), fileSource(uri, mediaType)), ...own };
}

/** A part whose kind follows from its media type; anything that is no image, sound or film is a document. */
export function mediaPart(mediaType: string | undefined, source: MediaSource): MediaPart {
  if (mediaType?.startsWith("image/")) return { type: "image", source };
  if (mediaType?.startsWith("audio/")) return { type: "audio", source };
  if (mediaType?.startsWith("video/")) return { type: "video", source };
  return { type: "document", source };
}

// Files that only this vendor's own storage can resolve.
const vendorFile = /^gs:\/\/|^files\/|^https:\/\/generativelanguage\.googleapis\.com\//;

function fileSource(uri: string, mediaType: string | undefined): MediaSource {
  const type = mediaType === undefined ? {} : { mediaType };
  return vendorFile.test(uri) ? { type: "file", id: uri, ...type } : { type: "url", url: uri, ...type };
}

/**
 * Writes media as `inlineData`, `fileData`, or text for a document that is plain text. A URL's media type is guessed from its
 * ending and left to the vendor where that says nothing.
 *
 * @throws {GatewayError} `unsupported_capability` for a file id of another vendor
 */
export function encodeMedia(part: MediaPart): JsonObject {
  const { source } = part;
  switch (source.type) {
    case "base64":
      return withOwnOptions({ inlineData: { mimeType: source.mediaType, data: source.data } }, part.providerOptions);
    case "url":
      return fileData(source.url, source.mediaType ?? typeOfUri(source.url), part);
    case "file":
      if (vendorFile.test(source.id)) return fileData(source.id, source.mediaType ?? typeOfUri(source.id), part);
      throw new GatewayError("unsupported_capability", "The file belongs to another vendor's file API", {
        param: "messages",
      });
    case "text":
      return withOwnOptions({ text: source.text }, part.providerOptions);
  }
}

function fileData(fileUri: string, mimeType: string | undefined, part: MediaPart): JsonObject {
  return withOwnOptions({ fileData: { ...(mimeType !== undefined && { mimeType }), fileUri } }, part.providerOptions);
}

const typeOfEnding: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  heic: "image/heic",
  heif: "image/heif",
  pdf: "application/pdf",
  txt: "text/plain",
  csv: "text/csv",
  html: "text/html",
  md: "text/markdown",
  mp3: "audio/mpeg",
  wav: "audio/wav",
  flac: "audio/flac",
  ogg: "audio/ogg",
  aac: "audio/aac",
  m4a: "audio/mp4",
  mp4: "video/mp4",
  mov: "video/quicktime",
  webm: "video/webm",
  mpeg: "video/mpeg",
};

function typeOfUri(uri: string): string | undefined {
  const ending = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(uri)?.[1];
  return ending === undefined ? undefined : typeOfEnding[ending.toLowerCase()];
}
