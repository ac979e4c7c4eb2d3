import { GatewayError } from "@gw/core";

/** The refusal of a field that is not what it should be. */
export function refuseField(param: string, problem: string): GatewayError {
  return new GatewayError("invalid_request", `${param} ${problem}`, { param });
}
