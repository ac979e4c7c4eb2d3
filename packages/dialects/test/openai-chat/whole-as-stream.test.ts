import { type JsonObject, TextCollector } from "@gw/core";
import { expect, test } from "vitest";
import { openAIChat } from "../../src/openai-chat/openai-chat.ts";

const answer = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  extra: { kept: true },
  choices: [
    {
      index: 0,
      message: {
        role: "assistant",
        content: "Two.",
        reasoning_content: "Hm",
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: '{"x":1}' } },
          { id: "b", type: "function", function: { name: "g", arguments: "{}" } },
        ],
      },
      finish_reason: "tool_calls",
    },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};
const framesOf = (body: JsonObject, request: JsonObject) => openAIChat.wholeAsStream?.(body, request) ?? [];
const asking = { stream_options: { include_usage: true } };

test("a whole answer as a stream says the same", () => {
  const decoder = openAIChat.streamDecoder();
  const collector = new TextCollector();
  for (const frame of framesOf(answer, asking)) for (const event of decoder.push(frame)) collector.push(event);
  for (const event of decoder.end()) collector.push(event);
  expect(collector.result()).toEqual(openAIChat.decodeResult(answer));
});

test("its chunks have the vendor's fields, and no usage that was not asked for", () => {
  const [chunk, ...others] = framesOf(answer, {});
  expect(others).toEqual([{ data: "[DONE]" }]);
  const { message, ...choice } = answer.choices[0] as (typeof answer.choices)[0];
  const { usage, ...head } = answer;
  const tool_calls = message.tool_calls.map((call, index) => ({ index, ...call }));
  const first = {
    ...head,
    object: "chat.completion.chunk",
    choices: [{ ...choice, delta: { ...message, tool_calls } }],
  };
  expect(JSON.parse(chunk?.data ?? "")).toEqual(first);
  const [, last] = framesOf(answer, asking);
  expect(JSON.parse(last?.data ?? "")).toEqual({ ...head, object: "chat.completion.chunk", choices: [], usage });
});

test("an answer that does not say why it ended has ended", () => {
  const observer = openAIChat.observer({ stream: true, hideUsage: false });
  for (const frame of framesOf({ choices: [{ message: { content: "a" } }] }, {})) observer.frame(frame);
  observer.end();
  expect(observer.observation().finishReason).toBe("stop");
});
