import { type ErrorCode, GatewayError, isJsonObject, type JsonValue } from "@gw/core";
import type { ErrorReply } from "./text-dialect.ts";

const maxKeptBody = 65_536;
const maxMessage = 2_000;

// Vendors say "too long" in prose more reliably than in codes; each phrase is in a recorded answer.
const contextLength =
  /context_length_exceeded|exceed_context_size|prompt is too long|maximum context length|exceeds? the maximum|context window|too_many_prompt_tokens|TOO_MANY_TOKENS|Input Tokens Exceeded|input is too long|prompt too long|too many tokens/i;
const quota =
  /insufficient_quota|credit_balance|billing_error|insufficient balance|exceeded_current_quota|spend_limit|arrearage|PerDay|out of credits|credit balance is too low/i;
const badKey =
  /API_KEY_INVALID|invalid_api_key|incorrect api key|api key not valid|invalid api key|invalid x-api-key|InvalidApiKey|UnrecognizedClient|security token included in the request is invalid/i;
const noModel =
  /model_not_found|model not found|invalid_model|not a valid model|model not exist|does not exist or you do not have access|model [^ ]* does not exist|unknown model|ModelNotFound|DeploymentNotFound|model identifier is invalid|the supported api model names are/i;
const filtered =
  /content_filter|content_policy|ResponsibleAIPolicyViolation|DataInspectionFailed|content management policy/i;

/**
 * The code of a vendor's error: its status first, then the words where vendors are known to lie about the status.
 *
 * @param words the error's type, code and message, joined
 */
function errorCodeOf(status: number, words: string): ErrorCode {
  switch (status) {
    case 401:
      return "authentication_failed";
    case 402:
      return "quota_exhausted";
    case 403:
      if (quota.test(words)) return "quota_exhausted";
      return badKey.test(words) ? "authentication_failed" : "permission_denied";
    case 404:
      return "model_not_found";
    case 408:
    case 504:
      return "timed_out";
    // Of the moment, not of the request. @see `shouldRetry` in openai SDK 7.55 and @anthropic-ai/sdk 1.10 (409)
    case 409:
    case 425:
    case 499:
      return "upstream_failed";
    case 413:
      return contextLength.test(words) ? "context_length_exceeded" : "request_too_large";
    case 429:
      return quota.test(words) ? "quota_exhausted" : "rate_limited";
    case 498:
    case 503:
    case 529:
      return "overloaded";
  }
  if (status >= 500) return "upstream_failed";
  if (badKey.test(words)) return "authentication_failed";
  if (quota.test(words)) return "quota_exhausted";
  if (contextLength.test(words)) return "context_length_exceeded";
  if (noModel.test(words)) return "model_not_found";
  if (filtered.test(words)) return "content_filtered";
  return "invalid_request";
}

/** What the words of an error body are, wherever this vendor keeps them. */
interface ErrorWords {
  readonly message: string;
  readonly type: string | null;
  readonly code: string | null;
  readonly param: string | null;
}

/**
 * Finds the message, type and code in whatever body came: `error.message`, `error` as text, `message`, `detail`,
 * `errors[0]`, the first element of an array, else the raw text.
 */
function readErrorWords(body: string): ErrorWords {
  let value: JsonValue;
  try {
    value = JSON.parse(body) as JsonValue;
  } catch {
    const text = body.trim();
    return {
      message: /^<(!doctype|html)/i.test(text) ? "" : text.slice(0, maxMessage),
      type: null,
      code: null,
      param: null,
    };
  }
  return wordsOf(value);
}

function wordsOf(value: JsonValue | undefined): ErrorWords {
  if (Array.isArray(value)) return wordsOf(value[0]);
  if (typeof value === "string") return { message: value.slice(0, maxMessage), type: null, code: null, param: null };
  if (!isJsonObject(value)) return { message: "", type: null, code: null, param: null };
  const inner = isJsonObject(value.error) ? value.error : value;
  const first = Array.isArray(value.errors) ? wordsOf(value.errors[0]) : null;
  const nested = isJsonObject(inner.message) ? inner.message : inner;
  const detail = Array.isArray(nested.detail) ? nested.detail[0] : nested.detail;
  const message =
    text(inner.message) ??
    text(value.error) ??
    text(detail) ??
    (isJsonObject(detail) ? text(detail.msg) : undefined) ??
    first?.message ??
    "";
  return {
    message: message.slice(0, maxMessage),
    type: text(inner.type) ?? text(inner.status) ?? null,
    code: scalar(inner.code) ?? first?.code ?? null,
    param: text(inner.param) ?? null,
  };
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function scalar(value: JsonValue | undefined): string | undefined {
  return typeof value === "number" ? String(value) : text(value);
}

/** A vendor's error answer as the one error of gw. `code` overrides what status and words say. */
export function errorFromReply(
  reply: ErrorReply,
  options: { readonly code?: ErrorCode; readonly retryAfterMs?: number } = {},
): GatewayError {
  const words = readErrorWords(reply.body);
  const code =
    options.code ??
    errorCodeOf(
      reply.status,
      `${words.type ?? ""} ${words.code ?? ""} ${words.message} ${reply.body.slice(0, maxMessage)}`,
    );
  return new GatewayError(code, words.message || `The vendor answered with status ${reply.status}`, {
    upstream: { status: reply.status, headers: reply.headers, body: reply.body.slice(0, maxKeptBody) },
    ...(words.param !== null && { param: words.param }),
    ...(options.retryAfterMs !== undefined && { retryAfterMs: options.retryAfterMs }),
  });
}

/** An error that a vendor put into a stream or body of status 200. `status` is what it would have been. */
export function errorInReply(status: number, body: JsonValue): GatewayError {
  return errorFromReply({ status, headers: {}, body: JSON.stringify(body) });
}
