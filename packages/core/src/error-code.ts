/** What a code means for the caller's status and for another attempt. */
export interface ErrorMeaning {
  /** Status the caller sees when no vendor's own status stands behind the error. */
  readonly httpStatus: number;
  /** Whether the same call to the same target could go well later. */
  readonly sameTarget: boolean;
  /** Whether another target could answer this request. */
  readonly nextTarget: boolean;
}

const table = {
  /** The request is malformed or asks for something that cannot be. */
  invalid_request: { httpStatus: 400, sameTarget: false, nextTarget: false },
  /** The model string cannot be read. */
  model_string_malformed: { httpStatus: 400, sameTarget: false, nextTarget: false },
  /** A parameter cannot be honoured and the caller asked for strictness. */
  unsupported_parameter: { httpStatus: 400, sameTarget: false, nextTarget: true },
  /** The model or provider cannot do this at all: no such modality, no images, no tools. */
  unsupported_capability: { httpStatus: 400, sameTarget: false, nextTarget: true },
  /** More tokens than the model's window holds. */
  context_length_exceeded: { httpStatus: 400, sameTarget: false, nextTarget: true },
  /** The caller's gateway key is missing or unknown. */
  invalid_api_key: { httpStatus: 401, sameTarget: false, nextTarget: false },
  /** The caller's gateway key has expired. */
  expired_api_key: { httpStatus: 401, sameTarget: false, nextTarget: false },
  /** The vendor refused the key that the gateway holds. */
  authentication_failed: { httpStatus: 502, sameTarget: false, nextTarget: true },
  /** A spending limit would be passed. */
  budget_exceeded: { httpStatus: 402, sameTarget: false, nextTarget: false },
  /** The key may not do this. */
  permission_denied: { httpStatus: 403, sameTarget: false, nextTarget: true },
  /** No such model or provider. */
  model_not_found: { httpStatus: 404, sameTarget: false, nextTarget: true },
  /** No such thing at this path. */
  not_found: { httpStatus: 404, sameTarget: false, nextTarget: false },
  /** The path exists, but not with this method. */
  method_not_allowed: { httpStatus: 405, sameTarget: false, nextTarget: false },
  /** What was kept is kept no longer. */
  stream_expired: { httpStatus: 410, sameTarget: false, nextTarget: false },
  /** The body is larger than the gateway or the vendor takes. */
  request_too_large: { httpStatus: 413, sameTarget: false, nextTarget: true },
  /** The idempotency key stands for another request. */
  idempotency_conflict: { httpStatus: 422, sameTarget: false, nextTarget: false },
  /** A filter refused the prompt or the answer. */
  content_filtered: { httpStatus: 422, sameTarget: false, nextTarget: false },
  /** Too many requests or tokens for now. */
  rate_limited: { httpStatus: 429, sameTarget: true, nextTarget: true },
  /** The account has no credit or daily quota left: waiting a little does not help. */
  quota_exhausted: { httpStatus: 429, sameTarget: false, nextTarget: true },
  /** The caller went away or cancelled. */
  aborted: { httpStatus: 499, sameTarget: false, nextTarget: false },
  /** The call was cancelled, or nobody read its answer any more. */
  cancelled: { httpStatus: 499, sameTarget: false, nextTarget: false },
  /** The gateway itself failed. */
  internal_error: { httpStatus: 500, sameTarget: false, nextTarget: false },
  /** The gateway ended before the answer did. */
  interrupted: { httpStatus: 502, sameTarget: false, nextTarget: false },
  /** The vendor failed. */
  upstream_failed: { httpStatus: 502, sameTarget: true, nextTarget: true },
  /** The vendor could not be reached, or closed the connection before a reply. */
  connection_failed: { httpStatus: 502, sameTarget: true, nextTarget: true },
  /** The vendor's reply is not what its format promises. */
  reply_malformed: { httpStatus: 502, sameTarget: true, nextTarget: true },
  /** The stream ended before the answer did. */
  stream_truncated: { httpStatus: 502, sameTarget: true, nextTarget: true },
  /** The vendor has no capacity at the moment. */
  overloaded: { httpStatus: 503, sameTarget: true, nextTarget: true },
  /** The gateway is shutting down or cannot take more. */
  unavailable: { httpStatus: 503, sameTarget: true, nextTarget: false },
  /** A time limit of the gateway or of the vendor passed. */
  timed_out: { httpStatus: 504, sameTarget: true, nextTarget: true },
} as const satisfies Record<string, ErrorMeaning>;

/** The taxonomy of failures. Codes are stable; messages are not. */
export type ErrorCode = keyof typeof table;

/** Every code and what it means. */
export const errorCodes: Readonly<Record<ErrorCode, ErrorMeaning>> = table;
