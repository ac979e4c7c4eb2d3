import { GatewayError } from "@gw/core";
import { describe, expect, it } from "vitest";
import { commit, type DeliveryFrame } from "../src/pipeline/commit.ts";

const frame = (bytes: string, content: boolean): DeliveryFrame => ({ bytes, content });
const forever = 60_000;

async function* stream(...steps: (readonly DeliveryFrame[] | Error | Promise<void>)[]) {
  for (const step of steps) {
    if (step instanceof Error) throw step;
    if (step instanceof Promise) await step;
    else yield step;
  }
}

async function rest(committed: Awaited<ReturnType<typeof commit>>): Promise<string[]> {
  const bytes: string[] = [];
  for (
    let step = await (committed.pending ?? committed.rest.next());
    step.done !== true;
    step = await committed.rest.next()
  ) {
    bytes.push(...step.value.map((one) => one.bytes as string));
  }
  return bytes;
}

describe("commit", () => {
  it("holds everything up to the first content, and loses nothing", async () => {
    const committed = await commit(
      stream([frame("head", false)], [frame("role", false), frame("one", true)], [frame("two", true)]),
      forever,
    );
    expect(committed.held.map((one) => one.bytes)).toEqual(["head", "role", "one"]);
    expect(await rest(committed)).toEqual(["two"]);
  });

  it("throws what fails before the first content", async () => {
    const failure = new GatewayError("overloaded", "busy");
    await expect(commit(stream([frame("head", false)], failure), forever)).rejects.toBe(failure);
  });

  it("leaves what fails after the first content to the reader", async () => {
    const failure = new GatewayError("stream_truncated", "cut");
    const committed = await commit(stream([frame("one", true)], failure), forever);
    await expect(rest(committed)).rejects.toBe(failure);
  });

  it("gives up waiting after its time, and the step under way is not lost", async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const committed = await commit(stream([frame("head", false)], gate, [frame("late", true)]), 5);
    expect(committed.held.map((one) => one.bytes)).toEqual(["head"]);
    release();
    expect(await rest(committed)).toEqual(["late"]);
  });

  it("takes an answer without content", async () => {
    const committed = await commit(stream([frame("head", false)], [frame("end", false)]), forever);
    expect(committed.held.map((one) => one.bytes)).toEqual(["head", "end"]);
    expect(await rest(committed)).toEqual([]);
  });
});
