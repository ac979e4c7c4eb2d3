import { inspect } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { type ErrorCode, errorCodes, GatewayError, isGatewayError } from "../src/index.ts";

// The statuses that callers rely on. A change here is a change of the API.
const statuses: Record<ErrorCode, number> = {
  invalid_request: 400,
  model_string_malformed: 400,
  unsupported_parameter: 400,
  unsupported_capability: 400,
  context_length_exceeded: 400,
  invalid_api_key: 401,
  expired_api_key: 401,
  budget_exceeded: 402,
  permission_denied: 403,
  model_not_found: 404,
  not_found: 404,
  method_not_allowed: 405,
  stream_expired: 410,
  request_too_large: 413,
  content_filtered: 422,
  idempotency_conflict: 422,
  rate_limited: 429,
  quota_exhausted: 429,
  aborted: 499,
  cancelled: 499,
  internal_error: 500,
  authentication_failed: 502,
  interrupted: 502,
  upstream_failed: 502,
  connection_failed: 502,
  reply_malformed: 502,
  stream_truncated: 502,
  overloaded: 503,
  unavailable: 503,
  timed_out: 504,
};
const upstream = { status: 429, headers: { "retry-after": "2" }, body: "the caller's own words" };

describe("codes", () => {
  test.each(Object.keys(errorCodes) as ErrorCode[])("%s", (code) => {
    const error = new GatewayError(code, "What happened");
    expect(error).toMatchObject({
      code,
      httpStatus: statuses[code],
      provider: null,
      upstream: null,
      requestId: null,
      retryAfterMs: null,
      param: null,
    });
    // What the same target may do better later, another may do as well; only a full gateway is nobody else's matter.
    if (error.retry.sameTarget && code !== "unavailable") expect(error.retry.nextTarget).toBe(true);
  });

  test.each<[ErrorCode, boolean, boolean]>([
    ["invalid_request", false, false],
    ["budget_exceeded", false, false],
    ["content_filtered", false, false],
    ["aborted", false, false],
    ["authentication_failed", false, true],
    ["model_not_found", false, true],
    ["quota_exhausted", false, true],
    ["rate_limited", true, true],
    ["stream_truncated", true, true],
  ])("%s: same target %s, next target %s", (code, sameTarget, nextTarget) => {
    expect(new GatewayError(code, "").retry).toEqual({ sameTarget, nextTarget });
  });
});

describe("options", () => {
  test.each<[string, ConstructorParameters<typeof GatewayError>[2], number]>([
    ["the code's status", {}, 429],
    ["the vendor's status before the code's", { upstream: { ...upstream, status: 430 } }, 430],
    ["an error inside a 200 has no status of its own", { upstream: { ...upstream, status: 200 } }, 429],
    ["an explicit status before all others", { httpStatus: 418, upstream }, 418],
  ])("%s", (_name, options, httpStatus) => {
    expect(new GatewayError("rate_limited", "", options).httpStatus).toBe(httpStatus);
  });

  test("what a code says about retries can be overridden by halves", () => {
    expect(new GatewayError("rate_limited", "", { retry: { sameTarget: false } }).retry).toEqual({
      sameTarget: false,
      nextTarget: true,
    });
  });
});

describe("from", () => {
  const cause = new Error("inner");
  const error = new GatewayError("rate_limited", "Slow down", {
    httpStatus: 430,
    retryAfterMs: 2000,
    retry: { nextTarget: false },
    upstream,
    requestId: "req_1",
    param: "model",
    cause,
  });

  test("names the provider and keeps everything else", () => {
    const named = error.from("acme");
    expect(named).toMatchObject({
      message: "Slow down",
      code: "rate_limited",
      httpStatus: 430,
      retry: { sameTarget: true, nextTarget: false },
      retryAfterMs: 2000,
      provider: "acme",
      requestId: "req_1",
      param: "model",
    });
    expect(named.upstream).toBe(upstream);
    expect(named.cause).toBe(cause);
    expect(named.stack).toBe(error.stack);
  });
  test("does not rename", () => {
    expect(error.from("acme").from("route").provider).toBe("acme");
  });
  test("does not invent a cause", () => {
    expect("cause" in new GatewayError("aborted", "").from("acme")).toBe(false);
  });
});

describe("isGatewayError", () => {
  test("knows the errors of another copy of the package", async () => {
    vi.resetModules();
    const copy = await import("../src/gateway-error.ts");
    const foreign = new copy.GatewayError("timed_out", "");
    expect(foreign).not.toBeInstanceOf(GatewayError);
    expect(isGatewayError(foreign)).toBe(true);
    expect(copy.isGatewayError(new GatewayError("timed_out", ""))).toBe(true);
  });
  test.each([[new Error("x")], [{ code: "timed_out" }], [null], [undefined], ["timed_out"]])("%o is none", (value) => {
    expect(isGatewayError(value)).toBe(false);
  });
});

describe("what a log shows", () => {
  const error = new GatewayError("rate_limited", "Slow down", { upstream, provider: "acme" });
  const { stack: _, ...spread } = error as GatewayError & Record<string, unknown>;

  test.each([
    ["JSON", JSON.stringify(error)],
    ["inspect", inspect(error, { depth: null })],
    ["a wrapped error's inspect", inspect(new Error("outer", { cause: error }), { depth: null })],
    ["a copy of its fields", JSON.stringify(spread)],
    ["text", String(error)],
  ])("%s has no vendor's body", (_name, text) => {
    expect(text).not.toContain("the caller's own words");
  });
  test("JSON has the facts", () => {
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "GatewayError",
      code: "rate_limited",
      httpStatus: 429,
      retry: { sameTarget: true, nextTarget: true },
      retryAfterMs: null,
      provider: "acme",
      requestId: null,
      param: null,
    });
  });
});
