import type { GatewayError } from "@gw/core/types";
import { classifyFailure } from "./failure-class.ts";

/** How one call went, as far as the health of its target is concerned. */
export type Outcome =
  | { readonly type: "succeeded"; readonly firstContentMs: number }
  /** `soft`: the vendor is full, which is not the same as broken. */
  | { readonly type: "failed"; readonly soft: boolean }
  /** It succeeded, and broke off after its first content. */
  | { readonly type: "broke" }
  /** Its credential was rate-limited; or refused, which takes longer to mend. */
  | { readonly type: "cooled"; readonly retryAfterMs: number | null; readonly refused: boolean }
  /** It ended without telling anything: the caller left, or the request was at fault. */
  | { readonly type: "released" };

/** What a failure says about the health of its target. */
export function outcomeOf(error: GatewayError): Outcome {
  switch (classifyFailure(error).health) {
    case "failure":
      return { type: "failed", soft: false };
    case "soft":
      return { type: "failed", soft: true };
    case "credential":
      return { type: "cooled", retryAfterMs: error.retryAfterMs, refused: error.code !== "rate_limited" };
    case "none":
      return { type: "released" };
  }
}
