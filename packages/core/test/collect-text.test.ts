import { describe, expect, test } from "vitest";
import { TextCollector, type TextEvent, type TextResult, unknownUsage } from "../src/index.ts";

const ending = { finishReason: "stop", rawFinishReason: "end_turn", stopSequence: null, usage: unknownUsage } as const;
const start: TextEvent = { type: "response-start", id: "r1", model: "m1" };
const end: TextEvent = { type: "response-end", ...ending };

function collect(events: readonly TextEvent[]): TextResult {
  const collector = new TextCollector();
  for (const event of events) collector.push(event);
  return collector.result();
}

describe("TextCollector", () => {
  test.each<[string, TextEvent[], TextResult["content"]]>([
    ["nothing", [], []],
    [
      "text in pieces, with what its end brings",
      [
        { type: "text-start", index: 0 },
        { type: "text-delta", index: 0, text: "Hel" },
        { type: "text-delta", index: 0, text: "lo" },
        { type: "text-end", index: 0, providerOptions: { d: { citations: [1] } } },
      ],
      [{ type: "text", text: "Hello", providerOptions: { d: { citations: [1] } } }],
    ],
    [
      "reasoning with its proof",
      [
        { type: "reasoning-start", index: 0, origin: "d", id: "rs_1" },
        { type: "reasoning-delta", index: 0, text: "Hm" },
        { type: "reasoning-end", index: 0, signature: "sig", sealed: "enc" },
      ],
      [{ type: "reasoning", text: "Hm", origin: "d", id: "rs_1", signature: "sig", sealed: "enc" }],
    ],
    [
      "parallel calls whose fragments mix",
      [
        { type: "tool-call-start", index: 0, id: "c0", name: "a" },
        { type: "tool-call-start", index: 1, id: "c1", name: "b" },
        { type: "tool-call-delta", index: 1, arguments: '{"y"' },
        { type: "tool-call-delta", index: 0, arguments: '{"x":1}' },
        { type: "tool-call-delta", index: 1, arguments: ":2}" },
        { type: "tool-call-end", index: 1, signature: { origin: "d", value: "s" } },
        { type: "tool-call-end", index: 0 },
      ],
      [
        { type: "tool-call", id: "c0", name: "a", arguments: '{"x":1}' },
        { type: "tool-call", id: "c1", name: "b", arguments: '{"y":2}', signature: { origin: "d", value: "s" } },
      ],
    ],
    [
      "a call without arguments, and one cut short",
      [
        { type: "tool-call-start", index: 0, id: "c0", name: "a" },
        { type: "tool-call-end", index: 0 },
        { type: "tool-call-start", index: 1, id: "c1", name: "b" },
        { type: "tool-call-delta", index: 1, arguments: '{"x":' },
        { type: "tool-call-end", index: 1 },
      ],
      [
        { type: "tool-call", id: "c0", name: "a", arguments: "{}" },
        { type: "tool-call", id: "c1", name: "b", arguments: '{"x":' },
      ],
    ],
    [
      "a refusal, and a part that comes whole",
      [
        { type: "refusal-start", index: 0 },
        { type: "refusal-delta", index: 0, text: "No." },
        { type: "refusal-end", index: 0 },
        { type: "part", index: 1, part: { type: "opaque", origin: "d", value: { type: "x" } } },
      ],
      [
        { type: "refusal", text: "No." },
        { type: "opaque", origin: "d", value: { type: "x" } },
      ],
    ],
  ])("%s", (_name, events, content) => {
    expect(collect([start, ...events, end])).toEqual({ id: "r1", model: "m1", content, ...ending });
  });

  test("joins the log probabilities of all deltas", () => {
    const delta = (token: string): TextEvent => ({
      type: "text-delta",
      index: 0,
      text: token,
      logprobs: { content: [{ token, logprob: -0.5 }], refusal: null },
    });
    expect(
      collect([start, { type: "text-start", index: 0 }, delta("a"), delta("b"), { type: "text-end", index: 0 }, end])
        .logprobs,
    ).toEqual({
      content: [
        { token: "a", logprob: -0.5 },
        { token: "b", logprob: -0.5 },
      ],
      refusal: null,
    });
  });

  test("does not change the events it was given", () => {
    const part = { type: "tool-call", id: "c0", name: "a", arguments: "{}" } as const;
    const events: TextEvent[] = [start, { type: "part", index: 0, part }, end];
    const before = structuredClone(events);
    collect(events);
    expect(events).toEqual(before);
  });

  test("is truncated until the end has come", () => {
    expect(() => collect([start, { type: "text-start", index: 0 }])).toThrow(
      expect.objectContaining({ code: "stream_truncated" }),
    );
  });
});
