import { TextCollector, type TextResult, unknownUsage } from "@gw/core";
import { expect, test } from "vitest";
import { resultEvents } from "../src/result-events.ts";

const result: TextResult = {
  id: "r1",
  model: "m1",
  content: [
    { type: "reasoning", text: "hm", origin: "toy", id: "t1", signature: "s", providerOptions: { toy: { a: 1 } } },
    { type: "reasoning", text: "", origin: "toy", sealed: "x" },
    { type: "text", text: "hello", providerOptions: { toy: { b: 2 } } },
    { type: "text", text: "" },
    { type: "tool-call", id: "c1", name: "f", arguments: "{}", signature: { origin: "toy", value: "v" } },
    { type: "tool-call", id: "c2", name: "g", arguments: '{"a":1}' },
    { type: "refusal", text: "no" },
    { type: "opaque", origin: "toy", value: { z: 1 } },
  ],
  finishReason: "tool_calls",
  rawFinishReason: "calls",
  stopSequence: null,
  usage: { ...unknownUsage, outputTokens: 3 },
  providerMetadata: { toy: { c: 3 } },
};

test("folding the events of an answer gives the answer", () => {
  const collector = new TextCollector();
  const events = resultEvents(result);
  for (const event of events) collector.push(event);
  expect(collector.result()).toEqual(result);
  expect(events.filter((event) => "text" in event && event.text === "")).toEqual([]);
});

test("log probabilities go with the first text", () => {
  const logprobs = { content: [] };
  const deltas = resultEvents({ ...result, logprobs }).filter(({ type }) => type === "text-delta");
  expect(deltas).toEqual([{ type: "text-delta", index: 2, text: "hello", logprobs }]);
});
