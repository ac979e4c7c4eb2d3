import { priceOf, priceRowFor } from "@gw/billing";
import { catalog } from "@gw/catalog";
import { unknownUsage } from "@gw/core";
import { median } from "./median.ts";

const rounds = 15;
const callsPerRound = 50_000;

/** What it takes to find the price row of a call and to price its usage, in microseconds; the median of the rounds. */
export function pricingUs(): number {
  const offer = catalog.findOffer("openai", "gpt-5.5");
  if (offer === null) throw new Error("The catalogue lacks the model");
  const atMs = Date.now();
  const usage = {
    ...unknownUsage,
    inputTokens: 12_000,
    cacheReadTokens: 9_000,
    outputTokens: 800,
    reasoningTokens: 500,
  };
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAtMs = performance.now();
    for (let call = 0; call < callsPerRound; call += 1) {
      const row = priceRowFor(offer, { atMs });
      if (row === null || priceOf(usage, row).costNanoUsd === 0n) throw new Error("It was not priced");
    }
    times.push(((performance.now() - startedAtMs) * 1_000) / callsPerRound);
  }
  return median(times);
}
