import { expect, it } from "vitest";
import { stampede } from "./stampede.ts";

const callers = 256;
const repetitions = Number(process.env.GW_STAMPEDES ?? 12);

it(`${callers} callers who retry pass no limit, and none who is billed is missing on the books`, async () => {
  for (let seed = 1; seed <= repetitions; seed += 1) {
    const outcome = await stampede(seed, callers);
    expect(outcome.mostNanoUsd).toBeLessThanOrEqual(outcome.limitNanoUsd);
    expect(outcome.leftNanoUsd).toBeLessThan(outcome.leastHoldNanoUsd);
    expect(outcome).toMatchObject({ unbilled: [], wrong: [], overruns: 0, problems: [] });
    // The stampede was one: somebody was served, refused, and left.
    expect(Math.min(outcome.billed, outcome.refused, outcome.left)).toBeGreaterThan(0);
  }
}, 600_000);
