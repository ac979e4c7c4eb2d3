import { type ErrorCode, errorCodes, GatewayError } from "@gw/core";
import { expect, test } from "vitest";
import { classifyFailure, type FailureClass } from "../src/index.ts";

// What a vendor's answer means is its provider's to say; what a code means for the next step is this table.
const table: Readonly<
  Record<ErrorCode, [FailureClass["sameTarget"], FailureClass["nextTarget"], FailureClass["health"]]>
> = {
  // Refused, reset, no such host, bad certificate.
  connection_failed: ["once", "any", "failure"],
  // 408, 504, and no content in time.
  timed_out: ["backoff", "any", "failure"],
  // 500, 502, 520 to 524, and an error inside a 200.
  upstream_failed: ["backoff", "any", "failure"],
  reply_malformed: ["backoff", "any", "failure"],
  stream_truncated: ["backoff", "any", "failure"],
  // 503, 529.
  overloaded: ["backoff", "any", "soft"],
  // 429.
  rate_limited: ["backoff", "any", "credential"],
  // 402, and a 429 that no wait of minutes mends.
  quota_exhausted: ["never", "any", "credential"],
  // 401, 403.
  authentication_failed: ["never", "any", "credential"],
  permission_denied: ["never", "any", "credential"],
  // 404.
  model_not_found: ["never", "any", "none"],
  context_length_exceeded: ["never", "other-circuit", "none"],
  // 413.
  request_too_large: ["never", "other-circuit", "none"],
  unsupported_capability: ["never", "other-circuit", "none"],
  unsupported_parameter: ["never", "other-circuit", "none"],
  content_filtered: ["never", "none", "none"],
  // 400, 422.
  invalid_request: ["never", "none", "none"],
  model_string_malformed: ["never", "none", "none"],
  invalid_api_key: ["never", "none", "none"],
  expired_api_key: ["never", "none", "none"],
  budget_exceeded: ["never", "none", "none"],
  not_found: ["never", "none", "none"],
  method_not_allowed: ["never", "none", "none"],
  internal_error: ["never", "none", "none"],
  unavailable: ["never", "none", "none"],
  aborted: ["never", "none", "none"],
  cancelled: ["never", "none", "none"],
  interrupted: ["never", "none", "none"],
  stream_expired: ["never", "none", "none"],
  idempotency_conflict: ["never", "none", "none"],
};
const codes = Object.keys(errorCodes) as ErrorCode[];

test.each(codes)("%s", (code) => {
  const { sameTarget, nextTarget, health } = classifyFailure(new GatewayError(code, ""));
  expect([sameTarget, nextTarget, health]).toEqual(table[code]);
});

test.each(codes)("%s: what the error itself says can only forbid", (code) => {
  const all = { sameTarget: true, nextTarget: true };
  const [sameTarget, nextTarget, health] = table[code];
  expect(classifyFailure(new GatewayError(code, "", { retry: all }))).toEqual({ sameTarget, nextTarget, health });
  const nothing = { sameTarget: false, nextTarget: false };
  expect(classifyFailure(new GatewayError(code, "", { retry: nothing }))).toEqual({
    sameTarget: "never",
    nextTarget: "none",
    health,
  });
});
