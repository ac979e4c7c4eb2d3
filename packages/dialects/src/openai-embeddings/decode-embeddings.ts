import {
  type EmbedRequest,
  type EmbedResult,
  GatewayError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Usage,
  unknownUsage,
} from "@gw/core";
import { findError } from "../openai-chat/errors.ts";
import { readEnum, readInteger, readObject, readString, required, wrongType } from "../read-json.ts";
import { dialectId } from "./dialect-id.ts";
import { decodeFloats } from "./float-base64.ts";

/** How a caller wants the numbers: as JSON numbers, or as base64 of little-endian 32-bit floats. */
export type EmbeddingEncoding = "float" | "base64";

/** What a caller's body says. */
export interface DecodedEmbedRequest {
  readonly request: EmbedRequest;
  readonly encodingFormat: EmbeddingEncoding;
}

const knownFields = new Set(["model", "input", "dimensions", "encoding_format", "user"]);

/** @throws {GatewayError} `invalid_request` with the path of the field. */
export function decodeRequest(value: JsonValue): DecodedEmbedRequest {
  const body = required(readObject(value, "body"), "body");
  const dimensions = readInteger(body.dimensions, "dimensions");
  const user = readString(body.user, "user");
  const others = Object.entries(body).filter(([key, field]) => field !== null && !knownFields.has(key));
  return {
    request: {
      model: required(readString(body.model, "model") || undefined, "model"),
      input: decodeInput(body.input),
      ...(dimensions !== undefined && { dimensions }),
      ...(user !== undefined && { user }),
      ...(others.length > 0 && {
        providerOptions: { [dialectId]: Object.fromEntries(others) as Record<string, JsonValue> },
      }),
    },
    encodingFormat: readEnum(body.encoding_format, "encoding_format", ["float", "base64"]) ?? "float",
  };
}

function decodeInput(input: JsonValue | undefined): (string | number[])[] {
  const expected = "a string, or an array of strings or token ids";
  if (input === undefined || input === null) throw wrongType("input", expected);
  if (typeof input === "string") return [input];
  if (!Array.isArray(input) || input.length === 0) throw wrongType("input", `${expected}, not empty`);
  if (isTokens(input)) return [input];
  return input.map((item, index) => {
    if (typeof item === "string" || isTokens(item)) return item;
    throw wrongType(`input[${index}]`, "a string or an array of token ids");
  });
}

function isTokens(value: JsonValue): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => Number.isSafeInteger(item));
}

/** @throws {GatewayError} `reply_malformed`; or the vendor's error when the body is one. */
export function decodeResult(body: JsonValue): EmbedResult {
  if (!isJsonObject(body)) throw malformed("The answer is not an object");
  const error = findError(body);
  if (error !== null) throw error;
  if (!Array.isArray(body.data)) throw malformed("The answer has no data");
  const embeddings: number[][] = [];
  body.data.forEach((item, position) => {
    const index = isJsonObject(item) && typeof item.index === "number" ? item.index : position;
    embeddings[index] = decodeVector(isJsonObject(item) ? item.embedding : undefined);
  });
  if (embeddings.length !== body.data.length || embeddings.includes(undefined as never)) {
    throw malformed("The answer's indexes leave gaps");
  }
  return {
    model: typeof body.model === "string" && body.model !== "" ? body.model : null,
    embeddings,
    usage: decodeUsage(body.usage),
  };
}

function decodeVector(value: JsonValue | undefined): number[] {
  const numbers = typeof value === "string" ? decodeFloats(value) : value;
  if (Array.isArray(numbers) && numbers.length > 0 && numbers.every((item) => typeof item === "number")) return numbers;
  throw malformed("An embedding is neither numbers nor base64 of floats");
}

/** The usage of an answer; some servers only give the total. */
export function decodeUsage(value: JsonValue | undefined): Usage {
  if (!isJsonObject(value)) return unknownUsage;
  return { ...unknownUsage, inputTokens: tokens(value, "prompt_tokens") ?? tokens(value, "total_tokens"), raw: value };
}

function tokens(usage: JsonObject, field: string): number | null {
  const count = usage[field];
  return typeof count === "number" && count >= 0 ? count : null;
}

/** `reply_malformed`, with what was wrong. */
export function malformed(message: string): GatewayError {
  return new GatewayError("reply_malformed", message);
}
