import { GatewayError, isJsonObject, type JsonObject, type JsonValue, type TextRequest } from "@gw/core";
import { readObject } from "../read-json.ts";
import type { DecodedRequest, EncodedRequest } from "../text-dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequest } from "./encode-request.ts";
import { errorInBody } from "./errors.ts";
import type { GeminiQuirks } from "./quirks.ts";
import { splitFields } from "./wire-fields.ts";

/**
 * A `countTokens` body for a whole request, system instruction and tools included.
 *
 * @throws {GatewayError} as `gemini.encodeRequest` does
 */
export function encodeGeminiCountTokens(request: TextRequest, quirks?: GeminiQuirks): EncodedRequest {
  const { body, notes } = encodeRequest(request, quirks);
  return { body: { generateContentRequest: { model: `models/${request.model}`, ...body } }, notes };
}

/** @throws {GatewayError} the vendor's error when the body is one; `reply_malformed` when it holds no count */
export function decodeGeminiCountTokens(body: JsonValue): { readonly inputTokens: number } {
  const error = errorInBody(body);
  if (error !== null) throw error;
  if (!isJsonObject(body)) throw new GatewayError("reply_malformed", "The count of tokens is missing");
  // protobuf leaves out a 0.
  const total = body.totalTokens ?? 0;
  if (typeof total !== "number") throw new GatewayError("reply_malformed", "The count of tokens is no number");
  return { inputTokens: total };
}

/**
 * Reads a caller's `countTokens` body: `contents` alone, or a whole `generateContentRequest`.
 *
 * @throws {GatewayError} `invalid_request` with the path of the field in `param`
 */
export function decodeGeminiCountTokensRequest(body: JsonValue, url: { readonly model: string }): DecodedRequest {
  const { known, rest } = splitFields(readObject(body, "body") ?? {}, ["generateContentRequest"]);
  const inner = readObject(known.generateContentRequest, "generateContentRequest");
  return decodeRequest(inner ?? rest, { model: url.model, stream: false });
}

/** The answer to a caller's `countTokens`. */
export function encodeGeminiCountTokensResult(inputTokens: number): JsonObject {
  return { totalTokens: inputTokens };
}
