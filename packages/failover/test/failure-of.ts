import { type GatewayError, isGatewayError } from "@gw/core";

/** The error that something fails with. */
export async function failureOf(outcome: Promise<unknown>): Promise<GatewayError> {
  try {
    await outcome;
  } catch (error) {
    if (isGatewayError(error)) return error;
    throw error;
  }
  throw new Error("It did not fail");
}
