import { describe, expect, it } from "vitest";
import { authenticate, credentialsOf, hashKey, type KeyRing } from "../src/pipeline/authenticate.ts";
import { adminPrincipal, type Principal } from "../src/tenant.ts";

const nowMs = Date.parse("2026-11-20T12:00:00Z");
const team: Principal = {
  ...adminPrincipal,
  admin: false,
  tenant: { organisation: "acme", project: "p1", keyId: "key_1" },
};
const keys: KeyRing = {
  adminKeyHash: hashKey("gw_admin_x"),
  find: (hash) =>
    new Map([
      [hashKey("gw_team"), { principal: team, expiresAtMs: null }],
      [hashKey("gw_later"), { principal: team, expiresAtMs: nowMs + 1 }],
      [hashKey("gw_old"), { principal: team, expiresAtMs: nowMs }],
    ]).get(hash),
};

describe("authenticate", () => {
  it.each([
    ["a bearer token", { authorization: "Bearer gw_team" }, null],
    ["a bearer token in lower case", { authorization: "bearer gw_team" }, null],
    ["x-api-key", { "x-api-key": "gw_team" }, null],
    ["x-goog-api-key", { "x-goog-api-key": "gw_team" }, null],
    ["the query", {}, new URLSearchParams("key=gw_team&alt=sse")],
    ["x-api-key beside a placeholder", { authorization: "Bearer sk-placeholder", "x-api-key": "gw_team" }, null],
    ["a key that expires later", { authorization: "Bearer gw_later" }, null],
    ["a good key beside an expired one", { authorization: "Bearer gw_old", "x-api-key": "gw_team" }, null],
  ])("knows a key given by %s", (_name, headers, query) => {
    expect(authenticate(credentialsOf(headers, query), keys, nowMs)).toBe(team);
  });

  it("knows the admin key everywhere", () => {
    expect(authenticate(credentialsOf({ "x-api-key": "gw_admin_x" }, null), keys, nowMs)).toBe(adminPrincipal);
  });

  it.each([
    ["no key", {}, "invalid_api_key"],
    ["an unknown key", { authorization: "Bearer gw_nobody" }, "invalid_api_key"],
    ["the hash of a key", { authorization: `Bearer ${hashKey("gw_team")}` }, "invalid_api_key"],
    ["basic authentication", { authorization: "Basic gw_team" }, "invalid_api_key"],
    ["an expired key", { authorization: "Bearer gw_old" }, "expired_api_key"],
  ])("refuses %s", (_name, headers, code) => {
    expect(() => authenticate(credentialsOf(headers, null), keys, nowMs)).toThrow(
      expect.objectContaining({ code, httpStatus: 401 }),
    );
  });
});
