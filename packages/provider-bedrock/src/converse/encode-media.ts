import {
  type AudioPart,
  type DocumentPart,
  GatewayError,
  type ImagePart,
  type JsonObject,
  type MediaSource,
  type VideoPart,
} from "@gw/core";
import { base64FromText } from "../base64.ts";

/** Media types by the format's name for them. @see @aws-sdk/client-bedrock-runtime 3.1162 */
const formats: Readonly<Record<"image" | "document" | "audio" | "video", Readonly<Record<string, string>>>> = {
  image: { "image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/gif": "gif", "image/webp": "webp" },
  document: {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
  },
  audio: {
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/opus": "opus",
    "audio/aac": "aac",
    "audio/mp4": "m4a",
    "audio/webm": "webm",
  },
  video: {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/x-flv": "flv",
    "video/mpeg": "mpeg",
    "video/x-ms-wmv": "wmv",
    "video/3gpp": "three_gp",
  },
};

type Medium = ImagePart | AudioPart | VideoPart;

/**
 * An image, audio or video as `{format, source}`.
 * @throws {GatewayError} `unsupported_capability` for another format, or bytes that are neither here nor in S3.
 */
export function encodeMedium(part: Medium): JsonObject {
  const { type, source } = part;
  return { [type]: { format: formatOf(type, source), source: encodeSource(type, source) } };
}

/** @throws {GatewayError} as {@link encodeMedium} does. */
export function encodeDocument(part: DocumentPart, name: string): JsonObject {
  const { source, context } = part;
  const isText = source.type === "text";
  return {
    document: {
      // Recorded 2026: a text needs its format too.
      format: isText ? "txt" : formatOf("document", source),
      name,
      source: isText ? { bytes: base64FromText(source.text) } : encodeSource("document", source),
      ...(context !== undefined && { context }),
    },
  };
}

function formatOf(type: keyof typeof formats, source: MediaSource): string {
  const known = formats[type];
  const mediaType = "mediaType" in source ? source.mediaType?.split(";")[0]?.trim().toLowerCase() : undefined;
  const byName = source.type === "url" ? (/\.([a-z0-9]+)$/i.exec(source.url)?.[1]?.toLowerCase() ?? "") : "";
  const format = mediaType === undefined ? Object.values(known).find((name) => name === byName) : known[mediaType];
  if (format === undefined) throw cannotCarry(`${type} of type ${mediaType ?? "unknown"}`);
  return format;
}

/** Nothing is fetched for a request but from S3. @see @aws-sdk/client-bedrock-runtime 3.1162 `ImageSource` */
function encodeSource(type: string, source: MediaSource): JsonObject {
  if (source.type === "base64") return { bytes: source.data };
  if (source.type === "url" && source.url.startsWith("s3://")) return { s3Location: { uri: source.url } };
  throw cannotCarry(`${type} whose bytes are not in the request`);
}

/** `unsupported_capability` for what no block of the format can hold. */
export function cannotCarry(what: string): GatewayError {
  return new GatewayError("unsupported_capability", `A message of this format cannot carry: ${what}`, {
    param: "messages",
  });
}
