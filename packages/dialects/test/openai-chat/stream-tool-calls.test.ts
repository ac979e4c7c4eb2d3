import { describe, expect, test } from "vitest";
import type { Frame } from "../../src/frame.ts";
import { openAIChat } from "../../src/openai-chat/openai-chat.ts";
import { call, chunk, fold, stop } from "./wire-chunks.ts";

const weather = { type: "tool-call", id: "call_a", name: "weather", arguments: '{"city":"Rome"}' };
const now = { type: "tool-call", id: "call_b", name: "now", arguments: "{}" };

describe("tool calls that depart from the format", () => {
  const own = "openai-chat";
  const cases: readonly (readonly [string, readonly Frame[], readonly unknown[], string])[] = [
    [
      "ids and names are empty after the first fragment",
      [
        chunk({ tool_calls: [call(0, "call_a", "weather", "")] }),
        chunk({ role: null, content: null, tool_calls: [call(0, "", "", '{"city":')] }),
        chunk({ tool_calls: [call(0, null, null, '"Rome"}')] }),
        chunk({ tool_calls: [call(0, "", null, "")] }),
        chunk({}, { finish_reason: "tool_calls" }),
      ],
      [weather],
      "tool_calls",
    ],
    [
      "fragments of parallel calls alternate",
      [
        chunk({ tool_calls: [call(0, "call_a", "weather", '{"city"'), call(1, "call_b", "now", "")] }),
        chunk({ tool_calls: [call(1, null, null, "{}")] }),
        chunk({ tool_calls: [call(0, null, null, ':"Rome"}')] }),
        stop,
      ],
      [weather, now],
      "tool_calls",
    ],
    [
      "whole calls come without an index",
      [
        chunk({ tool_calls: [call(null, "call_a", "weather", '{"city":"Rome"}'), call(null, "call_b", "now", "{}")] }),
        stop,
      ],
      [weather, now],
      "tool_calls",
    ],
    [
      "fragments come without an index",
      [
        chunk({ tool_calls: [call(null, "call_a", "weather", '{"city":')] }),
        chunk({ tool_calls: [call(null, null, null, '"Rome"}')] }),
        chunk({ tool_calls: [call(null, "call_b", "now", "")] }),
        stop,
      ],
      [weather, now],
      "tool_calls",
    ],
    [
      "every whole call has index 0",
      [
        chunk({ tool_calls: [call(0, "call_a", "weather", '{"city":"Rome"}')] }),
        chunk({ tool_calls: [call(0, "call_b", "now", "{}")] }),
        stop,
      ],
      [weather, now],
      "tool_calls",
    ],
    [
      "calls have no ids",
      [chunk({ tool_calls: [call(0, "", "now", "{}"), call(1, null, "now", "{}")] }), stop],
      [
        { ...now, id: "call_chatcmpl1_0" },
        { ...now, id: "call_chatcmpl1_1" },
      ],
      "tool_calls",
    ],
    [
      "two calls share one id",
      [chunk({ tool_calls: [call(0, "now", "now", "{}"), call(1, "now", "now", "{}")] }), stop],
      [
        { ...now, id: "now" },
        { ...now, id: "call_chatcmpl1_1" },
      ],
      "tool_calls",
    ],
    [
      "arguments are an object, and the finalising chunk has null fields",
      [
        chunk({ tool_calls: [call(0, "call_a", "weather", { city: "Rome" })] }),
        chunk({ tool_calls: [call(0, null, null, null), { index: 1, id: null, type: null, function: null }] }),
        stop,
      ],
      [weather],
      "tool_calls",
    ],
    [
      "the arguments come before the name",
      [
        chunk({ tool_calls: [call(0, "call_a", null, '{"city":')] }),
        chunk({ tool_calls: [call(0, null, "weather", '"Rome"}')] }),
        stop,
      ],
      [weather],
      "tool_calls",
    ],
    [
      "a call of the old form",
      [
        chunk({ function_call: { name: "weather", arguments: '{"city":' } }),
        chunk({ function_call: { arguments: '"Rome"}' } }),
        chunk({}, { finish_reason: "function_call" }),
      ],
      [{ ...weather, id: "call_chatcmpl1_0" }],
      "tool_calls",
    ],
    [
      "a custom call stays what it is",
      [
        chunk({ tool_calls: [{ index: 0, id: "c", type: "custom", custom: { name: "sql", input: "SEL" } }] }),
        chunk({ tool_calls: [{ index: 0, custom: { input: "ECT 1" } }] }),
        stop,
      ],
      [
        {
          type: "opaque",
          origin: own,
          value: { tool_call: { index: 0, id: "c", type: "custom", custom: { name: "sql", input: "SELECT 1" } } },
        },
      ],
      "tool_calls",
    ],
  ];

  test.each(cases)("%s", (_name, frames, content, finishReason) => {
    const result = fold(frames);
    expect(result.content).toEqual(content);
    expect(result.finishReason).toBe(finishReason);
    const observer = openAIChat.observer({ stream: true, hideUsage: false });
    for (const frame of frames) observer.frame(frame);
    observer.end();
    expect(observer.observation().finishReason).toBe(finishReason);
  });
});
