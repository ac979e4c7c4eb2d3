import { unknownUsage } from "@gw/core";
import type { TextEvent } from "@gw/core/types";
import { assertEventGrammar } from "@gw/provider-testkit";
import { expect, test } from "vitest";

const start: TextEvent = { type: "response-start", id: null, model: null };
const end: TextEvent = {
  type: "response-end",
  finishReason: "stop",
  rawFinishReason: null,
  stopSequence: null,
  usage: unknownUsage,
};
const text = (index: number): TextEvent[] => [
  { type: "text-start", index },
  { type: "text-delta", index, text: "a" },
  { type: "text-end", index },
];
const callStart = (index: number, id = "c", name = "n"): TextEvent => ({ type: "tool-call-start", index, id, name });
const callEnd = (index: number): TextEvent => ({ type: "tool-call-end", index });

test.each<[string, TextEvent[]]>([
  ["nothing but its ends", [start, end]],
  ["parts after each other", [start, ...text(0), ...text(1), end]],
  ["calls that overlap", [start, callStart(0), callStart(1), callEnd(0), callEnd(1), end]],
  ["a part that comes whole", [start, { type: "part", index: 0, part: { type: "text", text: "a" } }, ...text(1), end]],
])("takes %s", (_name, events) => {
  expect(() => assertEventGrammar(events)).not.toThrow();
});

test.each<[string, TextEvent[]]>([
  ["no events", []],
  ["no start", [...text(0), end]],
  ["two starts", [start, start, end]],
  ["no end", [start, ...text(0)]],
  ["an event after the end", [start, end, ...text(0)]],
  ["a part left open", [start, callStart(0), end]],
  ["a part that begins twice", [start, ...text(0), ...text(0), end]],
  ["a number left out", [start, ...text(1), end]],
  ["a delta of no part", [start, { type: "text-delta", index: 0, text: "a" }, end]],
  ["a delta after the end of its part", [start, ...text(0), { type: "text-delta", index: 0, text: "a" }, end]],
  ["a delta of another kind", [start, callStart(0), { type: "text-delta", index: 0, text: "a" }, callEnd(0), end]],
  ["an end of another kind", [start, callStart(0), { type: "text-end", index: 0 }, end]],
  ["an empty delta", [start, callStart(0), { type: "tool-call-delta", index: 0, arguments: "" }, callEnd(0), end]],
  ["a call without an id", [start, callStart(0, ""), callEnd(0), end]],
  ["a call without a name", [start, callStart(0, "c", ""), callEnd(0), end]],
  ["an event that does not exist", [start, { type: "error", index: 0 } as unknown as TextEvent, end]],
])("refuses %s", (_name, events) => {
  expect(() => assertEventGrammar(events)).toThrow();
});
