import { GatewayError, type GatewayErrorOptions, type WireHeaders } from "@gw/core";

const maxCauses = 4;

/** The text with every secret replaced by `***`. */
function redactText(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, "***");
  return clean;
}

/** The headers with every secret in their values replaced by `***`. */
export function redactHeaders(headers: WireHeaders, secrets: readonly string[]): WireHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, redactText(value, secrets)]));
}

/** The same error without a secret in its message, cause or upstream reply, and with what `options` adds. */
export function redactError(
  error: GatewayError,
  secrets: readonly string[],
  options: Pick<GatewayErrorOptions, "provider" | "requestId" | "retryAfterMs" | "retry">,
): GatewayError {
  const { upstream, cause } = error;
  const requestId = error.requestId ?? options.requestId;
  const retryAfterMs = error.retryAfterMs ?? options.retryAfterMs;
  const provider = error.provider ?? options.provider;
  const clean = new GatewayError(error.code, redactText(error.message, secrets), {
    httpStatus: error.httpStatus,
    retry: { ...error.retry, ...options.retry },
    ...(provider !== undefined && { provider }),
    ...(requestId !== undefined && { requestId: redactText(requestId, secrets) }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(error.param !== null && { param: redactText(error.param, secrets) }),
    ...(cause !== undefined && { cause: redactCause(cause, secrets, maxCauses) }),
    ...(upstream !== null && {
      upstream: {
        status: upstream.status,
        headers: redactHeaders(upstream.headers, secrets),
        body: redactText(upstream.body, secrets),
      },
    }),
  });
  // Where it came from says more than where it was cleaned.
  if (error.stack !== undefined) clean.stack = redactText(error.stack, secrets);
  return clean;
}

/** Name, message, code and stack of whatever was thrown: an object from elsewhere could hold a request and its headers. */
function redactCause(cause: unknown, secrets: readonly string[], depth: number): Error {
  if (!(cause instanceof Error)) return new Error(redactText(String(cause), secrets));
  const inner = cause.cause !== undefined && depth > 0 ? redactCause(cause.cause, secrets, depth - 1) : undefined;
  const copy = new Error(redactText(cause.message, secrets), inner === undefined ? undefined : { cause: inner });
  copy.name = cause.name;
  if (cause.stack !== undefined) copy.stack = redactText(cause.stack, secrets);
  const { code } = cause as { code?: unknown };
  return typeof code === "string" ? Object.assign(copy, { code }) : copy;
}
