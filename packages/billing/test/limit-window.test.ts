import { describe, expect, test } from "vitest";
import { type CalendarPeriod, windowAt } from "../src/limit-window.ts";

const hourMs = 3_600_000;
const at = (iso: string): number => Date.parse(iso);

function windowOf(period: CalendarPeriod, timeZone: string, iso: string): [string, number] {
  const { fromMs, toMs } = windowAt(period, timeZone, at(iso));
  return [new Date(fromMs).toISOString().replace(":00.000Z", "Z"), (toMs - fromMs) / hourMs];
}

test.each<[CalendarPeriod, string, string, string, number]>([
  // Time zone, a moment, when its window began, hours in it.
  ["hour", "UTC", "2026-03-29T00:59:59.999Z", "2026-03-29T00:00Z", 1],
  ["hour", "Asia/Kolkata", "2026-03-29T00:29:00Z", "2026-03-28T23:30Z", 1],
  ["day", "UTC", "2026-12-31T23:59:59.999Z", "2026-12-31T00:00Z", 24],
  ["day", "UTC", "2027-01-01T00:00:00Z", "2027-01-01T00:00Z", 24],
  // Clocks go forward at 02:00, and back at 03:00.
  ["day", "Europe/Berlin", "2026-03-28T22:59:59.999Z", "2026-03-27T23:00Z", 24],
  ["day", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-28T23:00Z", 23],
  ["day", "Europe/Berlin", "2026-03-29T21:59:59.999Z", "2026-03-28T23:00Z", 23],
  ["day", "Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-29T22:00Z", 24],
  ["day", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00Z", 25],
  // A half hour, on the other side of the world.
  ["day", "Australia/Lord_Howe", "2026-04-05T00:00:00Z", "2026-04-04T13:00Z", 24.5],
  // At midnight itself: forward, so that the day begins at 01:00.
  ["day", "Africa/Cairo", "2026-04-24T12:00:00Z", "2026-04-23T22:00Z", 23],
  ["day", "Africa/Cairo", "2026-04-23T21:59:59.999Z", "2026-04-22T22:00Z", 24],
  // From 24:00 back to 23:00, so that the day before is longer.
  ["day", "Africa/Cairo", "2026-10-29T20:30:00Z", "2026-10-28T21:00Z", 25],
  ["day", "Africa/Cairo", "2026-10-29T21:30:00Z", "2026-10-28T21:00Z", 25],
  // From 01:00 back to 00:00: midnight comes twice.
  ["day", "America/Havana", "2026-11-01T04:30:00Z", "2026-11-01T04:00Z", 25],
  ["day", "America/Havana", "2026-11-01T05:30:00Z", "2026-11-01T04:00Z", 25],
  // A date that there never was.
  ["day", "Pacific/Apia", "2011-12-30T09:59:59.999Z", "2011-12-29T10:00Z", 24],
  ["day", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00Z", 24],
  ["week", "UTC", "2026-11-29T23:59:59.999Z", "2026-11-23T00:00Z", 168],
  ["week", "UTC", "2026-11-30T00:00:00Z", "2026-11-30T00:00Z", 168],
  ["week", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-22T23:00Z", 167],
  ["month", "UTC", "2026-01-31T23:59:59.999Z", "2026-01-01T00:00Z", 744],
  ["month", "UTC", "2026-02-28T23:59:59.999Z", "2026-02-01T00:00Z", 672],
  ["month", "UTC", "2028-02-29T12:00:00Z", "2028-02-01T00:00Z", 696],
  ["month", "UTC", "2028-03-01T00:00:00Z", "2028-03-01T00:00Z", 744],
  ["month", "America/New_York", "2026-11-30T23:00:00Z", "2026-11-01T04:00Z", 721],
  ["month", "UTC", "2026-12-31T23:00:00Z", "2026-12-01T00:00Z", 744],
])("%s in %s at %s", (period, timeZone, iso, from, hours) => {
  expect(windowOf(period, timeZone, iso)).toEqual([from, hours]);
});

describe("windows follow one another without a gap", () => {
  test.each(["UTC", "Europe/Berlin", "America/Havana", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kathmandu"])(
    "%s",
    (timeZone) => {
      for (const period of ["day", "week", "month"] as const) {
        let { fromMs, toMs } = windowAt(period, timeZone, at("2026-01-01T00:00:00Z"));
        while (fromMs < at("2028-12-31T00:00:00Z")) {
          expect(windowAt(period, timeZone, toMs - 1)).toEqual({ fromMs, toMs });
          const next = windowAt(period, timeZone, toMs);
          expect(next.fromMs).toBe(toMs);
          ({ fromMs, toMs } = next);
        }
      }
    },
  );
});

test("a zone that there is not is an error", () => {
  expect(() => windowAt("day", "Atlantis/Poseidonis", 0)).toThrow(RangeError);
});
