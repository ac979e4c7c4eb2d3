import { GatewayError, isGatewayError } from "@gw/core";
import type { DecodedCall } from "./pipeline/decode.ts";

/**
 * A refusal with its parameter by the name that the caller's format has for it. What a vendor says stays in its own words, what
 * is wrong with the body itself is in the caller's already, and whatever is no error of gw stays what it is.
 */
export function inCallersWords(cause: unknown, call: Pick<DecodedCall, "paramName">): unknown {
  if (!isGatewayError(cause) || cause.param === null || cause.upstream !== null) return cause;
  const { code, message, httpStatus, retry, provider, param } = cause;
  if (code !== "unsupported_parameter" && code !== "unsupported_capability") return cause;
  const name = call.paramName(param);
  if (name === param) return cause;
  const words = message.startsWith(`${param} `) ? name + message.slice(param.length) : message;
  return new GatewayError(code, words, {
    httpStatus,
    retry,
    param: name,
    cause,
    ...(provider !== null && { provider }),
  });
}
