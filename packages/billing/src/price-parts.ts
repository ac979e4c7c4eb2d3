import type { PriceClass } from "@gw/catalog";
import type { Usage } from "@gw/core/types";

/** A usage as tokens that do not overlap, so that each is paid for once. */
export interface PriceParts {
  /** Above 0 each; `input` and `output` are what remains beside their parts. */
  readonly units: ReadonlyMap<PriceClass, number>;
  /** All tokens that went in, cached ones too, as far as they are known: what context tiers look at. */
  readonly inputTokens: number;
  readonly webSearches: number;
  /** Totals that are not known, and counts that cannot be counts. */
  readonly unknown: ReadonlySet<PriceClass>;
}

/**
 * Takes the parts of a usage out of their totals.
 *
 * Cached tokens come first, then sound and pictures out of what is left: counts of sound and pictures may include cached ones,
 * and what does not fit beside the cache was cached. Where parts exceed their total, the parts are believed. A count that is
 * negative, broken or beyond safe integers is unknown; a part that is unknown is a part that is not told apart.
 *
 * @param cachedAudioTokens cached sound, where the vendor says so; part of both the cached and the sound's tokens
 */
export function priceParts(usage: Usage, cachedAudioTokens: number | null): PriceParts {
  const unknown = new Set<PriceClass>();
  const read = (count: number | null, priceClass: PriceClass): number | null => {
    if (count === null || (Number.isSafeInteger(count) && count >= 0)) return count;
    unknown.add(priceClass);
    return null;
  };
  const units = new Map<PriceClass, number>();
  const add = (priceClass: PriceClass, count: number): void => {
    if (count > 0) units.set(priceClass, count);
  };

  const input = read(usage.inputTokens, "input");
  const cacheRead = read(usage.cacheReadTokens, "cacheRead") ?? 0;
  const written1h = read(usage.cacheWrite1hTokens, "cacheWrite1h") ?? 0;
  const written = Math.max(read(usage.cacheWriteTokens, "cacheWrite5m") ?? 0, written1h);
  const audio = read(usage.inputAudioTokens, "inputAudio") ?? 0;
  const image = read(usage.inputImageTokens, "inputImage") ?? 0;
  const saidCachedAudio = read(cachedAudioTokens, "cacheReadAudio") ?? 0;
  if (input === null) unknown.add("input");
  const fresh = input === null ? null : Math.max(input - cacheRead - written, 0);
  const cachedAudio = Math.min(Math.max(saidCachedAudio, fresh === null ? 0 : audio - fresh), cacheRead);
  const freshAudio = Math.min(Math.max(audio - cachedAudio, 0), fresh ?? audio);
  const freshImage = Math.min(image, fresh === null ? image : fresh - freshAudio);
  add("input", (fresh ?? 0) - (fresh === null ? 0 : freshAudio + freshImage));
  add("cacheRead", cacheRead - cachedAudio);
  add("cacheWrite5m", written - written1h);
  add("cacheWrite1h", written1h);
  add("inputAudio", freshAudio);
  add("cacheReadAudio", cachedAudio);
  add("inputImage", freshImage);

  const output = read(usage.outputTokens, "output");
  const reasoning = read(usage.reasoningTokens, "reasoning") ?? 0;
  const outputAudio = read(usage.outputAudioTokens, "outputAudio") ?? 0;
  const outputImage = read(usage.outputImageTokens, "outputImage") ?? 0;
  if (output === null) unknown.add("output");
  add("output", (output ?? 0) - reasoning - outputAudio - outputImage);
  add("reasoning", reasoning);
  add("outputAudio", outputAudio);
  add("outputImage", outputImage);

  const inputTokens = Math.max(input ?? 0, cacheRead + written + freshAudio + freshImage);
  return { units, inputTokens, webSearches: read(usage.webSearches, "webSearch") ?? 0, unknown };
}
