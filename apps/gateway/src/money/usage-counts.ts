import type { Usage } from "@gw/core";

/** What the books call the counts of a usage, in their order there. */
const names: Readonly<Record<Exclude<keyof Usage, "raw">, string>> = {
  inputTokens: "input",
  cacheReadTokens: "cacheRead",
  cacheWriteTokens: "cacheWrite",
  cacheWrite1hTokens: "cacheWrite1h",
  inputAudioTokens: "inputAudio",
  inputImageTokens: "inputImage",
  outputTokens: "output",
  reasoningTokens: "reasoning",
  outputAudioTokens: "outputAudio",
  outputImageTokens: "outputImage",
  webSearches: "webSearches",
};
const fields = Object.entries(names) as readonly (readonly [keyof typeof names, string])[];

/** The counts of a usage by the names that the books have for them; what nobody knows, or cannot be a count, is left out. */
export function countsOf(usage: Usage): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [field, name] of fields) {
    const count = usage[field];
    if (count !== null && Number.isSafeInteger(count) && count >= 0) counts[name] = count;
  }
  return counts;
}

/** The usage that counts on the books were made of. */
export function usageOfCounts(counts: Readonly<Record<string, number>>): Usage {
  return Object.fromEntries(fields.map(([field, name]) => [field, counts[name] ?? null])) as unknown as Usage;
}
