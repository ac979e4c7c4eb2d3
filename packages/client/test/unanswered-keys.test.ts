import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UnansweredKeys } from "../src/unanswered-keys.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("UnansweredKeys", () => {
  it("gives each key once, to a call that asks the same", () => {
    const keys = new UnansweredKeys();
    keys.remember("a", "1");
    keys.remember("b", "2");
    keys.remember("a", "3");
    expect([keys.take("a"), keys.take("a"), keys.take("a"), keys.take("b"), keys.take("c")]).toEqual([
      "1",
      "3",
      null,
      "2",
      null,
    ]);
  });

  it("forgets after two minutes, and the oldest of more than 16", () => {
    const keys = new UnansweredKeys();
    for (let call = 0; call <= 16; call += 1) keys.remember(`${call}`, `key ${call}`);
    expect([keys.take("0"), keys.take("1")]).toEqual([null, "key 1"]);
    vi.advanceTimersByTime(119_999);
    expect(keys.take("2")).toBe("key 2");
    vi.advanceTimersByTime(1);
    expect(keys.take("3")).toBeNull();
  });
});
