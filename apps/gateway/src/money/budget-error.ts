import type { Refusal } from "@gw/billing";
import { GatewayError, isJsonObject, type JsonObject } from "@gw/core";
import type { ErrorVoice } from "../pipeline/decode.ts";
import { usdNumber } from "./usd.ts";

/** What stands behind a `budget_exceeded`: the limit that a call met, as its `cause`. */
class MetLimit extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`The limit ${refusal.limit} leaves no room`);
    this.refusal = refusal;
  }
}

const soonMs = 1_000;
// Where time makes no room somebody has to raise the limit.
const neverMs = 3_600_000;

/** The refusal of a call, with what its caller needs to know. @param nowMs in ms since 1970 */
export function budgetError(refusal: Refusal, nowMs: number): GatewayError {
  const { limit, fitsWithoutHolds, resetsAtMs } = refusal;
  const retryAfterMs = fitsWithoutHolds ? soonMs : Math.max(soonMs, (resetsAtMs ?? nowMs + neverMs) - nowMs);
  return new GatewayError("budget_exceeded", `The spending limit ${limit} leaves no room for this call`, {
    retryAfterMs,
    cause: new MetLimit(refusal),
  });
}

/** What is left of the limit that refused a call; `null` for any other failure. */
export function leftOfLimit({ cause }: GatewayError): bigint | null {
  if (!(cause instanceof MetLimit)) return null;
  const { limitNanoUsd, spentNanoUsd, heldNanoUsd } = cause.refusal;
  const left = limitNanoUsd - spentNanoUsd - heldNanoUsd;
  return left > 0n ? left : 0n;
}

/** The error of an answer in any dialect, with the limit's standing inside its error object where a limit is the reason. */
export function withLimit(answer: JsonObject, { cause }: GatewayError): JsonObject {
  if (!(cause instanceof MetLimit)) return answer;
  const { limit, limitNanoUsd, spentNanoUsd, heldNanoUsd, resetsAtMs } = cause.refusal;
  const standing = {
    limit,
    limit_usd: usdNumber(limitNanoUsd),
    spent_usd: usdNumber(spentNanoUsd),
    held_usd: usdNumber(heldNanoUsd),
    resets_at: resetsAtMs === null ? null : new Date(resetsAtMs).toISOString(),
  };
  const { error, errors } = answer;
  if (isJsonObject(error)) return { ...answer, error: { ...error, ...standing } };
  if (!Array.isArray(errors)) return answer;
  return { ...answer, errors: errors.map((one) => (isJsonObject(one) ? { ...one, ...standing } : one)) };
}

/** The same voice, which says where a limit stands that ends a stream. */
export function tellingLimits(errors: ErrorVoice): ErrorVoice {
  return {
    ...errors,
    errorFrames: (error, ...context) => {
      const frames = errors.errorFrames(error, ...context);
      if (!(error.cause instanceof MetLimit)) return frames;
      return frames.map((frame) => {
        const data = JSON.parse(frame.data) as JsonObject;
        return { ...frame, data: JSON.stringify(withLimit(data, error)) };
      });
    },
  };
}
