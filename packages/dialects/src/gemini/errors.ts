import {
  type ErrorCode,
  type GatewayError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Usage,
  unknownUsage,
} from "@gw/core";
import { errorFromReply } from "../error-reply.ts";
import type { Frame } from "../frame.ts";
import type { ErrorReply } from "../text-dialect.ts";
import { encodeUsage } from "./usage.ts";

/**
 * A vendor's error answer. Beside the status it reads the details: a bad key is only a 400, a daily quota is not worth a wait,
 * and `RetryInfo` says how long a wait would be.
 *
 * @see recorded 2025-2026: `API_KEY_INVALID`, `RetryInfo`, quota ids;
 * https://ai.google.dev/gemini-api/docs/troubleshooting (read 2026-11-29)
 */
export function decodeError(reply: ErrorReply): GatewayError {
  const error = errorObject(parse(reply.body));
  const details = error === null || !Array.isArray(error.details) ? [] : error.details.filter(isJsonObject);
  const code = codeOf(reply.status, error?.status, details);
  const retryAfterMs = retryDelay(details);
  return errorFromReply(reply, {
    ...(code !== null && { code }),
    ...(retryAfterMs !== null && { retryAfterMs }),
  });
}

/** The error in a body of status 200, in a frame, or in the list that a stream without SSE is; `null` where there is none. */
export function errorInBody(body: JsonValue): GatewayError | null {
  const error = errorObject(body);
  if (error === null) return null;
  const status = typeof error.code === "number" ? error.code : (statuses[String(error.status)] ?? 500);
  return decodeError({ status, headers: {}, body: JSON.stringify(body) });
}

const statuses: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

function parse(body: string): JsonValue {
  try {
    return JSON.parse(body) as JsonValue;
  } catch {
    return null;
  }
}

function errorObject(body: JsonValue | undefined): JsonObject | null {
  const value = Array.isArray(body) ? body.find((item) => isJsonObject(item) && isJsonObject(item.error)) : body;
  return isJsonObject(value) && isJsonObject(value.error) ? value.error : null;
}

function codeOf(status: number, word: JsonValue | undefined, details: readonly JsonObject[]): ErrorCode | null {
  if (details.some(({ reason }) => reason === "API_KEY_INVALID")) return "authentication_failed";
  if (status === 429 && details.some(isDailyQuota)) return "quota_exhausted";
  // The account's billing or region, not the request.
  if (word === "FAILED_PRECONDITION") return "permission_denied";
  return status === 499 ? "upstream_failed" : null;
}

function isDailyQuota({ violations }: JsonObject): boolean {
  return (
    Array.isArray(violations) &&
    violations.some((violation) => isJsonObject(violation) && String(violation.quotaId).includes("PerDay"))
  );
}

function retryDelay(details: readonly JsonObject[]): number | null {
  for (const { retryDelay } of details) {
    const seconds = typeof retryDelay === "string" ? /^(\d+(?:\.\d+)?)s$/.exec(retryDelay)?.[1] : undefined;
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1_000);
  }
  return null;
}

/** An error answer: `error.code` is the HTTP status, `error.status` and the reason in the details are the code. */
export function encodeError(error: GatewayError, requestId: string): JsonObject {
  return { error: errorBody(error, requestId) };
}

/** The last frame of a stream that failed. */
export function errorFrames(error: GatewayError, requestId: string, usage: Usage = unknownUsage): Frame[] {
  // What is not known is `undefined` here, and JSON leaves it out.
  const usageMetadata = encodeUsage(usage);
  return [{ data: JSON.stringify({ error: { ...errorBody(error, requestId), partial: true }, usageMetadata }) }];
}

function errorBody(error: GatewayError, requestId: string): JsonObject {
  const type = (name: string) => ({ "@type": `type.googleapis.com/google.rpc.${name}` });
  const details: JsonObject[] = [{ ...type("ErrorInfo"), reason: error.code, domain: "gw", metadata: { requestId } }];
  if (error.param !== null)
    details.push({
      ...type("BadRequest"),
      fieldViolations: [{ field: error.param, description: error.message }],
    });
  if (error.retryAfterMs !== null) details.push({ ...type("RetryInfo"), retryDelay: `${error.retryAfterMs / 1_000}s` });
  return { code: error.httpStatus, message: error.message, status: error.code, details };
}
