import { describe, expect, test } from "vitest";
import type { Frame } from "../../src/frame.ts";
import { openAIChat } from "../../src/openai-chat/openai-chat.ts";
import { call, chunk, done, fold, stop } from "./wire-chunks.ts";

const now = { type: "tool-call", id: "call_b", name: "now", arguments: "{}" };

describe("streams that depart from the format", () => {
  const own = "openai-chat";
  const cases: readonly (readonly [string, readonly Frame[], readonly unknown[], string])[] = [
    [
      "text and calls are two choices of one index",
      [
        {
          data: JSON.stringify({
            id: "chatcmpl-1",
            choices: [
              { index: 0, delta: { content: "Wait" } },
              { index: 0, delta: { tool_calls: [call(0, "call_b", "now", "{}")] }, finish_reason: "tool_calls" },
            ],
          }),
        },
      ],
      [{ type: "text", text: "Wait" }, now],
      "tool_calls",
    ],
    [
      "other choices interleave",
      [
        chunk({ content: "on" }),
        chunk({ content: "other" }, { index: 1 }),
        chunk({ content: "e" }),
        chunk({}, { index: 1, finish_reason: "length" }),
        stop,
      ],
      [{ type: "text", text: "one" }],
      "stop",
    ],
    [
      "first chunks without choices, ids or deltas",
      [
        { data: '{"id":"","model":"","object":"","choices":[],"prompt_filter_results":[]}' },
        { data: '{"id":"chatcmpl-1","model":"m"}' },
        chunk({ role: "assistant", content: "" }),
        chunk({ content: "Hi" }),
        chunk(null, { finish_reason: "stop", content_filter_offsets: { start_offset: 1 } }),
        chunk(null),
      ],
      [{ type: "text", text: "Hi" }],
      "stop",
    ],
    [
      "each chunk repeats the whole message beside its delta",
      [
        chunk({ content: "1 " }, { message: { content: "1 " } }),
        chunk({ content: "2" }, { message: { content: "1 2" } }),
        chunk({ content: "" }, { message: { content: "1 2" }, finish_reason: "stop" }),
      ],
      [{ type: "text", text: "1 2" }],
      "stop",
    ],
    [
      "the last chunk repeats the whole message in place of a delta",
      [chunk({ content: "1 2" }), chunk(null, { message: { content: "1 2" }, finish_reason: "stop" })],
      [{ type: "text", text: "1 2" }],
      "stop",
    ],
    [
      "a call follows the text, and the end is a plain stop",
      [chunk({ content: "Wait" }), chunk({ tool_calls: [call(0, "call_b", "now", "{}")] }), stop],
      [{ type: "text", text: "Wait" }, now],
      "tool_calls",
    ],
    [
      "a refusal follows the text",
      [chunk({ content: "Well" }), chunk({ refusal: "no" }), stop],
      [
        { type: "text", text: "Well" },
        { type: "refusal", text: "no" },
      ],
      "content_filter",
    ],
    [
      "one whole message in place of deltas",
      [chunk(null, { message: { role: "assistant", content: "Hi" }, finish_reason: "stop" })],
      [{ type: "text", text: "Hi" }],
      "stop",
    ],
    [
      "finish is repeated, and text follows the first",
      [chunk({ content: "a" }), stop, chunk({ content: "b" }, { finish_reason: "stop" }), done],
      [{ type: "text", text: "ab" }],
      "stop",
    ],
    [
      "frames follow the terminator",
      [chunk({ content: "a" }), stop, done, chunk({ content: "b" })],
      [{ type: "text", text: "a" }],
      "stop",
    ],
    [
      "the old word for an end",
      [chunk({ content: "a" }), chunk({}, { finish_reason: "eos" })],
      [{ type: "text", text: "a" }],
      "stop",
    ],
    [
      "a cut answer with a call",
      [chunk({ tool_calls: [call(0, "call_b", "now", '{"a')] }), chunk({}, { finish_reason: "length" })],
      [{ ...now, arguments: '{"a' }],
      "length",
    ],
    [
      "reasoning under either name",
      [
        chunk({ reasoning_content: "I " }),
        chunk({ reasoning: "think", reasoning_content: null }),
        chunk({ content: "so" }),
        stop,
      ],
      [
        { type: "reasoning", text: "I think", origin: own },
        { type: "text", text: "so" },
      ],
      "stop",
    ],
    [
      "an item says the plain text of its part once more, as the gateway's own streams do",
      [
        chunk({ reasoning_content: "I " }),
        chunk({ reasoning_content: "think" }),
        chunk({
          reasoning_details: [{ type: "reasoning.text", text: "I think", signature: "c2ln", format: "f", index: 0 }],
        }),
        chunk({ reasoning_content: "more" }),
        chunk({ content: "so" }),
        stop,
      ],
      [
        {
          type: "reasoning",
          text: "I think",
          origin: own,
          signature: "c2ln",
          providerOptions: { [own]: { type: "reasoning.text", format: "f", index: 0 } },
        },
        { type: "reasoning", text: "more", origin: own },
        { type: "text", text: "so" },
      ],
      "stop",
    ],
    [
      "reasoning items repeat the plain text; their signature comes last",
      [
        chunk({
          reasoning: "I ",
          reasoning_details: [{ type: "reasoning.text", text: "I ", format: "unknown", index: 0 }],
        }),
        chunk({
          reasoning: "think",
          reasoning_details: [{ type: "reasoning.text", text: "think", format: "unknown", index: 0 }],
        }),
        chunk({
          content: "",
          reasoning_details: [{ type: "reasoning.text", signature: "c2ln", format: "unknown", index: 0 }],
        }),
        chunk({
          reasoning_details: [{ type: "reasoning.encrypted", data: "c2Vh", format: "unknown", index: 0, id: "rs_1" }],
        }),
        chunk({
          reasoning_details: [{ type: "reasoning.encrypted", data: "bGVk", format: "unknown", index: 0, id: "rs_2" }],
        }),
        chunk({ content: "so" }),
        stop,
      ],
      [
        {
          type: "reasoning",
          text: "I think",
          origin: own,
          signature: "c2ln",
          providerOptions: { [own]: { type: "reasoning.text", format: "unknown", index: 0 } },
        },
        {
          type: "reasoning",
          text: "",
          origin: own,
          sealed: "c2Vh",
          id: "rs_1",
          providerOptions: { [own]: { type: "reasoning.encrypted", format: "unknown", index: 0 } },
        },
        {
          type: "reasoning",
          text: "",
          origin: own,
          sealed: "bGVk",
          id: "rs_2",
          providerOptions: { [own]: { type: "reasoning.encrypted", format: "unknown", index: 0 } },
        },
        { type: "text", text: "so" },
      ],
      "stop",
    ],
    [
      "content is a list of thinking and text",
      [
        chunk({ content: [{ type: "thinking", thinking: [{ type: "text", text: "Hm" }] }] }),
        chunk({
          content: [
            { type: "thinking", thinking: "m", closed: true },
            { type: "text", text: "4" },
          ],
        }),
        chunk({ content: "2" }),
        chunk({ content: [{ type: "reference", reference_ids: [1] }] }),
        stop,
      ],
      [
        { type: "reasoning", text: "Hmm", origin: own },
        { type: "text", text: "42" },
        { type: "opaque", origin: own, value: { content: { type: "reference", reference_ids: [1] } } },
      ],
      "stop",
    ],
    [
      "a refusal ends with stop",
      [chunk({ refusal: "I " }), chunk({ refusal: "won't" }), stop],
      [{ type: "refusal", text: "I won't" }],
      "content_filter",
    ],
    [
      "annotations, images and audio come in pieces",
      [
        chunk({ content: "See" }),
        chunk({ annotations: [{ type: "url_citation", url_citation: { url: "https://a.example" } }] }),
        chunk({ images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] }),
        chunk({ audio: { id: "audio_1", data: "AAAA", transcript: "He" } }),
        chunk({ audio: { data: "BBBB", transcript: "y", expires_at: 9 } }),
        stop,
      ],
      [
        {
          type: "text",
          text: "See",
          providerOptions: {
            [own]: { annotations: [{ type: "url_citation", url_citation: { url: "https://a.example" } }] },
          },
        },
        { type: "image", source: { type: "base64", mediaType: "image/png", data: "AAAA" } },
        {
          type: "opaque",
          origin: own,
          value: { message: { audio: { id: "audio_1", data: "AAAABBBB", transcript: "Hey", expires_at: 9 } } },
        },
      ],
      "stop",
    ],
    [
      "a call with a signature",
      [
        chunk({
          tool_calls: [{ ...call(0, "call_b", "now", "{}"), extra_content: { google: { thought_signature: "c2ln" } } }],
        }),
        stop,
      ],
      [{ ...now, signature: { origin: "gemini", value: "c2ln" } }],
      "tool_calls",
    ],
    [
      "the server names the stop sequence",
      [chunk({ content: "a" }), chunk({}, { finish_reason: "stop", stop_reason: "END" })],
      [{ type: "text", text: "a" }],
      "stop_sequence",
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
