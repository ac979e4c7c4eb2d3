import { expect, test } from "vitest";
import { readRetryHints } from "../src/retry-hints.ts";

const now = Date.parse("2026-11-20T10:00:00Z");

test.each<[string, number, Record<string, string>, ReturnType<typeof readRetryHints>]>([
  ["nothing", 500, {}, {}],
  ["milliseconds", 503, { "retry-after-ms": "250" }, { retryAfterMs: 250 }],
  ["milliseconds before seconds", 429, { "retry-after-ms": "0", "retry-after": "1" }, { retryAfterMs: 0 }],
  ["the other name of milliseconds", 429, { "x-ms-retry-after-ms": "12" }, { retryAfterMs: 12 }],
  ["seconds", 429, { "retry-after": "1.5" }, { retryAfterMs: 1_500 }],
  ["a date", 503, { "retry-after": "Fri, 20 Nov 2026 10:00:07 GMT" }, { retryAfterMs: 7_000 }],
  [
    "a date by the vendor's own clock",
    503,
    { "retry-after": "Fri, 20 Nov 2026 10:00:07 GMT", date: "Fri, 20 Nov 2026 10:00:05 GMT" },
    { retryAfterMs: 2_000 },
  ],
  ["a date that has passed", 503, { "retry-after": "Fri, 20 Nov 2026 09:00:00 GMT" }, { retryAfterMs: 0 }],
  ["rubbish", 429, { "retry-after": "soon" }, {}],
  ["a negative wait", 429, { "retry-after": "-1" }, {}],
  [
    "the reset of the limit that is used up",
    429,
    {
      "x-ratelimit-remaining-requests": "12",
      "x-ratelimit-reset-requests": "24h",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "6m0s",
    },
    { retryAfterMs: 360_000 },
  ],
  ["parts of a second", 429, { "x-ratelimit-remaining-a": "0", "x-ratelimit-reset-a": "12ms" }, { retryAfterMs: 12 }],
  [
    "all units",
    429,
    { "x-ratelimit-remaining-a": "0", "x-ratelimit-reset-a": "1d2h3m4.5s" },
    { retryAfterMs: 93_784_500 },
  ],
  [
    "a reset as a date",
    429,
    { "v-ratelimit-tokens-remaining": "0", "v-ratelimit-tokens-reset": "2026-11-20T10:00:30Z" },
    { retryAfterMs: 30_000 },
  ],
  ["a reset in seconds", 429, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60" }, { retryAfterMs: 60_000 }],
  [
    "a reset in epoch seconds",
    429,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now / 1_000 + 5) },
    { retryAfterMs: 5_000 },
  ],
  [
    "a reset in epoch milliseconds",
    429,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now + 5) },
    { retryAfterMs: 5 },
  ],
  ["no reset of a limit with something left", 429, { "x-ratelimit-remaining": "1", "x-ratelimit-reset": "60" }, {}],
  [
    "no reset for an error that is not about limits",
    400,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60" },
    {},
  ],
  ["that the vendor wants no retry", 500, { "x-should-retry": "false" }, { retry: { sameTarget: false } }],
  ["that the vendor wants a retry", 409, { "x-should-retry": "true" }, { retry: { sameTarget: true } }],
])("reads %s", (_case, status, headers, hints) => {
  expect(readRetryHints(status, headers, now)).toEqual(hints);
});
