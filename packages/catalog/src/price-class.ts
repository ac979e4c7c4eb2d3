/**
 * What a price is for.
 *
 * The first eleven count tokens: `input` and `output` are totals, the others parts of them (`cacheRead`, `cacheWrite5m`,
 * `cacheWrite1h`, `inputAudio`, `cacheReadAudio` and `inputImage` of the input; `reasoning`, `outputAudio` and `outputImage`
 * of the output). The rest count what they are named after: pictures made, seconds of sound or video taken in or given out,
 * characters, requests (a search unit of a reranker is one), searches and pages.
 */
export const priceClasses = [
  "input",
  "output",
  "cacheRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "reasoning",
  "inputAudio",
  "outputAudio",
  "cacheReadAudio",
  "inputImage",
  "outputImage",
  "image",
  "inputAudioSecond",
  "outputAudioSecond",
  "inputVideoSecond",
  "outputVideoSecond",
  "character",
  "request",
  "webSearch",
  "page",
] as const;

/** One of {@link priceClasses}. */
export type PriceClass = (typeof priceClasses)[number];

const tokenClasses: ReadonlySet<PriceClass> = new Set(priceClasses.slice(0, priceClasses.indexOf("image")));

/** For how many units a price is written down where nothing else is said: a million tokens or characters, else one. */
export function usualPer(priceClass: PriceClass): number {
  return tokenClasses.has(priceClass) || priceClass === "character" ? 1_000_000 : 1;
}
