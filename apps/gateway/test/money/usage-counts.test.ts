import { type Usage, unknownUsage } from "@gw/core";
import { describe, expect, it } from "vitest";
import { countsOf, usageOfCounts } from "../../src/money/usage-counts.ts";

const usage: Usage = {
  inputTokens: 1,
  cacheReadTokens: 2,
  cacheWriteTokens: 3,
  cacheWrite1hTokens: 4,
  inputAudioTokens: 5,
  inputImageTokens: 6,
  outputTokens: 7,
  reasoningTokens: 8,
  outputAudioTokens: 9,
  outputImageTokens: 0,
  webSearches: 11,
};

describe("a usage on the books", () => {
  it("has the names that books of before have", () => {
    expect(countsOf(usage)).toEqual({
      input: 1,
      cacheRead: 2,
      cacheWrite: 3,
      cacheWrite1h: 4,
      inputAudio: 5,
      inputImage: 6,
      output: 7,
      reasoning: 8,
      outputAudio: 9,
      outputImage: 0,
      webSearches: 11,
    });
  });

  it("comes back as it was", () => {
    expect(usageOfCounts(countsOf(usage))).toEqual(usage);
    expect(usageOfCounts(countsOf(unknownUsage))).toEqual(unknownUsage);
  });

  it("leaves out what cannot be a count", () => {
    expect(countsOf({ ...unknownUsage, inputTokens: -1, outputTokens: 0.5, webSearches: 2 ** 53 })).toEqual({});
  });
});
