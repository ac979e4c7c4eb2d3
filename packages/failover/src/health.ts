/** What is known of a circuit (a model at a provider) or of a credential (a key of a provider). Plain data: it can be shared. */
export interface Health {
  /** Failures since the last success. */
  readonly consecutiveFailures: number;
  /** Calls and failures by second, within the window; the newest last. */
  readonly seconds: readonly {
    readonly second: number;
    readonly calls: number;
    readonly failures: number;
    readonly retries: number;
  }[];
  /** Open until then; 0 while closed. */
  readonly openUntilMs: number;
  /** Until when somebody holds the one probe of an open breaker; 0 when it is free. */
  readonly probeUntilMs: number;
  /** How often it opened without having been well for long in between. */
  readonly ejections: number;
  /** When it last closed. */
  readonly closedAtMs: number;
  /** A credential rests until then: it was rate-limited or refused. */
  readonly coolUntilMs: number;
  /** Moving average of the time to the first content; `null` before the first success. */
  readonly firstContentMs: number | null;
}

/** A health of which nothing bad is known. */
export const freshHealth: Health = Object.freeze({
  consecutiveFailures: 0,
  seconds: [],
  openUntilMs: 0,
  probeUntilMs: 0,
  ejections: 0,
  closedAtMs: 0,
  coolUntilMs: 0,
  firstContentMs: null,
});

/** How one call went, as far as health is concerned. */
export type Outcome =
  | { readonly type: "succeeded"; readonly firstContentMs: number | null }
  | { readonly type: "failed"; readonly soft: boolean }
  /** It rests: for as long as the vendor asked, or for a default that grows with repetition. */
  | { readonly type: "cooled"; readonly retryAfterMs: number | null; readonly refused: boolean }
  /** It ended without telling anything: the caller left, or the request was at fault. */
  | { readonly type: "released" };

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failuresInRow: number;
  /** Calls within the window from which on their share of failures counts. */
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
export const defaultBreaker: BreakerOptions = {
  failuresInRow: 5,
  minCalls: 20,
  failureShare: 0.5,
  windowSeconds: 10,
  openMs: 5_000,
  maxOpenMs: 300_000,
  probeMs: 120_000,
};

const retryShare = 0.2;
const retriesAlways = 3;
const coolMs = 5_000;
const refusedCoolMs = 300_000;
const maxCoolMs = 3_600_000;

/** Whether a call may be sent now: `yes`, as the one `probe` of a breaker whose time is over, or `no` until a time. */
export type Admission = { readonly type: "yes" | "probe" } | { readonly type: "no"; readonly untilMs: number };

export function admission(health: Health, nowMs: number): Admission {
  if (health.coolUntilMs > nowMs) return { type: "no", untilMs: health.coolUntilMs };
  if (health.openUntilMs === 0) return { type: "yes" };
  if (health.openUntilMs > nowMs) return { type: "no", untilMs: health.openUntilMs };
  if (health.probeUntilMs > nowMs) return { type: "no", untilMs: health.probeUntilMs };
  return { type: "probe" };
}

/** Whether another retry of this target is within 20 % of its calls in the window, and 3. */
export function mayRetry(health: Health, nowMs: number, options: BreakerOptions = defaultBreaker): boolean {
  const recent = withinWindow(health, nowMs, options);
  const calls = sum(recent, "calls") - sum(recent, "retries");
  return sum(recent, "retries") < retryShare * calls + retriesAlways;
}

/** The health once a call was sent. Only after {@link admission} said that it may be. */
export function afterStart(
  health: Health,
  retry: boolean,
  nowMs: number,
  options: BreakerOptions = defaultBreaker,
): Health {
  const counted = count(health, nowMs, options, { calls: 1, failures: 0, retries: retry ? 1 : 0 });
  return health.openUntilMs === 0 ? counted : { ...counted, probeUntilMs: nowMs + options.probeMs };
}

/** The health after an outcome. */
export function afterOutcome(
  health: Health,
  outcome: Outcome,
  nowMs: number,
  options: BreakerOptions = defaultBreaker,
): Health {
  switch (outcome.type) {
    case "succeeded": {
      const closed =
        health.openUntilMs === 0 ? health : { ...health, openUntilMs: 0, probeUntilMs: 0, closedAtMs: nowMs };
      return {
        ...closed,
        // A probe that went well begins a new count: what was counted before it closed is over.
        seconds: health.openUntilMs === 0 ? health.seconds : [],
        consecutiveFailures: 0,
        firstContentMs: average(health.firstContentMs, outcome.firstContentMs),
      };
    }
    case "failed": {
      const counted = count(health, nowMs, options, { calls: 0, failures: 1, retries: 0 });
      const failed = { ...counted, consecutiveFailures: health.consecutiveFailures + (outcome.soft ? 0 : 1) };
      // A straggler of before does not prolong what is open already; a failed probe does.
      const open = health.openUntilMs > 0;
      if (open ? health.openUntilMs <= nowMs : trips(failed, nowMs, options)) return opened(failed, nowMs, options);
      return failed;
    }
    case "cooled": {
      const restMs = outcome.retryAfterMs ?? (outcome.refused ? refusedCoolMs : coolMs);
      return { ...released(health), coolUntilMs: Math.max(health.coolUntilMs, nowMs + Math.min(restMs, maxCoolMs)) };
    }
    case "released":
      return released(health);
  }
}

function trips(health: Health, nowMs: number, options: BreakerOptions): boolean {
  if (health.consecutiveFailures >= options.failuresInRow) return true;
  const recent = withinWindow(health, nowMs, options);
  const calls = sum(recent, "calls");
  return calls >= options.minCalls && sum(recent, "failures") >= options.failureShare * calls;
}

function opened(health: Health, nowMs: number, options: BreakerOptions): Health {
  const lastOpenMs = options.openMs * 2 ** Math.max(0, health.ejections - 1);
  const wasWell = health.openUntilMs === 0 && nowMs - health.closedAtMs > 2 * Math.min(lastOpenMs, options.maxOpenMs);
  const ejections = wasWell ? 1 : health.ejections + 1;
  const openMs = Math.min(options.maxOpenMs, options.openMs * 2 ** (ejections - 1));
  return { ...health, ejections, openUntilMs: nowMs + openMs, probeUntilMs: 0, consecutiveFailures: 0 };
}

function released(health: Health): Health {
  return health.probeUntilMs === 0 ? health : { ...health, probeUntilMs: 0 };
}

type Counts = { readonly calls: number; readonly failures: number; readonly retries: number };

function count(health: Health, nowMs: number, options: BreakerOptions, more: Counts): Health {
  const second = Math.floor(nowMs / 1_000);
  const recent = withinWindow(health, nowMs, options);
  const last = recent.at(-1);
  if (last?.second !== second) return { ...health, seconds: [...recent, { second, ...more }] };
  const summed = {
    second,
    calls: last.calls + more.calls,
    failures: last.failures + more.failures,
    retries: last.retries + more.retries,
  };
  return { ...health, seconds: [...recent.slice(0, -1), summed] };
}

function withinWindow(health: Health, nowMs: number, options: BreakerOptions): Health["seconds"] {
  const oldest = Math.floor(nowMs / 1_000) - options.windowSeconds;
  return health.seconds[0] !== undefined && health.seconds[0].second <= oldest
    ? health.seconds.filter(({ second }) => second > oldest)
    : health.seconds;
}

function sum(seconds: Health["seconds"], field: keyof Counts): number {
  let total = 0;
  for (const second of seconds) total += second[field];
  return total;
}

function average(before: number | null, sample: number | null): number | null {
  if (sample === null) return before;
  return before === null ? sample : before * 0.8 + sample * 0.2;
}
