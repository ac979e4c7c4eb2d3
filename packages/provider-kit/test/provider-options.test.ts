import type { GatewayError } from "@gw/core";
import { expect, test } from "vitest";
import { checkOptions, pathSegment } from "../src/provider-options.ts";

function paramOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    const { code, param } = error as GatewayError;
    expect(code).toBe("invalid_request");
    return param;
  }
}

const check = (options: object) => checkOptions(options, { api: (value) => (value === "a" ? null : "a") }, ["apiKey"]);

test.each<[object, string | null]>([
  [{ apiKey: "k" }, null],
  [
    { apiKey: "k", id: "x", api: "a", baseUrl: "http://h:1/v1", headers: { a: "b" }, timeouts: { idleTimeoutMs: 1 } },
    null,
  ],
  [{ apiKey: "k", transport: { send: () => {}, close: () => {} } }, null],
  [{ apiKey: "k", id: undefined }, null],
  [{}, "apiKey"],
  [{ apiKey: "" }, "apiKey"],
  [{ apiKey: "a b" }, "apiKey"],
  [{ apiKey: "a\r\nx: y" }, "apiKey"],
  [{ apiKey: 5 }, "apiKey"],
  [{ apiKey: "k", id: "" }, "id"],
  [{ apiKey: "k", api: "b" }, "api"],
  [{ apiKey: "k", apikey: "k" }, "apikey"],
  [{ apiKey: "k", constructor: "x" }, "constructor"],
  [{ apiKey: "k", baseUrl: "acme.test" }, "baseUrl"],
  [{ apiKey: "k", baseUrl: "ftp://acme.test" }, "baseUrl"],
  [{ apiKey: "k", baseUrl: "https://u:p@acme.test" }, "baseUrl"],
  [{ apiKey: "k", baseUrl: "https://acme.test/?key=1" }, "baseUrl"],
  [{ apiKey: "k", headers: { "a b": "c" } }, "headers"],
  [{ apiKey: "k", headers: { a: "c\r\nd: e" } }, "headers"],
  [{ apiKey: "k", headers: { a: 1 } }, "headers"],
  [{ apiKey: "k", timeouts: { idleTimeoutMs: 0 } }, "timeouts"],
  [{ apiKey: "k", timeouts: { idleMs: 5 } }, "timeouts"],
  [{ apiKey: "k", timeouts: 5 }, "timeouts"],
  [{ apiKey: "k", transport: {} }, "transport"],
])("%j: %s", (options, param) => {
  expect(paramOf(() => check(options))).toBe(param);
});

test("a wrong value is not repeated", () => {
  expect(() => check({ apiKey: "sk secret" })).toThrow(
    expect.not.objectContaining({ message: expect.stringMatching("secret") }),
  );
});

test.each([
  ["gpt-5", "gpt-5"],
  ["a/b?c#d", "a%2Fb%3Fc%23d"],
  ["..x", "..x"],
])("the model %s stands in a path as %s", (model, segment) => {
  expect(pathSegment(model)).toBe(segment);
});

test.each(["", ".", ".."])("the model %j stands in no path", (model) => {
  expect(paramOf(() => pathSegment(model))).toBe("model");
});
