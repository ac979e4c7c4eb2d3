import { VendorError } from "../vendor-error.ts";

/** OpenAI's 400. */
export function refuse(message: string, param: string | null, code: string | null): VendorError {
  return new VendorError(400, message, { param, code });
}

/** The same for a field that must be there. */
export function missing(param: string): VendorError {
  return refuse(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");
}
