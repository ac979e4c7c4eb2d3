import type { LedgerReport } from "@gw/billing";
import { expect, it } from "vitest";
import { Stampedes } from "./stampede.ts";

const callers = 256;

/** Runs one stampede a seed, each against a new limit of the same gateway. */
export function testStampedes(firstSeed: number, lastSeed: number): void {
  it(`${callers} callers who retry pass no limit, and none who is billed is missing on the books, seeds ${firstSeed} to ${lastSeed}`, async () => {
    const stampedes = await Stampedes.start(callers);
    let report: LedgerReport | null = null;
    try {
      for (let seed = firstSeed; seed <= lastSeed; seed += 1) {
        const outcome = await stampedes.run(seed);
        expect(outcome.mostNanoUsd).toBeLessThanOrEqual(outcome.limitNanoUsd);
        expect(outcome.leftNanoUsd).toBeLessThan(outcome.leastHoldNanoUsd);
        expect(outcome).toMatchObject({ unbilled: [], wrong: [] });
        // The stampede was one: somebody was served, refused, left, and billed for nothing.
        const { billed, refused, left, wasted } = outcome;
        expect(Math.min(billed, refused, left, wasted)).toBeGreaterThan(0);
      }
    } finally {
      report = await stampedes.close();
    }
    expect(report).toMatchObject({ openHolds: 0, overruns: 0, problems: [] });
  }, 600_000);
}
