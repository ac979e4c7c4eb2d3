import type { Outcome } from "./outcome.ts";

/** What is known of a credential: a key of a provider. Plain data, so that it can be shared. */
export interface CredentialHealth {
  /** It was rate-limited or refused, and rests until then. */
  readonly restsUntilMs: number;
  /** Rests since it last worked. */
  readonly restsInRow: number;
}

/** A credential of which nothing bad is known. */
export const freshCredential: CredentialHealth = Object.freeze({ restsUntilMs: 0, restsInRow: 0 });

const restMs = 5_000;
const maxRestMs = 300_000;
const refusedRestMs = 300_000;
const maxAskedRestMs = 3_600_000;

/**
 * The credential once a call told how it went. It rests for as long as the vendor asked, at most an hour; else for 5 s, doubling
 * to 5 min. One that was refused, or has no credit left, rests for 5 min at least.
 */
export function credentialAfter(credential: CredentialHealth, outcome: Outcome, nowMs: number): CredentialHealth {
  if (outcome.type === "succeeded") return credential.restsInRow === 0 ? credential : { ...credential, restsInRow: 0 };
  if (outcome.type !== "cooled") return credential;
  const { retryAfterMs, refused } = outcome;
  const resting = credential.restsUntilMs > nowMs;
  // Calls that were under way when it began to rest tell nothing new, unless the vendor asks for longer.
  if (resting && retryAfterMs === null) return credential;
  const growing = Math.min(maxRestMs, restMs * 2 ** credential.restsInRow);
  const asked = Math.min(maxAskedRestMs, retryAfterMs ?? growing);
  return {
    restsUntilMs: Math.max(credential.restsUntilMs, nowMs + (refused ? Math.max(asked, refusedRestMs) : asked)),
    restsInRow: resting ? credential.restsInRow : credential.restsInRow + 1,
  };
}
