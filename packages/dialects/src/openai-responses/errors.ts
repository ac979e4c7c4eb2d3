import { GatewayError, isJsonObject, type JsonObject, type JsonValue, type Usage, unknownUsage } from "@gw/core";
import { errorFromReply, errorInReply } from "../error-reply.ts";
import type { Frame } from "../frame.ts";
import type { ErrorReply } from "../text-dialect.ts";
import { encodeUsage } from "./usage.ts";

/**
 * A vendor's error answer.
 *
 * A 404 may also speak of a stored response or item ("Item with id 'rs_...' not found"), which no other target has either.
 */
export function decodeError(reply: ErrorReply): GatewayError {
  const missingItem = reply.status === 404 && /with id '[^']*' not found|previous_response_not_found/i.test(reply.body);
  return errorFromReply(reply, missingItem ? { code: "not_found" } : {});
}

/**
 * An error inside a stream or body of status 200: `{error: {...}}` as recorded, or the fields beside `type` as the SDK's
 * types have it, or the `error` of a failed response.
 */
export function errorInside(body: JsonObject): GatewayError {
  const error: JsonObject = isJsonObject(body.error)
    ? body.error
    : { message: body.error ?? body.message, type: body.type, code: body.code, param: body.param };
  return errorInReply(statusOf(body, error), { error });
}

/** What the status would have been, by the error's words: recorded codes and those of the SDK's types. */
function statusOf(body: JsonObject, error: JsonObject): number {
  for (const value of [body.status, error.status, error.code]) {
    if (typeof value === "number" && value >= 400 && value <= 599) return value;
  }
  const words = `${error.type ?? ""} ${error.code ?? ""}`;
  if (/rate_limit|insufficient_quota|too_many_requests|slow_down/i.test(words)) return 429;
  if (/overloaded|unavailable/i.test(words)) return 503;
  if (/timeout|timed_out/i.test(words)) return 504;
  if (/authentication|invalid_api_key/i.test(words)) return 401;
  if (/permission/i.test(words)) return 403;
  if (/server_error|internal|api_error/i.test(words)) return 500;
  if (
    /invalid|policy|unsupported|too_large|too_small|too_long|exceeded|not_found|empty_|failed_to|parse_error/i.test(
      words,
    )
  )
    return 400;
  return 500;
}

/** The body of an error answer: the vendor's own form, with the gateway's code. */
export function encodeError(error: GatewayError, requestId: string): JsonObject {
  return { error: errorObject(error, requestId) };
}

/**
 * The last event of a stream that failed: an `error` event, whose fields stand both beside `type`, where the SDK's types have
 * them, and inside `error`, where the vendor writes them (recorded 2026). The `sequence_number` is left out: a codec that is
 * given one error knows no place in the stream.
 */
export function errorFrames(error: GatewayError, requestId: string, usage: Usage = unknownUsage): Frame[] {
  const counts = encodeUsage(usage);
  const fields: JsonObject = { ...errorObject(error, requestId), partial: true };
  const { type: _type, ...beside } = fields;
  const data: JsonValue = { type: "error", ...beside, ...(counts !== null && { usage: counts }), error: fields };
  return [{ event: "error", data: JSON.stringify(data) }];
}

function errorObject(error: GatewayError, requestId: string): JsonObject {
  return {
    message: error.message,
    type: errorType(error.httpStatus),
    param: error.param,
    code: error.code,
    request_id: requestId,
  };
}

function errorType(status: number): string {
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

/** `reply_malformed`, with what was wrong. */
export function malformed(message: string): GatewayError {
  return new GatewayError("reply_malformed", message);
}
