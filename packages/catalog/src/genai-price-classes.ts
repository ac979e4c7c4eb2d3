import type { PriceClass } from "./price-class.ts";

/**
 * What the prices of genai-prices are for, by the names it gives them: USD per million tokens. A later name comes before an earlier
 * one of the same class. Its other prices are for what this catalogue counts otherwise, or not at all.
 *
 * @see https://github.com/pydantic/genai-prices (0.1.8, read 2026-11-29)
 */
export const genaiPriceClasses: Readonly<Record<string, PriceClass>> = {
  input_mtok: "input",
  output_mtok: "output",
  cache_read_mtok: "cacheRead",
  cache_write_mtok: "cacheWrite5m",
  cache_write_5m_mtok: "cacheWrite5m",
  cache_write_1h_mtok: "cacheWrite1h",
  input_audio_mtok: "inputAudio",
  output_audio_mtok: "outputAudio",
  cache_audio_read_mtok: "cacheReadAudio",
  input_image_mtok: "inputImage",
  output_image_mtok: "outputImage",
  output_reasoning_mtok: "reasoning",
};
