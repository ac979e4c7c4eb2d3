import type { JsonObject } from "@gw/core";
import type { WholeReply } from "../reply.ts";
import type { VendorError } from "../vendor-error.ts";

/** The headers of Google's answers (recorded 2026): it gives neither a request id nor limits. */
export function googleHeaders(): Record<string, string> {
  return {
    server: "scaffolding on HTTPServer2",
    "server-timing": "gfet4t7; dur=42",
    vary: "Origin, X-Origin, Referer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "x-gemini-service-tier": "standard",
    "x-xss-protection": "0",
  };
}

// Recorded for 400, 403, 404 and 429. The rest: https://ai.google.dev/gemini-api/docs/troubleshooting (read 2026-11-29), and
// `google/rpc/code.proto` of googleapis/googleapis for 401 and 499.
const statuses: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** The body of a Google error. */
export function googleErrorBody(status: number, error: Pick<VendorError, "message" | "words">): JsonObject {
  const usual = statuses[status] ?? (status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT");
  const retryAfter = error.words.headers?.["retry-after"];
  const retryInfo = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${retryAfter}s` };
  const details = [...(error.words.details ?? []), ...(retryAfter === undefined ? [] : [retryInfo])];
  return {
    error: {
      code: status,
      message: error.message,
      status: error.words.code ?? usual,
      ...(details.length > 0 && { details: details as JsonObject[] }),
    },
  };
}

/** An error answer of Google. Its hint for a retry stands in the body, not in a header. */
export function googleErrorReply(error: VendorError): WholeReply {
  return {
    kind: "whole",
    status: error.status,
    headers: { "content-type": "application/json; charset=UTF-8", ...googleHeaders() },
    body: JSON.stringify(googleErrorBody(error.status, error)),
  };
}
