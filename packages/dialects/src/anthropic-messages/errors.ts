import {
  type ErrorCode,
  type GatewayError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Usage,
  unknownUsage,
} from "@gw/core";
import { errorFromReply, errorInReply } from "../error-reply.ts";
import type { Frame } from "../frame.ts";
import type { ErrorReply } from "../text-dialect.ts";
import { encodeUsage } from "./usage.ts";

/**
 * The field of a conversation that the vendor keeps. The official SDK's tool loop asks for one by itself, and sends the whole
 * history instead once it is refused in the vendor's words.
 *
 * @see @anthropic-ai/sdk 1.10, beta `message-threads-2026-08-12`: `thread_unsupported_request`
 */
export const threadField = "thread";

/**
 * The status that an error type would have had outside a stream.
 * @see https://docs.claude.com/en/api/errors (read 2026-11-29); `ErrorType` in @anthropic-ai/sdk 1.10
 */
const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

const types: Readonly<Record<ErrorCode, string>> = {
  invalid_request: "invalid_request_error",
  model_string_malformed: "invalid_request_error",
  unsupported_parameter: "invalid_request_error",
  unsupported_capability: "invalid_request_error",
  context_length_exceeded: "invalid_request_error",
  content_filtered: "invalid_request_error",
  method_not_allowed: "invalid_request_error",
  invalid_api_key: "authentication_error",
  expired_api_key: "authentication_error",
  authentication_failed: "authentication_error",
  budget_exceeded: "billing_error",
  quota_exhausted: "billing_error",
  permission_denied: "permission_error",
  model_not_found: "not_found_error",
  not_found: "not_found_error",
  request_too_large: "request_too_large",
  rate_limited: "rate_limit_error",
  overloaded: "overloaded_error",
  unavailable: "overloaded_error",
  timed_out: "timeout_error",
  stream_expired: "not_found_error",
  idempotency_conflict: "invalid_request_error",
  aborted: "api_error",
  cancelled: "api_error",
  interrupted: "api_error",
  internal_error: "api_error",
  upstream_failed: "api_error",
  connection_failed: "api_error",
  reply_malformed: "api_error",
  stream_truncated: "api_error",
};

/** An error answer of a vendor as a `GatewayError`; never throws. */
export function decodeError(reply: ErrorReply): GatewayError {
  return errorFromReply(reply);
}

/** The error that a body or event of a good status is, or `null` when it is none. */
export function errorInBody(body: JsonValue | undefined): GatewayError | null {
  if (!isJsonObject(body)) return null;
  if (body.type !== "error" && (body.type !== undefined || body.error === undefined)) return null;
  const type = isJsonObject(body.error) && typeof body.error.type === "string" ? body.error.type : "";
  return errorInReply(Object.hasOwn(statuses, type) ? (statuses[type] as number) : 500, body);
}

/** The body of an error answer: the format's own `type`, and the gateway's code beside it in `code`. */
export function encodeError(error: GatewayError, requestId: string): JsonObject {
  return { type: "error", error: errorDetail(error), request_id: requestId };
}

/** The event that ends a stream which failed after its head was sent. */
export function errorFrames(error: GatewayError, requestId: string, usage: Usage = unknownUsage): Frame[] {
  const isKnown = usage.inputTokens !== null || usage.outputTokens !== null;
  const data = {
    type: "error",
    error: { ...errorDetail(error), partial: true },
    request_id: requestId,
    ...(isKnown && { usage: encodeUsage(usage) }),
  };
  return [{ event: "error", data: JSON.stringify(data) }];
}

function errorDetail(error: GatewayError): JsonObject {
  const threadRefused = error.code === "unsupported_capability" && error.param === threadField;
  return {
    type: types[error.code],
    message: error.message,
    code: error.code,
    ...(error.param !== null && { param: error.param }),
    ...(threadRefused && { details: { error_code: "thread_unsupported_request", unsupported: [threadField] } }),
  };
}
