import { GatewayError, isGatewayError } from "@gw/core";

/** What a signal's abort means: its reason where that is an error of ours (a bound that passed), else `aborted`. */
export function abortError(signal: AbortSignal): GatewayError {
  return isGatewayError(signal.reason) ? signal.reason : new GatewayError("aborted", "The call was cancelled");
}

/**
 * A connection that could not be made or did not hold.
 *
 * @param nothingSent the vendor cannot have seen the request: only then is it sure that sending it again is not sending it
 * twice, and bills once
 */
export function connectionFailed(cause: unknown, nothingSent: boolean): GatewayError {
  const code = errorCode(cause);
  return new GatewayError(
    "connection_failed",
    nothingSent
      ? `The vendor could not be reached${code === null ? "" : ` (${code})`}`
      : `The connection broke before the reply was whole${code === null ? "" : ` (${code})`}`,
    { cause, retry: { sameTarget: nothingSent } },
  );
}

/** Nothing came for `idleTimeoutMs`. */
export function idleTimeout(idleTimeoutMs: number): GatewayError {
  return new GatewayError("timed_out", `Nothing came from the vendor for ${idleTimeoutMs} ms`);
}

/** No reply began within the bound of the first content. */
export function headTimeout(firstContentTimeoutMs: number): GatewayError {
  return new GatewayError("timed_out", `No reply began within ${firstContentTimeoutMs} ms`);
}

/** The error's own short code, such as `ECONNREFUSED`; addresses and the like stay out of messages. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== "object" || error === null) return null;
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return code;
  return "cause" in error ? errorCode(error.cause) : null;
}
