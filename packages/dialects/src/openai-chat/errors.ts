import { type GatewayError, isJsonObject, type JsonObject, type JsonValue, type Usage, unknownUsage } from "@gw/core";
import { errorFromReply, errorInReply } from "../error-reply.ts";
import type { Frame } from "../frame.ts";
import type { ErrorReply } from "../text-dialect.ts";
import { encodeUsage } from "./usage.ts";

/**
 * The error of a vendor's answer.
 *
 * Self-hosted servers answer 500 or 501 for a feature that a model does not have; asking again cannot help.
 * @see recordings of llama.cpp's server, 2025-2026, whose words are those of `failures.test.ts`
 */
export function decodeError(reply: ErrorReply): GatewayError {
  const missing = (reply.status === 500 || reply.status === 501) && /not support/i.test(reply.body.slice(0, 4_096));
  return errorFromReply(reply, missing ? { code: "unsupported_capability" } : {});
}

/**
 * The error inside a body or chunk of status 200, or `null` when there is none. Seen as `{error: {...}}`, as
 * `{error: "text"}` and as `{object: "error", message}`.
 */
export function findError(body: JsonObject): GatewayError | null {
  const { error } = body;
  if (isJsonObject(error)) return errorInReply(statusOf(error, body), body);
  if (typeof error === "string" && error !== "") return errorInReply(statusOf(body, body), body);
  if (body.object === "error") return errorInReply(statusOf(body, body), body);
  return null;
}

/** The error that a frame named `error` holds, whatever its shape. */
export function errorOfFrame(value: JsonValue): GatewayError {
  if (!isJsonObject(value)) return errorInReply(500, value);
  return findError(value) ?? errorInReply(statusOf(value, value), value);
}

// Words of `type` and `code` that stand for a status, first match wins.
const statusOfWords: readonly (readonly [RegExp, number])[] = [
  [/rate_limit|too_many_requests|slow_down|insufficient_quota|throttl/i, 429],
  [/overloaded|unavailable|capacity/i, 503],
  [/timeout|timed_out/i, 504],
  [/authentication|invalid_api_key/i, 401],
  [/permission/i, 403],
  [/model_not_found/i, 404],
  [/invalid_request|invalid_argument|context_length|content_filter|content_policy|tool_use_failed|bad_request/i, 400],
];

/** The status that an error would have had as an answer of its own. */
function statusOf(error: JsonObject, body: JsonObject): number {
  for (const value of [error.status_code, error.status, error.code, body.status_code, body.raw_status_code]) {
    const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
    if (typeof status === "number" && status >= 400 && status <= 599) return status;
  }
  const words = `${String(error.type ?? "")} ${String(error.code ?? "")}`;
  return statusOfWords.find(([pattern]) => pattern.test(words))?.[1] ?? 500;
}

/** The body of an error answer, in the form that the official SDK raises as its own error class. */
export function encodeError(error: GatewayError, requestId: string): JsonObject {
  return { error: errorObject(error), request_id: requestId };
}

/** The error as the last chunk of a stream: SDKs raise a chunk that has `error`. */
export function errorFrames(error: GatewayError, requestId: string, usage: Usage = unknownUsage): Frame[] {
  const counts = encodeUsage(usage);
  const data = {
    error: { ...errorObject(error), partial: true },
    request_id: requestId,
    ...(counts !== null && { usage: counts }),
  };
  return [{ data: JSON.stringify(data) }];
}

function errorObject(error: GatewayError): JsonObject {
  return { message: error.message, type: errorType(error), param: error.param, code: error.code };
}

function errorType({ code, httpStatus }: GatewayError): string {
  switch (code) {
    case "invalid_api_key":
    case "expired_api_key":
      return "authentication_error";
    case "permission_denied":
      return "permission_error";
    case "rate_limited":
      return "rate_limit_error";
    case "quota_exhausted":
    case "budget_exceeded":
      return "insufficient_quota";
    default:
      return httpStatus < 500 ? "invalid_request_error" : "server_error";
  }
}
