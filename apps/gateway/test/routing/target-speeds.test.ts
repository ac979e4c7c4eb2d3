import { describe, expect, it } from "vitest";
import { TargetSpeeds } from "../../src/routing/target-speeds.ts";

const nothing = { circuit: "a/m", firstContentMs: null, outputTokens: null, durationMs: null };

describe("TargetSpeeds", () => {
  it("knows nothing before the first answer", () => {
    const speeds = new TargetSpeeds();
    speeds.observe(nothing);
    expect([speeds.firstContentMs("a/m"), speeds.outputTokensPerSecond("a/m")]).toEqual([null, null]);
  });

  it("moves a fifth of the way to each new figure, and not at all for an unknown one", () => {
    const speeds = new TargetSpeeds();
    speeds.observe({ ...nothing, firstContentMs: 100, outputTokens: 50, durationMs: 1_000 });
    speeds.observe({ ...nothing, firstContentMs: 200, outputTokens: 100, durationMs: 1_000 });
    speeds.observe(nothing);
    speeds.observe({ ...nothing, outputTokens: 10, durationMs: 0 });
    expect([speeds.firstContentMs("a/m"), speeds.outputTokensPerSecond("a/m")]).toEqual([120, 60]);
  });

  it("forgets the circuits first that were heard of least lately", () => {
    const speeds = new TargetSpeeds();
    for (let index = 0; index < 10_000; index += 1) {
      speeds.observe({ ...nothing, circuit: `c${index}`, firstContentMs: index });
    }
    speeds.observe({ ...nothing, circuit: "c0", firstContentMs: 0 });
    speeds.observe({ ...nothing, circuit: "new", firstContentMs: 7 });
    expect([speeds.firstContentMs("c0"), speeds.firstContentMs("c1"), speeds.firstContentMs("new")]).toEqual([
      0,
      null,
      7,
    ]);
  });
});
