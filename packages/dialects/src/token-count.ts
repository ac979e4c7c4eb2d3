import type { JsonValue } from "@gw/core/types";

/**
 * A count of tokens, or `null` for what cannot be one. Vendors have been seen to report fewer than none (recorded 2025:
 * `output_tokens` of -9 beside 448 reasoning tokens).
 */
export function tokenCount(value: JsonValue | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}
