import type { Operation } from "../operation.ts";
import type { DecodedCall } from "../pipeline/decode.ts";
import { requestBytes } from "./call-bound.ts";
import { pricedTerms } from "./price-row-of.ts";

// No name is longer; what a caller sends instead must not fill the books.
const maxUserText = 256;

/** Notes what a call says that its price and its attribution depend on. @param nowMs in ms since 1970 */
export function noteTerms(operation: Operation, call: DecodedCall, nowMs: number): void {
  operation.terms = pricedTerms(call.body);
  operation.requestBytes = requestBytes(call);
  operation.pricedAtMs = nowMs;
  operation.free = call.operation === "count-tokens";
  operation.generates = call.modality === "text";
  const { user = call.body.user } = operation.metadata;
  operation.user = typeof user === "string" ? user.slice(0, maxUserText) : null;
}
