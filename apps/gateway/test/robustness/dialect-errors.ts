import { expect } from "vitest";

/** The bodies in which the endpoints tell their callers of failures. */
export type ErrorForm = "chat" | "responses" | "messages" | "gemini" | "run";

const requestId = expect.stringMatching(/^req_[0-9a-f]{32}$/);
const message = expect.stringMatching(/\S/);

/** What an error body of a dialect must equal, field by field, when the gateway itself says it. */
export function errorBody(form: ErrorForm, status: number, code: string): unknown {
  switch (form) {
    case "chat":
      return { error: { message, type: expect.any(String), param: param(), code }, request_id: requestId };
    case "responses":
      return { error: { message, type: expect.any(String), param: param(), code, request_id: requestId } };
    case "messages":
      return {
        type: "error",
        error: expect.objectContaining({ type: anthropicType(status, code), message, code }),
        request_id: requestId,
      };
    case "gemini":
      return {
        error: {
          code: status,
          message,
          status: code,
          details: expect.arrayContaining([
            {
              "@type": "type.googleapis.com/google.rpc.ErrorInfo",
              reason: code,
              domain: "gw",
              metadata: { requestId },
            },
          ]),
        },
      };
    case "run":
      return { success: false, result: null, errors: [{ code, message }], messages: [] };
  }
}

function param(): unknown {
  return expect.toSatisfy((value: unknown) => value === null || typeof value === "string");
}

// Anthropic's own vocabulary. @see https://docs.claude.com/en/api/errors (read 2026-11-29)
function anthropicType(status: number, code: string): string {
  switch (code) {
    case "request_too_large":
      return "request_too_large";
    case "rate_limited":
      return "rate_limit_error";
    case "timed_out":
      return "timeout_error";
    case "unavailable":
    case "overloaded":
      return "overloaded_error";
  }
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 404) return "not_found_error";
  return status >= 500 ? "api_error" : "invalid_request_error";
}
