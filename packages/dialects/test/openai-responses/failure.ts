import { type GatewayError, isGatewayError } from "@gw/core";

/** The error that an action raises, or `null`; anything but a `GatewayError` is passed on. */
export function failure(action: () => unknown): GatewayError | null {
  try {
    action();
    return null;
  } catch (error) {
    if (isGatewayError(error)) return error;
    throw error;
  }
}

/** Its code. */
export function codeOf(action: () => unknown): string | null {
  return failure(action)?.code ?? null;
}
