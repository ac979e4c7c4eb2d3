import type { ErrorCode } from "@gw/core/types";
import type { TextFormat } from "./corpus.ts";

/**
 * What a status means where the words say nothing else. Not recorded: 402, 422, 500 and 529.
 * @see https://api-docs.deepseek.com/quick_start/error_codes, https://docs.claude.com/en/api/errors (529), read 2026-11-29
 */
const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_request",
  401: "authentication_failed",
  402: "quota_exhausted",
  403: "permission_denied",
  404: "model_not_found",
  422: "invalid_request",
  429: "rate_limited",
  500: "upstream_failed",
  503: "overloaded",
  529: "overloaded",
};

/** Words of recorded errors that mean something else than their status says. */
const byWords: readonly (readonly [status: number, words: string, code: ErrorCode])[] = [
  [400, "API key not valid", "authentication_failed"],
  [400, "Incorrect API key provided", "authentication_failed"],
  [400, "does-not-exist' does not exist", "model_not_found"],
  [400, "model identifier is invalid", "model_not_found"],
  [400, "Model not exist", "model_not_found"],
  [400, "prompt is too long", "context_length_exceeded"],
  [400, "prompt too long", "context_length_exceeded"],
  [400, "maximum context length", "context_length_exceeded"],
  [400, "exceeds the context window", "context_length_exceeded"],
  [400, "exceeds the maximum number of tokens", "context_length_exceeded"],
  [400, "too_many_prompt_tokens", "context_length_exceeded"],
  [400, "TOO_MANY_TOKENS", "context_length_exceeded"],
  [400, "Input Tokens Exceeded", "context_length_exceeded"],
  [400, '"code":"content_filter"', "content_filtered"],
  [403, "security token included in the request is invalid", "authentication_failed"],
  [429, "PerDay", "quota_exhausted"],
  [429, "insufficient_quota", "quota_exhausted"],
];

/** The gateway's code for a vendor's error. @throws for a status that was never recorded. */
export function codeOf(status: number, body: string): ErrorCode {
  const code = byWords.find(([of, words]) => of === status && body.includes(words))?.[2] ?? byStatus[status];
  if (code === undefined) throw new Error(`No error of status ${status} was recorded`);
  return code;
}

/** The vendor's own words, wherever they stand. */
export function messageOf(body: string): string {
  if (!/^[[{]/.test(body)) return body;
  // biome-ignore lint/suspicious/noExplicitAny: JSON off the wire
  const json: any = JSON.parse(body);
  const { error, message, detail } = Array.isArray(json) ? json[0] : json;
  return error?.message ?? error ?? message ?? detail;
}

// The vocabulary of a format whose errors have a type of their own.
const messagesTypes: Partial<Record<ErrorCode, string>> = {
  authentication_failed: "authentication_error",
  quota_exhausted: "billing_error",
  permission_denied: "permission_error",
  model_not_found: "not_found_error",
  rate_limited: "rate_limit_error",
  overloaded: "overloaded_error",
  upstream_failed: "api_error",
};

/** What an error answer says in its format's own form. `status` is what the body says of it, or what its type stands for. */
export function readFailure(format: TextFormat, text: string): { code: string; message: string; type: string } {
  const { type, error, request_id: requestId } = JSON.parse(text);
  switch (format) {
    case "openai-chat":
    case "openai-responses":
      return { code: error.code, message: error.message, type: error.type };
    case "anthropic-messages":
      return {
        code: type === "error" && /^req_/.test(requestId) ? error.code : type,
        message: error.message,
        type: error.type,
      };
    case "gemini":
      return { code: error.status, message: error.message, type: String(error.code) };
  }
}

/** The type that a format gives an error of this code: a family of OpenAI's and Anthropic's, Google's status. */
export function typeOf(format: TextFormat, status: number, code: ErrorCode): string {
  if (format === "gemini") return String(status);
  if (format === "anthropic-messages") return messagesTypes[code] ?? "invalid_request_error";
  if (code === "rate_limited") return "rate_limit_error";
  if (code === "permission_denied" && format === "openai-chat") return "permission_error";
  if (code === "quota_exhausted" && format === "openai-chat") return "insufficient_quota";
  return status < 500 ? "invalid_request_error" : "server_error";
}
