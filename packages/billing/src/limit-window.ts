/** How long a calendar window of a limit is; in its time zone, so a day may have 23 or 25 hours. Weeks begin on Monday. */
export type CalendarPeriod = "hour" | "day" | "week" | "month";

/** From the first millisecond to the one after the last, both since 1970. */
export interface LimitWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * The calendar window that a moment lies in.
 *
 * @param timeZone IANA name, `UTC` for the plain calendar
 * @throws {RangeError} when the platform does not know the time zone
 */
export function windowAt(period: CalendarPeriod, timeZone: string, nowMs: number): LimitWindow {
  const known = newest.get(`${period} ${timeZone}`);
  if (known !== undefined && known.fromMs <= nowMs && nowMs < known.toMs) return known;
  const window = findWindow(period, timeZone, nowMs);
  newest.set(`${period} ${timeZone}`, window);
  return window;
}

// Of each period and zone the window asked for last: asking the platform for a zone's calendar is slow.
const newest = new Map<string, LimitWindow>();

function findWindow(period: CalendarPeriod, timeZone: string, nowMs: number): LimitWindow {
  const localMs = nowMs + offsetMs(timeZone, nowMs);
  if (period === "hour") {
    // An hour that the clock repeats counts twice: once for each time it passes.
    const fromMs = nowMs - modulo(localMs, hourMs);
    return { fromMs, toMs: fromMs + hourMs };
  }
  const local = new Date(localMs);
  const [year, month, date] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
  const start = (monthIndex: number, dayOfMonth: number): number =>
    firstInstantOf(timeZone, Date.UTC(year, monthIndex, dayOfMonth));
  if (period === "month") return { fromMs: start(month, 1), toMs: start(month + 1, 1) };
  if (period === "day") return { fromMs: start(month, date), toMs: start(month, date + 1) };
  const monday = date - ((local.getUTCDay() + 6) % 7);
  return { fromMs: start(month, monday), toMs: start(month, monday + 7) };
}

/**
 * When a local date begins. Midnight comes twice where the clock is put back over it, and then the first counts; where it is
 * put forward over it, the date begins with the first time that there is.
 *
 * @param localMidnightMs the date as if it were in UTC
 */
function firstInstantOf(timeZone: string, localMidnightMs: number): number {
  const before = offsetMs(timeZone, localMidnightMs - dayMs);
  const after = offsetMs(timeZone, localMidnightMs + dayMs);
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    const instantMs = localMidnightMs - offset;
    if (offsetMs(timeZone, instantMs) === offset) return instantMs;
  }
  return localMidnightMs - before;
}

/** How far a zone's clocks are ahead of UTC. */
function offsetMs(timeZone: string, atMs: number): number {
  if (timeZone === "UTC") return 0;
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(timeZone, format);
  }
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of format.formatToParts(atMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - (atMs - modulo(atMs, 1_000));
}

const formats = new Map<string, Intl.DateTimeFormat>();

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
