import type { WireHeaders } from "@gw/core";

/** What the headers of an error reply say about another attempt. Absent means that they say nothing. */
export interface RetryHints {
  readonly retryAfterMs?: number;
  /** `x-should-retry`, which vendors' own SDKs obey before all else. @see `shouldRetry` in openai 7.55, @anthropic-ai/sdk 1.10 */
  readonly retry?: { readonly sameTarget: boolean };
}

const duration = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/**
 * Reads `x-should-retry`, `retry-after-ms` and `retry-after` (seconds or a date), and where those are silent on a 429 or 503,
 * when the limits reset of which nothing remains.
 *
 * Only for errors: some vendors send `retry-after` with good replies too (recorded 2026).
 *
 * @param nowMs the time now, for dates, where the reply has no `date` of its own
 */
export function readRetryHints(status: number, headers: WireHeaders, nowMs: number): RetryHints {
  const serverNow = Date.parse(headers.date ?? "");
  const now = Number.isNaN(serverNow) ? nowMs : serverNow;
  const retryAfterMs =
    readRetryAfter(headers, now) ?? (status === 429 || status === 503 ? readResets(headers, now) : null);
  const shouldRetry = headers["x-should-retry"];
  return {
    ...(retryAfterMs !== null && { retryAfterMs }),
    ...((shouldRetry === "true" || shouldRetry === "false") && { retry: { sameTarget: shouldRetry === "true" } }),
  };
}

function readRetryAfter(headers: WireHeaders, now: number): number | null {
  const milliseconds = readNumber(headers["retry-after-ms"] ?? headers["x-ms-retry-after-ms"]);
  if (milliseconds !== null) return milliseconds;
  const text = headers["retry-after"];
  const seconds = readNumber(text);
  if (seconds !== null) return seconds * 1_000;
  return readDate(text ?? "", now);
}

/** The longest wait among the limits that are used up. */
function readResets(headers: WireHeaders, now: number): number | null {
  let longest: number | null = null;
  for (const name in headers) {
    if (!/rate-?limit/.test(name) || !name.includes("reset")) continue;
    if (readNumber(headers[name.replace("reset", "remaining")]) !== 0) continue;
    const wait = readReset(headers[name] as string, now);
    if (wait !== null && (longest === null || wait > longest)) longest = wait;
  }
  return longest;
}

/** `6m0s`, `12ms`, a date, seconds, or a point in time since 1970. */
function readReset(text: string, now: number): number | null {
  const number = readNumber(text);
  if (number !== null) {
    if (number > 1e12) return Math.max(0, number - now);
    return number > 1e9 ? Math.max(0, number * 1_000 - now) : number * 1_000;
  }
  const parts = text === "" ? null : duration.exec(text);
  if (parts !== null) {
    const [days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0] = parts
      .slice(1)
      .map((part) => Number(part ?? 0));
    return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000 + milliseconds);
  }
  return readDate(text, now);
}

/** Milliseconds until a date; `Date.parse` alone would take a lone number for a year. */
function readDate(text: string, now: number): number | null {
  const date = /[A-Z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function readNumber(text: string | undefined): number | null {
  if (text === undefined || text.trim() === "") return null;
  const number = Number(text);
  return Number.isFinite(number) && number >= 0 ? number : null;
}
