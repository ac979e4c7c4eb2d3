import {
  afterOutcome,
  afterStart,
  type BreakerOptions,
  blockedUntilMs,
  type CircuitHealth,
  mayRetry,
} from "./circuit-health.ts";
import { type CredentialHealth, credentialAfter } from "./credential-health.ts";
import type { Outcome } from "./outcome.ts";

/** What a target's health is known by. */
export interface TargetNames {
  /** Names what breaks together: usually `provider/model`. */
  readonly circuit: string;
  /**
   * Names what is rate-limited or refused together: a key of a provider, and the model too where the vendor limits each model
   * by itself or a key may use some models only.
   */
  readonly credential: string;
}

/** The health of a target. */
export interface TargetHealth {
  readonly circuit: CircuitHealth;
  readonly credential: CredentialHealth;
}

/** What a call needs to know of a target's health. Times that are past mean now. */
export interface Standing {
  /** Its breaker is open until then, or until a probe says more. */
  readonly blockedUntilMs: number;
  /** Its credential rests until then. */
  readonly restsUntilMs: number;
  /** Its retry budget allows another try by a call that tried it before. */
  readonly mayRetry: boolean;
  /** Moving average of the time to the first content; `null` before the first success. */
  readonly firstContentMs: number | null;
}

/** How one attempt went. */
export interface HealthReport extends TargetNames {
  /** As `start` was told. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: Outcome;
}

/** What a target's health comes to at a time. */
export function standingOf({ circuit, credential }: TargetHealth, nowMs: number, options: BreakerOptions): Standing {
  return {
    blockedUntilMs: blockedUntilMs(circuit, nowMs, options),
    restsUntilMs: credential.restsUntilMs,
    mayRetry: mayRetry(circuit, nowMs, options),
    firstContentMs: circuit.firstContentMs,
  };
}

/** The health once a call is sent; `null` when it may not be. */
export function started(
  health: TargetHealth,
  { retry, nowMs }: { readonly retry: boolean; readonly nowMs: number },
  options: BreakerOptions,
): TargetHealth | null {
  const { circuit, credential } = health;
  if (blockedUntilMs(circuit, nowMs, options) > nowMs || credential.restsUntilMs > nowMs) return null;
  if (retry && !mayRetry(circuit, nowMs, options)) return null;
  return { circuit: afterStart(circuit, retry, nowMs, options), credential };
}

/** The health once a call told how it went. */
export function reported(health: TargetHealth, report: HealthReport, options: BreakerOptions): TargetHealth {
  return {
    circuit: afterOutcome(health.circuit, report, options),
    credential: credentialAfter(health.credential, report.outcome, report.endedAtMs),
  };
}
