import { describe, expect, it } from "vitest";
import { admit, vendorHeaders } from "../src/pipeline/admit.ts";
import { adminPrincipal } from "../src/tenant.ts";

describe("admit", () => {
  it("reads the gateway's headers, under either name", () => {
    expect(
      admit(
        {
          "gw-metadata": '{"team":"t0","paid":true,"seats":3}',
          "gw-session-id": "run-7",
          "gw-strict-params": "true",
          "gw-deadline-ms": "9000",
          "cf-aig-max-attempts": "3",
          "gw-on-disconnect": "cancel;grace=30",
          "gw-stream-retain-s": "0",
          "idempotency-key": "once",
          "cf-aig-request-timeout": "1500",
        },
        adminPrincipal,
      ),
    ).toEqual({
      strictParams: true,
      deadlineMs: 9_000,
      maxAttempts: 3,
      timeouts: { firstContentTimeoutMs: 1_500 },
      metadata: { team: "t0", paid: true, seats: 3 },
      sessionId: "run-7",
      onDisconnect: { mode: "cancel", graceMs: 30_000 },
      retainMs: 0,
      holdWaitMs: null,
      idempotencyKey: "once",
    });
  });

  it("lets what the key is bound to win", () => {
    const principal = { ...adminPrincipal, metadata: { team: "bound" } };
    const { metadata } = admit({ "gw-metadata": '{"team":"claimed","user":"u1"}' }, principal, { team: "body", a: 1 });
    expect(metadata).toEqual({ team: "bound", user: "u1", a: 1 });
  });

  it("takes 16 keys from both places together", () => {
    const keys = (from: number, to: number): Record<string, number> =>
      Object.fromEntries(Array.from({ length: to - from }, (_, index) => [`k${from + index}`, 1]));
    const headers = { "gw-metadata": JSON.stringify(keys(0, 9)) };
    expect(Object.keys(admit(headers, adminPrincipal, keys(8, 16)).metadata).length).toBe(16);
    expect(() => admit(headers, adminPrincipal, keys(8, 17))).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });

  it.each([
    ["metadata that is not JSON", { "gw-metadata": "{" }, "gw-metadata"],
    ["metadata that is a list", { "gw-metadata": "[1]" }, "gw-metadata"],
    ["nested metadata", { "gw-metadata": '{"a":{"b":1}}' }, "gw-metadata"],
    ["a null in metadata", { "gw-metadata": '{"a":null}' }, "gw-metadata"],
    [
      "17 keys",
      { "cf-aig-metadata": JSON.stringify(Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, n]))) },
      "gw-metadata",
    ],
    ["a long text", { "gw-metadata": JSON.stringify({ a: "x".repeat(513) }) }, "gw-metadata"],
    ["a deadline of 0", { "gw-deadline-ms": "0" }, "gw-deadline-ms"],
    ["a deadline in words", { "gw-deadline-ms": "10s" }, "gw-deadline-ms"],
    ["no attempt at all", { "gw-max-attempts": "0" }, "gw-max-attempts"],
    ["a rule of another kind", { "gw-on-disconnect": "wait" }, "gw-on-disconnect"],
    ["a grace of three days", { "gw-on-disconnect": "detach;grace=259200" }, "gw-on-disconnect"],
    ["a retention of two days", { "gw-stream-retain-s": "172800" }, "gw-stream-retain-s"],
    ["an empty idempotency key", { "idempotency-key": "" }, "idempotency-key"],
    ["a strictness of maybe", { "gw-strict-params": "maybe" }, "gw-strict-params"],
  ])("refuses %s", (_name, headers, param) => {
    expect(() => admit(headers, adminPrincipal)).toThrow(expect.objectContaining({ code: "invalid_request", param }));
  });
});

describe("vendorHeaders", () => {
  it("keeps what a vendor may know and nothing that names the caller or steers the connection", () => {
    expect(
      vendorHeaders({
        authorization: "Bearer gw_1",
        "x-api-key": "gw_1",
        "x-goog-api-key": "gw_1",
        "api-key": "gw_1",
        cookie: "a=b",
        host: "gateway",
        connection: "keep-alive",
        "content-length": "3",
        "accept-encoding": "gzip",
        "gw-metadata": "{}",
        "cf-aig-metadata": "{}",
        "x-forwarded-for": "10.0.0.1",
        "anthropic-beta": "files-api-2025-04-14",
      }),
    ).toEqual({ "anthropic-beta": "files-api-2025-04-14" });
  });
});
