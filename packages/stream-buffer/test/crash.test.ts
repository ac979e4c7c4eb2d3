import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { crashCycle } from "./crash/crash-cycle.ts";

const directory = mkdtempSync(join(tmpdir(), "gw-stream-buffer-"));
afterAll(() => rmSync(directory, { recursive: true }));

// One database for all: each process finds what those before it left.
test.each(Array.from({ length: 10 }, (_, cycle) => cycle))(
  "a process that is killed keeps its promises (%i)",
  async (cycle) => {
    const result = await crashCycle(join(directory, "streams.db"), `${cycle}`, 30 + Math.random() * 700);
    expect(result.problems).toEqual([]);
    expect(result.streams).toBeGreaterThanOrEqual(6);
  },
);
