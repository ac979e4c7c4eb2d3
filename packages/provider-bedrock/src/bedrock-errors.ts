import { type ErrorCode, GatewayError } from "@gw/core";
import { type ErrorReply, errorFromReply } from "@gw/dialects";

/**
 * What the vendor's exceptions mean, where the status alone does not say it. In lower case: a reply's head writes
 * `ThrottlingException`, a stream `throttlingException`.
 *
 * @see @aws-sdk/client-bedrock-runtime 3.1162 (names and statuses); AWS's page on common errors, read 2026-11-20 (signatures
 * and tokens); recorded 2025 and 2026
 */
const codes: Readonly<Record<string, ErrorCode>> = {
  throttlingexception: "rate_limited",
  servicequotaexceededexception: "quota_exhausted",
  modelnotreadyexception: "overloaded",
  serviceunavailableexception: "overloaded",
  internalserverexception: "upstream_failed",
  modelerrorexception: "upstream_failed",
  modelstreamerrorexception: "upstream_failed",
  modeltimeoutexception: "timed_out",
  resourcenotfoundexception: "model_not_found",
  accessdeniedexception: "permission_denied",
  unrecognizedclientexception: "authentication_failed",
  invalidsignatureexception: "authentication_failed",
  incompletesignatureexception: "authentication_failed",
  missingauthenticationtokenexception: "authentication_failed",
  expiredtokenexception: "authentication_failed",
  invalidclienttokenidexception: "authentication_failed",
};

/** The status of what a stream says in place of an answer. */
const statuses: Readonly<Record<string, number>> = {
  validationexception: 400,
  throttlingexception: 429,
  modelnotreadyexception: 429,
  modeltimeoutexception: 408,
  serviceunavailableexception: 503,
};

/** Words that say more than the exception around them. The first three are seen in issues, unverified. */
const words: readonly (readonly [RegExp, ErrorCode])[] = [
  [/too many tokens per day/i, "quota_exhausted"],
  [/API key is valid/i, "authentication_failed"],
  [/bearer token|token has expired/i, "authentication_failed"],
  // "Retry your request with the ID or ARN of an inference profile": anthropics/anthropic-sdk-python#894 of 2025-03-06.
  [/inference profile/i, "model_not_found"],
];

/**
 * The error of a reply whose head names the exception.
 *
 * @param reply with all its headers: `x-amzn-errortype` is `ValidationException:http://...`
 */
export function refineError(error: GatewayError, reply: ErrorReply): GatewayError {
  const exception = reply.headers["x-amzn-errortype"]?.split(":")[0] ?? "";
  const code = codeOf(exception, error.message);
  return code === null || code === error.code ? error : withCode(error, code);
}

/** The error that a stream holds in place of an event. */
export function streamException(exception: string, payload: string): GatewayError {
  const status = statuses[exception.toLowerCase()] ?? 500;
  const error = errorFromReply({ status, headers: {}, body: payload });
  const code = codeOf(exception, error.message);
  return code === null ? error : withCode(error, code);
}

function codeOf(exception: string, message: string): ErrorCode | null {
  for (const [pattern, code] of words) if (pattern.test(message)) return code;
  return codes[exception.toLowerCase()] ?? null;
}

function withCode(error: GatewayError, code: ErrorCode): GatewayError {
  return new GatewayError(code, error.message, {
    ...(error.upstream !== null && { upstream: error.upstream }),
    ...(error.param !== null && { param: error.param }),
  });
}
