import type { LedgerReport } from "@gw/billing";
import { expect, it } from "vitest";
import { type Outcome, Stampedes } from "./stampede.ts";

const callers = 256;
// While the last callers of one wait for what is still held, another goes on.
const atOnce = 2;

/** Runs one stampede a seed, each against a limit of its own of the same gateway. */
export function testStampedes(firstSeed: number, lastSeed: number): void {
  it(`${callers} callers who retry pass no limit, and none who is billed is missing on the books, seeds ${firstSeed} to ${lastSeed}`, async () => {
    const stampedes = await Stampedes.start();
    let seed = firstSeed;
    const runAfterOther = async (): Promise<void> => {
      while (seed <= lastSeed) {
        const own = seed;
        seed += 1;
        expectInOrder(await stampedes.run(own, callers));
      }
    };
    let report: LedgerReport | null = null;
    try {
      await Promise.all(Array.from({ length: atOnce }, runAfterOther));
    } finally {
      report = await stampedes.close();
    }
    expect(report).toMatchObject({ openHolds: 0, overruns: 0, problems: [] });
  }, 600_000);
}

function expectInOrder(outcome: Outcome): void {
  expect(outcome.mostNanoUsd).toBeLessThanOrEqual(outcome.limitNanoUsd);
  expect(outcome.leftNanoUsd).toBeLessThan(outcome.leastHoldNanoUsd);
  expect(outcome).toMatchObject({ unbilled: [], wrong: [] });
  // The stampede was one: somebody was served, refused, left, and billed for nothing.
  const { billed, refused, left, wasted } = outcome;
  expect(Math.min(billed, refused, left, wasted)).toBeGreaterThan(0);
}
