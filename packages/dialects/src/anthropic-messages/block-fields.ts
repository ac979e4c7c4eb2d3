import {
  type CacheControl,
  type DialectId,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MediaSource,
} from "@gw/core";
import { readObject, readString, required, wrongType } from "../read-json.ts";
import { dialectId } from "./dialect-id.ts";

/** What every neutral part may carry beside its content. */
export interface Carried {
  readonly cacheControl?: CacheControl;
  readonly providerOptions?: Readonly<Record<DialectId, JsonObject>>;
}

/** The fields of an object beyond the named ones. `null` and absent mean the same in this format. */
export function otherFields(value: JsonObject, known: readonly string[]): Record<string, JsonValue> {
  const rest: Record<string, JsonValue> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field !== null && field !== undefined && !known.includes(key)) rest[key] = field;
  }
  return rest;
}

/** Fields under this dialect's name, or nothing when there are none. */
export function asProviderOptions(fields: Record<string, JsonValue>): {
  readonly providerOptions?: Record<DialectId, Record<string, JsonValue>>;
} {
  return Object.keys(fields).length === 0 ? {} : { providerOptions: { [dialectId]: fields } };
}

/** The cache breakpoint of a block, and whatever other fields it has beyond `known`. */
export function readCarried(block: JsonObject, known: readonly string[], path: string): Carried {
  const mark = readObject(block.cache_control, `${path}.cache_control`);
  const ttl = mark?.ttl ?? undefined;
  const plain = mark?.type === "ephemeral" && (ttl === undefined || ttl === "5m" || ttl === "1h");
  const rest = otherFields(block, plain ? [...known, "cache_control"] : known);
  return { ...(plain && { cacheControl: ttl === undefined ? {} : { ttl } }), ...asProviderOptions(rest) };
}

/** The fields of a part that only this dialect knows. */
export function ownOptions(part: { readonly providerOptions?: Readonly<Record<DialectId, JsonObject>> }): JsonObject {
  return part.providerOptions?.[dialectId] ?? {};
}

/** Where an image or document is; `null` for a kind of source that the neutral types have no word for. */
export function readSource(value: JsonObject, path: string): MediaSource | null {
  const field = (name: string) => required(readString(value[name], `${path}.${name}`), `${path}.${name}`);
  switch (value.type) {
    case "base64":
      return { type: "base64", mediaType: field("media_type"), data: field("data") };
    case "url":
      return { type: "url", url: field("url") };
    case "file":
      return { type: "file", id: field("file_id") };
    case "text":
      return { type: "text", text: field("data") };
    default:
      return null;
  }
}

/** A block's source on the wire. */
export function encodeSource(source: MediaSource): JsonObject {
  switch (source.type) {
    case "base64":
      return { type: "base64", media_type: source.mediaType, data: source.data };
    case "url":
      return { type: "url", url: source.url };
    case "file":
      return { type: "file", file_id: source.id };
    case "text":
      return { type: "text", media_type: "text/plain", data: source.text };
  }
}

/** A block of a caller or vendor: an object with a type. */
export function readBlock(value: unknown, path: string): JsonObject & { readonly type: string } {
  if (!isJsonObject(value)) throw wrongType(path, "an object");
  required(readString(value.type, `${path}.type`), `${path}.type`);
  return value as JsonObject & { readonly type: string };
}
