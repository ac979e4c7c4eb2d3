import type { ErrorCode, GatewayError } from "@gw/core/types";

/** What a failure says about where to go next, and about the health of what failed. */
export interface FailureClass {
  /**
   * Whether the same target is worth another try: `never`; after a `backoff`, and the wait that the vendor asked for; `once` at
   * once, then as before.
   */
  readonly sameTarget: "never" | "once" | "backoff";
  /** Which other targets could do better: `none`, `any`, or those of an `other-circuit`, since the same model says the same. */
  readonly nextTarget: "none" | "any" | "other-circuit";
  /**
   * What it counts as: a `failure` of the circuit, a `soft` one (it says that it is full, not that it is broken), a
   * `credential` that has to rest, or `none`: the request was at fault.
   */
  readonly health: "failure" | "soft" | "credential" | "none";
}

const broken: FailureClass = { sameTarget: "backoff", nextTarget: "any", health: "failure" };
const badKey: FailureClass = { sameTarget: "never", nextTarget: "any", health: "credential" };
const tooMuch: FailureClass = { sameTarget: "never", nextTarget: "other-circuit", health: "none" };
const callersFault: FailureClass = { sameTarget: "never", nextTarget: "none", health: "none" };

const table: Readonly<Record<ErrorCode, FailureClass>> = {
  // Most often a connection that had gone stale: nothing was answered, so a second try costs little and goes well.
  connection_failed: { sameTarget: "once", nextTarget: "any", health: "failure" },
  timed_out: broken,
  upstream_failed: broken,
  reply_malformed: broken,
  stream_truncated: broken,
  overloaded: { sameTarget: "backoff", nextTarget: "any", health: "soft" },
  rate_limited: { sameTarget: "backoff", nextTarget: "any", health: "credential" },
  quota_exhausted: badKey,
  authentication_failed: badKey,
  permission_denied: badKey,
  // With another key it may be there.
  model_not_found: { sameTarget: "never", nextTarget: "any", health: "none" },
  context_length_exceeded: tooMuch,
  request_too_large: tooMuch,
  unsupported_capability: tooMuch,
  unsupported_parameter: tooMuch,
  content_filtered: callersFault,
  invalid_request: callersFault,
  model_string_malformed: callersFault,
  invalid_api_key: callersFault,
  expired_api_key: callersFault,
  budget_exceeded: callersFault,
  not_found: callersFault,
  method_not_allowed: callersFault,
  internal_error: callersFault,
  unavailable: callersFault,
  aborted: callersFault,
  cancelled: callersFault,
  interrupted: callersFault,
  stream_expired: callersFault,
  idempotency_conflict: callersFault,
};

/** The class of a failure. Its code decides; the error's own `retry` may only forbid more than the code does. */
export function classifyFailure(error: GatewayError): FailureClass {
  const { sameTarget, nextTarget, health } = table[error.code];
  return {
    sameTarget: error.retry.sameTarget ? sameTarget : "never",
    nextTarget: error.retry.nextTarget ? nextTarget : "none",
    health,
  };
}
