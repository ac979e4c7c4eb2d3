import type { Outcome } from "./outcome.ts";

/** What is known of a circuit: a model at a provider. Plain data, so that it can be shared. */
export interface CircuitHealth {
  /** Failures since the last success. */
  readonly failuresInRow: number;
  /** Counts by second, within the window; the newest last. */
  readonly seconds: readonly CountsOfSecond[];
  /** Open until then, and from then on until a probe goes well; 0 while closed. */
  readonly openUntilMs: number;
  /** Until when somebody holds the one probe of an open breaker; 0 when it is free. */
  readonly probeUntilMs: number;
  /** How often it opened without having been well for long in between. */
  readonly ejections: number;
  /** When it last closed. */
  readonly closedAtMs: number;
  /** Moving average of the time to the first content; `null` before the first success. */
  readonly firstContentMs: number | null;
}

interface Counts {
  readonly sent: number;
  /** Of those that were sent: tries of a target that the same call had tried before. */
  readonly retries: number;
  /** Answered or failed. */
  readonly ended: number;
  readonly failed: number;
}

interface CountsOfSecond extends Counts {
  readonly second: number;
}

/** A circuit of which nothing bad is known. */
export const freshCircuit: CircuitHealth = Object.freeze({
  failuresInRow: 0,
  seconds: [],
  openUntilMs: 0,
  probeUntilMs: 0,
  ejections: 0,
  closedAtMs: 0,
  firstContentMs: null,
});

/** When a breaker opens, and for how long. */
export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failuresInRow: number;
  /** Calls that have to have ended within the window before their share of failures counts. */
  readonly minCalls: number;
  /** Share of failures that opens it. */
  readonly failureShare: number;
  readonly windowSeconds: number;
  readonly openMs: number;
  readonly maxOpenMs: number;
  /** A probe that tells nothing for so long is given up. */
  readonly probeMs: number;
}

/** Opens on 5 failures in a row, or on half of at least 20 calls in 10 s; for 5 s, doubling to 5 min. */
export const defaultBreaker: BreakerOptions = Object.freeze({
  failuresInRow: 5,
  minCalls: 20,
  failureShare: 0.5,
  windowSeconds: 10,
  openMs: 5_000,
  maxOpenMs: 300_000,
  probeMs: 120_000,
});

const retryShare = 0.2;
const retriesAlways = 3;

/** When the breaker lets the next call through; at most `nowMs` where it does so now, be it as its one probe. */
export function blockedUntilMs(circuit: CircuitHealth, nowMs: number, options: BreakerOptions): number {
  if (circuit.openUntilMs === 0 || circuit.openUntilMs > nowMs) return circuit.openUntilMs;
  if (circuit.probeUntilMs <= nowMs) return 0;
  // A probe is under way. Its word usually comes long before it is given up.
  return Math.min(circuit.probeUntilMs, nowMs + options.openMs);
}

/** Whether one more retry would stay within 20 % of the circuit's calls in the window, and 3. */
export function mayRetry(circuit: CircuitHealth, nowMs: number, options: BreakerOptions): boolean {
  const { sent, retries } = totals(withinWindow(circuit, nowMs, options));
  return retries + 1 <= retryShare * (sent - retries) + retriesAlways;
}

/** The circuit once a call was sent. Only where the breaker lets it through. */
export function afterStart(
  circuit: CircuitHealth,
  retry: boolean,
  nowMs: number,
  options: BreakerOptions,
): CircuitHealth {
  const counted = count(circuit, nowMs, options, { sent: 1, retries: retry ? 1 : 0, ended: 0, failed: 0 });
  return circuit.openUntilMs === 0 ? counted : { ...counted, probeUntilMs: nowMs + options.probeMs };
}

/** The circuit once a call told how it went. */
export function afterOutcome(
  circuit: CircuitHealth,
  { outcome, startedAtMs, endedAtMs }: { outcome: Outcome; startedAtMs: number; endedAtMs: number },
  options: BreakerOptions,
): CircuitHealth {
  const open = circuit.openUntilMs > 0;
  // What began before the breaker last opened or closed says nothing of how things are since; so who tells anything of an
  // open one is its probe.
  const stale = startedAtMs < (open ? circuit.openUntilMs : circuit.closedAtMs);
  switch (outcome.type) {
    case "succeeded": {
      if (stale) return circuit;
      const closed = open ? closedAt(circuit, endedAtMs) : circuit;
      return {
        ...count(closed, endedAtMs, options, { sent: 0, retries: 0, ended: 1, failed: 0 }),
        failuresInRow: 0,
        firstContentMs: average(circuit.firstContentMs, outcome.firstContentMs),
      };
    }
    case "failed": {
      if (stale) return circuit;
      const counted = count(circuit, endedAtMs, options, { sent: 0, retries: 0, ended: 1, failed: 1 });
      const failed = { ...counted, failuresInRow: circuit.failuresInRow + (outcome.soft ? 0 : 1) };
      return open || trips(failed, options) ? openedAt(failed, endedAtMs, options) : failed;
    }
    case "broke": {
      if (open) return circuit;
      // It was counted as a success when it began.
      const failed = count(circuit, endedAtMs, options, { sent: 0, retries: 0, ended: 0, failed: 1 });
      return trips(failed, options) ? openedAt(failed, endedAtMs, options) : failed;
    }
    default:
      return circuit.probeUntilMs === startedAtMs + options.probeMs ? { ...circuit, probeUntilMs: 0 } : circuit;
  }
}

function trips({ failuresInRow, seconds }: CircuitHealth, options: BreakerOptions): boolean {
  if (failuresInRow >= options.failuresInRow) return true;
  const { ended, failed } = totals(seconds);
  return ended >= options.minCalls && failed >= options.failureShare * ended;
}

function openedAt(circuit: CircuitHealth, nowMs: number, options: BreakerOptions): CircuitHealth {
  const { openMs, maxOpenMs } = options;
  const openMsOf = (ejections: number): number => Math.min(maxOpenMs, openMs * 2 ** (ejections - 1));
  const wasWell = circuit.openUntilMs === 0 && nowMs - circuit.closedAtMs > 2 * openMsOf(circuit.ejections);
  const ejections = wasWell ? 1 : circuit.ejections + 1;
  return { ...circuit, ejections, openUntilMs: nowMs + openMsOf(ejections), probeUntilMs: 0, failuresInRow: 0 };
}

// The share of failures begins anew; what was sent still counts for the retry budget.
function closedAt(circuit: CircuitHealth, nowMs: number): CircuitHealth {
  const seconds = circuit.seconds.map((one) => ({ ...one, ended: 0, failed: 0 }));
  return { ...circuit, seconds, openUntilMs: 0, probeUntilMs: 0, closedAtMs: nowMs };
}

function count(circuit: CircuitHealth, nowMs: number, options: BreakerOptions, more: Counts): CircuitHealth {
  const second = Math.floor(nowMs / 1_000);
  const recent = withinWindow(circuit, nowMs, options);
  const last = recent.at(-1);
  if (last?.second !== second) return { ...circuit, seconds: [...recent, { second, ...more }] };
  const summed = {
    second,
    sent: last.sent + more.sent,
    retries: last.retries + more.retries,
    ended: last.ended + more.ended,
    failed: last.failed + more.failed,
  };
  return { ...circuit, seconds: [...recent.slice(0, -1), summed] };
}

function withinWindow({ seconds }: CircuitHealth, nowMs: number, options: BreakerOptions): readonly CountsOfSecond[] {
  const oldest = Math.floor(nowMs / 1_000) - options.windowSeconds;
  const first = seconds[0];
  return first !== undefined && first.second <= oldest ? seconds.filter(({ second }) => second > oldest) : seconds;
}

function totals(seconds: readonly CountsOfSecond[]): Counts {
  let [sent, retries, ended, failed] = [0, 0, 0, 0];
  for (const second of seconds) {
    sent += second.sent;
    retries += second.retries;
    ended += second.ended;
    failed += second.failed;
  }
  return { sent, retries, ended, failed };
}

function average(before: number | null, sample: number): number {
  return before === null ? sample : before * 0.8 + sample * 0.2;
}
