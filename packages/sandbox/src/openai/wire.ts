import type { JsonObject } from "@gw/core";
import type { WholeReply } from "../reply.ts";
import { SeededRandom, seedOf } from "../seeded-random.ts";
import type { VendorError } from "../vendor-error.ts";

const perMinute = { requests: 10_000, tokens: 2_000_000 };

/**
 * The headers of OpenAI's answers (recorded 2024 to 2026).
 *
 * @param seed decides the request id
 * @param tokens what the request counts against the limit of tokens; `null` for an answer without those headers
 */
export function openAIHeaders(seed: string, tokens: number | null): Record<string, string> {
  return {
    "x-request-id": `req_${new SeededRandom(seedOf("request", seed)).hex(32)}`,
    "openai-organization": "gw-sandbox",
    "openai-processing-ms": "42",
    "openai-version": "2020-10-01",
    "x-content-type-options": "nosniff",
    ...(tokens !== null && {
      "x-ratelimit-limit-requests": String(perMinute.requests),
      "x-ratelimit-limit-tokens": String(perMinute.tokens),
      "x-ratelimit-remaining-requests": String(perMinute.requests - 1),
      "x-ratelimit-remaining-tokens": String(Math.max(0, perMinute.tokens - tokens)),
      "x-ratelimit-reset-requests": "6ms",
      "x-ratelimit-reset-tokens": "0s",
    }),
  };
}

// Types and codes: recorded for 400 to 404; 429 and 500 are not, and 503 is as a user quotes it (Wei-Shaw/sub2api#6631 of
// 2026-09-05).
const words: Readonly<Record<number, { readonly type: string; readonly code: string | null }>> = {
  401: { type: "invalid_request_error", code: "invalid_api_key" },
  404: { type: "invalid_request_error", code: "model_not_found" },
  429: { type: "requests", code: "rate_limit_exceeded" },
  500: { type: "server_error", code: null },
  503: { type: "service_unavailable_error", code: "server_is_overloaded" },
};

/** The `error` object of an OpenAI answer. */
export function openAIErrorObject(status: number, error: Pick<VendorError, "message" | "words">): JsonObject {
  const usual = words[status] ?? { type: status >= 500 ? "server_error" : "invalid_request_error", code: null };
  return {
    message: error.message,
    type: error.words.type ?? usual.type,
    param: error.words.param ?? null,
    code: error.words.code === undefined ? usual.code : error.words.code,
  };
}

/** An error answer of OpenAI. */
export function openAIErrorReply(error: VendorError): WholeReply {
  return {
    kind: "whole",
    status: error.status,
    headers: {
      "content-type": "application/json",
      ...openAIHeaders(seedOf(error.message), error.status === 401 || error.status === 404 ? null : 0),
      ...(error.status === 401 && { "www-authenticate": 'Bearer realm="OpenAI API"' }),
      ...error.words.headers,
    },
    body: JSON.stringify({ error: openAIErrorObject(error.status, error) }),
  };
}
