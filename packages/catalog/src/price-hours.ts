/** Hours of the day that a price holds in, on all days or on some of the week: UTC, half-open. */
export interface PriceHours {
  /** Their first and last day, from 1 (Monday) to 7; `null`: every day. */
  readonly weekdays: readonly [number, number] | null;
  /** Minutes since midnight: the first, and the first in which it no longer holds, at most 1440. */
  readonly fromMinute: number;
  readonly untilMinute: number;
}

const weekdayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const hoursPattern =
  /^(?:([A-Z][a-z]{2})-([A-Z][a-z]{2}) )?([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;
const minuteMs = 60_000;
const minutesADay = 1_440;

/**
 * Reads hours: `"01:00-04:00"`, with days of the week before them `"Mon-Fri 01:00-04:00"`. They end on the day they begin on, at
 * `24:00` at the latest: what goes past midnight is written as two.
 *
 * @returns `null` for what is no such text
 */
export function parseHours(text: string): PriceHours | null {
  const found = hoursPattern.exec(text);
  if (found === null) return null;
  const [, first, last, fromHour, fromMinutes, untilHour = "24", untilMinutes = "0"] = found;
  const fromMinute = Number(fromHour) * 60 + Number(fromMinutes);
  const untilMinute = Number(untilHour) * 60 + Number(untilMinutes);
  if (fromMinute >= untilMinute) return null;
  if (first === undefined || last === undefined) return { weekdays: null, fromMinute, untilMinute };
  const weekdays = [weekdayNames.indexOf(first) + 1, weekdayNames.indexOf(last) + 1] as const;
  return weekdays[0] >= 1 && weekdays[0] <= weekdays[1] ? { weekdays, fromMinute, untilMinute } : null;
}

/** Hours as {@link parseHours} reads them. */
export function hoursText({ weekdays, fromMinute, untilMinute }: PriceHours): string {
  const days = weekdays === null ? "" : `${weekdays.map((day) => weekdayNames[day - 1]).join("-")} `;
  return `${days}${clockText(fromMinute)}-${clockText(untilMinute)}`;
}

/** Whether a moment, in ms since 1970, is in one of these hours; none at all stand for every moment. */
export function isInHours(hours: readonly PriceHours[], atMs: number): boolean {
  if (hours.length === 0) return true;
  const minutes = Math.floor(atMs / minuteMs);
  const minute = minutes % minutesADay;
  // 1970 began on a Thursday.
  const weekday = ((Math.floor(minutes / minutesADay) + 3) % 7) + 1;
  return hours.some(
    ({ weekdays, fromMinute, untilMinute }) =>
      fromMinute <= minute &&
      minute < untilMinute &&
      (weekdays === null || (weekdays[0] <= weekday && weekday <= weekdays[1])),
  );
}

function clockText(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");
}
