import type { JsonObject } from "@gw/core";
import type { WholeReply } from "../reply.ts";
import { SeededRandom, seedOf } from "../seeded-random.ts";
import type { VendorError } from "../vendor-error.ts";

const perMinute = { requests: 4_000, "input-tokens": 2_000_000, "output-tokens": 400_000, tokens: 2_400_000 };

/** Anthropic's id of a request, which its error bodies repeat. */
function anthropicRequestId(seed: string): string {
  return `req_011C${new SeededRandom(seedOf("request", seed)).id(20)}`;
}

/**
 * The headers of Anthropic's answers (recorded 2026).
 *
 * @param used what the request counts against each limit; `null` for an answer without those headers
 */
export function anthropicHeaders(
  seed: string,
  used: { readonly input: number; readonly output: number } | null,
  nowMs: number,
): Record<string, string> {
  const headers: Record<string, string> = {
    "request-id": anthropicRequestId(seed),
    "anthropic-organization-id": "gw-sandbox",
    "x-robots-tag": "none",
  };
  if (used === null) return headers;
  const spent = {
    requests: 1,
    "input-tokens": used.input,
    "output-tokens": used.output,
    tokens: used.input + used.output,
  };
  const reset = new Date(nowMs + 1_000).toISOString().replace(/\.\d+Z$/, "Z");
  for (const [name, limit] of Object.entries(perMinute)) {
    headers[`anthropic-ratelimit-${name}-limit`] = String(limit);
    headers[`anthropic-ratelimit-${name}-remaining`] = String(Math.max(0, limit - spent[name as keyof typeof spent]));
    headers[`anthropic-ratelimit-${name}-reset`] = reset;
  }
  return headers;
}

// Recorded for 400 and 401. The rest: https://docs.claude.com/en/api/errors (read 2026-11-29), and `ErrorType` in
// @anthropic-ai/sdk 1.10 for 402, 409 and 504.
const types: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};

/** The `error` object of an Anthropic answer. */
export function anthropicErrorObject(status: number, error: Pick<VendorError, "message" | "words">): JsonObject {
  const usual = types[status] ?? (status >= 500 ? "api_error" : "invalid_request_error");
  const [details] = error.words.details ?? [];
  return {
    ...(details !== undefined && { details: details as JsonObject }),
    type: error.words.code ?? usual,
    message: error.message,
  };
}

/** An error answer of Anthropic. */
export function anthropicErrorReply(error: VendorError, nowMs: number): WholeReply {
  const seed = seedOf(error.message);
  const isTransient = error.status === 429 || error.status >= 500;
  return {
    kind: "whole",
    status: error.status,
    headers: {
      "content-type": "application/json",
      "x-should-retry": String(isTransient),
      ...anthropicHeaders(seed, error.status === 429 ? { input: 2_000_000, output: 400_000 } : null, nowMs),
      ...error.words.headers,
    },
    body: JSON.stringify({
      type: "error",
      error: anthropicErrorObject(error.status, error),
      request_id: anthropicRequestId(seed),
    }),
  };
}
