import type { JsonObject } from "@gw/core";
import { expect, test } from "vitest";
import { anthropicMessages, gemini, openAIChat, openAIResponses, type TextDialect } from "../src/index.ts";

const user = (...content: JsonObject[]) => [{ role: "user", content }];

test.each<[string, TextDialect, TextDialect, JsonObject, string[]]>([
  [
    "of Anthropic's",
    anthropicMessages,
    openAIChat,
    {
      messages: [
        ...user({
          type: "document",
          source: { type: "text", media_type: "text/plain", data: "d" },
          citations: { enabled: true },
        }),
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "a", name: "f", input: {}, caller: { type: "direct" } }],
        },
        ...user({ type: "tool_result", tool_use_id: "a", content: [{ type: "text", text: "x", own: 1 }] }),
      ],
      tools: [{ name: "f", input_schema: { type: "object" }, input_examples: [{}] }],
    },
    ["dropped tools.input_examples", "dropped messages.citations", "dropped messages.own"],
  ],
  [
    "of Gemini's",
    gemini,
    anthropicMessages,
    {
      contents: [
        {
          parts: [
            { inlineData: { mimeType: "image/png", data: "aaaa" }, mediaResolution: { level: "MEDIA_RESOLUTION_LOW" } },
          ],
        },
      ],
    },
    ["dropped messages.mediaResolution"],
  ],
  [
    "around the content in OpenAI's",
    openAIChat,
    gemini,
    {
      messages: [{ role: "user", content: "x", weight: 1 }],
      tools: [{ type: "function", function: { name: "f", examples: [1] } }],
    },
    ["dropped tools.examples", "dropped messages.weight"],
  ],
  [
    "that are places, not wishes",
    openAIResponses,
    gemini,
    {
      instructions: "s",
      input: [
        { type: "message", id: "msg_1", status: "completed", role: "developer", content: "x" },
        { role: "assistant", id: "msg_2", content: [{ type: "output_text", text: "y" }] },
        { type: "function_call", id: "fc_1", call_id: "a", name: "f", arguments: "{}" },
        { type: "function_call_output", id: "fco_1", call_id: "a", output: "z" },
      ],
      tools: [{ type: "function", name: "f", parameters: null }],
    },
    [],
  ],
])("fields of parts and tools, %s", (_whose, from, to, body, expected) => {
  const { request } = from.decodeRequest({ model: "m", ...body }, { model: "m", stream: false });
  const { notes } = to.encodeRequest(request, { stream: false });
  expect(
    notes.filter(({ detail }) => /^only .* has it$/.test(detail)).map(({ outcome, param }) => `${outcome} ${param}`),
  ).toEqual(expected);
  expect(from.encodeRequest(request, { stream: false }).notes).toEqual([]);
});
