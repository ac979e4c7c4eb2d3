import type { JsonValue } from "./json.ts";

/**
 * What a call used, in one way of counting.
 *
 * Input totals include cached and audio tokens, output totals include reasoning; the parts stand beside the totals and are
 * never added to them. `null` means that the vendor did not say, and is not 0.
 */
export interface Usage {
  readonly inputTokens: number | null;
  /** Part of `inputTokens` that was read from a prompt cache. */
  readonly cacheReadTokens: number | null;
  /** Part of `inputTokens` that was written to a prompt cache, whatever its life. */
  readonly cacheWriteTokens: number | null;
  /** Part of `cacheWriteTokens` with a life of one hour. */
  readonly cacheWrite1hTokens: number | null;
  readonly inputAudioTokens: number | null;
  readonly inputImageTokens: number | null;
  readonly outputTokens: number | null;
  /** Part of `outputTokens` that was spent on thinking. */
  readonly reasoningTokens: number | null;
  readonly outputAudioTokens: number | null;
  readonly outputImageTokens: number | null;
  /** Searches the vendor made and bills one by one. */
  readonly webSearches: number | null;
  /** The vendor's own usage object, unchanged. */
  readonly raw?: JsonValue;
}

/** A usage of which nothing is known. */
export const unknownUsage: Usage = Object.freeze({
  inputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  cacheWrite1hTokens: null,
  inputAudioTokens: null,
  inputImageTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  outputAudioTokens: null,
  outputImageTokens: null,
  webSearches: null,
});
