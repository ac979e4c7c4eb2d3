import { GatewayError, isJsonObject, type JsonObject, type JsonValue, type TextRequest } from "@gw/core";
import type { EncodedRequest } from "../text-dialect.ts";
import { encodeRequest } from "./encode-request.ts";
import { errorInBody } from "./errors.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";

/** Fields of a request that counting its tokens refuses. @see @anthropic-ai/sdk 1.10 `MessageCountTokensParams` */
const notCounted = new Set([
  "max_tokens",
  "stream",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "metadata",
  "service_tier",
  "container",
  "inference_geo",
]);

/**
 * The body that asks how many tokens a request has.
 * @throws {GatewayError} `unsupported_capability` for content that cannot be said in this format
 */
export function encodeCountTokens(request: TextRequest, quirks?: AnthropicMessagesQuirks): EncodedRequest {
  const { body, notes } = encodeRequest(request, { stream: false }, quirks);
  return { body: Object.fromEntries(Object.entries(body).filter(([key]) => !notCounted.has(key))), notes };
}

/** The count in a vendor's answer. @throws {GatewayError} `reply_malformed`, or the vendor's error when the body is one */
export function decodeCountTokens(body: JsonValue): { readonly inputTokens: number } {
  const error = errorInBody(body);
  if (error !== null) throw error;
  if (!isJsonObject(body) || typeof body.input_tokens !== "number") {
    throw new GatewayError("reply_malformed", "The vendor's count has no input_tokens");
  }
  return { inputTokens: body.input_tokens };
}

/** The answer to a caller who asked for a count. */
export function encodeCountTokensResult(inputTokens: number): JsonObject {
  return { input_tokens: inputTokens };
}
