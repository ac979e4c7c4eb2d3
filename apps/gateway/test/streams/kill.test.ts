import { expect, test } from "vitest";
import { killCycles } from "./crash/kill-cycles.ts";

// In two lines: while one gateway starts, the other delivers.
test("a gateway that is killed keeps what it has sent, and ends each stream once", async () => {
  const lines = await Promise.all([killCycles(25), killCycles(25)]);
  expect(lines.flatMap(({ problems }) => problems)).toEqual([]);
  for (const { streams, interrupted, done } of lines) {
    expect(streams).toBeGreaterThan(25);
    expect(interrupted).toBeGreaterThan(25);
    expect(done).toBeGreaterThan(0);
  }
}, 300_000);
