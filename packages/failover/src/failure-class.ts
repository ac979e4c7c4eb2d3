import type { ErrorCode, GatewayError } from "@gw/core/types";

/** What a failure says about where to go next, and about the health of what failed. */
export interface FailureClass {
  /**
   * Whether the same target is worth another try: `never`; after a `backoff`, or the wait that the vendor asked for; `once` at
   * once, then as before.
   */
  readonly sameTarget: "never" | "once" | "backoff";
  readonly nextTarget: boolean;
  /**
   * What it counts as: a `failure` of the model's circuit, a `soft` one (it says that it is full, not that it is broken), a
   * `credential` that has to rest or is refused, or `none`: the request was at fault.
   */
  readonly health: "failure" | "soft" | "credential" | "none";
}

const broken: FailureClass = { sameTarget: "backoff", nextTarget: true, health: "failure" };
const callersFault: FailureClass = { sameTarget: "never", nextTarget: false, health: "none" };
const notHere: FailureClass = { sameTarget: "never", nextTarget: true, health: "none" };
const credential: FailureClass = { sameTarget: "never", nextTarget: true, health: "credential" };

const table: Readonly<Record<ErrorCode, FailureClass>> = {
  // Nothing reached the vendor, so a second try costs nothing and often goes well: a stale connection.
  connection_failed: { sameTarget: "once", nextTarget: true, health: "failure" },
  timed_out: broken,
  upstream_failed: broken,
  reply_malformed: broken,
  stream_truncated: broken,
  internal_error: callersFault,
  overloaded: { sameTarget: "backoff", nextTarget: true, health: "soft" },
  rate_limited: { sameTarget: "backoff", nextTarget: true, health: "credential" },
  quota_exhausted: credential,
  authentication_failed: credential,
  permission_denied: credential,
  model_not_found: notHere,
  context_length_exceeded: notHere,
  request_too_large: notHere,
  unsupported_capability: notHere,
  unsupported_parameter: notHere,
  content_filtered: callersFault,
  invalid_request: callersFault,
  model_string_malformed: callersFault,
  invalid_api_key: callersFault,
  expired_api_key: callersFault,
  budget_exceeded: callersFault,
  not_found: callersFault,
  method_not_allowed: callersFault,
  unavailable: callersFault,
  aborted: callersFault,
};

/** The class of a failure. Its code decides; the error's own `retry` may only forbid more than the code does. */
export function classifyFailure(error: GatewayError): FailureClass {
  const { sameTarget, nextTarget, health } = table[error.code];
  return {
    sameTarget: error.retry.sameTarget ? sameTarget : "never",
    nextTarget: nextTarget && error.retry.nextTarget,
    health,
  };
}
