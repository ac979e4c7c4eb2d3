import { describe, expect, test } from "vitest";
import { gemini } from "../../src/gemini/gemini.ts";

describe("errors", () => {
  const details = (...quotaIds: string[]) => [{ violations: quotaIds.map((quotaId) => ({ quotaId })) }];
  test.each([
    [429, { message: "long ".repeat(600), details: details("XPerMinute", "YPerDayPerProject") }, "quota_exhausted"],
    [429, { status: "RESOURCE_EXHAUSTED", details: details("XPerMinute") }, "rate_limited"],
    [400, { status: "FAILED_PRECONDITION", message: "location" }, "permission_denied"],
    [401, { status: "UNAUTHENTICATED" }, "authentication_failed"],
    [499, { status: "CANCELLED" }, "upstream_failed"],
    [503, { status: "UNAVAILABLE", message: "The model is overloaded" }, "overloaded"],
    [504, { status: "DEADLINE_EXCEEDED" }, "timed_out"],
  ])("%i %j is %s", (status, error, code) => {
    for (const body of [{ error }, [{ error }]])
      expect(gemini.decodeError({ status, headers: {}, body: JSON.stringify(body) }).code).toBe(code);
  });

  test("a page in place of an error keeps its status", () => {
    expect(gemini.decodeError({ status: 502, headers: {}, body: "<html>" }).code).toBe("upstream_failed");
  });
});
