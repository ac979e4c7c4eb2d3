import type { JsonObject } from "@gw/core";
import { describe, expect, test } from "vitest";
import { openAIChat } from "../../src/openai-chat/openai-chat.ts";
import { call, codeOf } from "./wire-chunks.ts";

const now = { type: "tool-call", id: "call_b", name: "now", arguments: "{}" };

describe("whole replies", () => {
  const message = (fields: JsonObject, finish: string | null = "stop"): JsonObject => ({
    id: "chatcmpl-1",
    choices: [{ index: 0, message: { role: "assistant", content: null, ...fields }, finish_reason: finish }],
  });
  const bodies: readonly (readonly [string, JsonObject, readonly unknown[], string])[] = [
    [
      "calls without ids",
      message({ tool_calls: [call(0, "", "now", "")] }),
      [{ ...now, id: "call_chatcmpl1_0" }],
      "tool_calls",
    ],
    ["null for no calls", message({ content: "a", tool_calls: null }), [{ type: "text", text: "a" }], "stop"],
    [
      "a call of the old form",
      message({ function_call: { name: "now", arguments: "{}" } }, "function_call"),
      [{ ...now, id: "call_chatcmpl1_0" }],
      "tool_calls",
    ],
    ["no finish reason", message({ content: "a" }, null), [{ type: "text", text: "a" }], "stop"],
    ["a word nobody knows", message({ content: "a" }, "done"), [{ type: "text", text: "a" }], "stop"],
    ["the filter", message({ content: "a" }, "content_filter"), [{ type: "text", text: "a" }], "content_filter"],
    ["the server failed", message({ content: "a" }, "error"), [{ type: "text", text: "a" }], "error"],
    [
      "two choices of one index",
      {
        id: "chatcmpl-1",
        choices: [
          { index: 0, message: { content: "a" }, finish_reason: "stop" },
          {
            index: 0,
            message: { content: null, tool_calls: [call(0, "call_b", "now", "{}")] },
            finish_reason: "tool_calls",
          },
          { index: 1, message: { content: "b" }, finish_reason: "stop" },
        ],
      },
      [{ type: "text", text: "a" }, now],
      "tool_calls",
    ],
  ];

  test.each(bodies)("%s", (_name, body, content, finishReason) => {
    const result = openAIChat.decodeResult(body);
    expect(result.content).toEqual(content);
    expect(result.finishReason).toBe(finishReason);
    const observer = openAIChat.observer({ stream: false, hideUsage: false });
    observer.whole(body);
    expect(observer.observation().finishReason).toBe(finishReason);
  });

  const broken: readonly (readonly [string, unknown, string])[] = [
    ["no object", "<html>", "reply_malformed"],
    ["no choices", { id: "1", choices: [] }, "reply_malformed"],
    ["an error inside", { error: { message: "no", code: "content_filter", status: 400 } }, "content_filtered"],
    ["an error as text", { error: "The service is unavailable", code: "503" }, "overloaded"],
  ];

  test.each(broken)("%s", (_name, body, code) => {
    expect(codeOf(() => openAIChat.decodeResult(body as JsonObject))).toBe(code);
  });

  test("fields that only the server knows are kept, and given to callers of the same format", () => {
    const result = openAIChat.decodeResult({
      ...message({ content: "a" }),
      citations: ["https://a.example"],
      system_fingerprint: null,
    });
    expect(result.providerMetadata).toEqual({ "openai-chat": { citations: ["https://a.example"] } });
    const context = { id: "a", createdAtMs: 0, model: "m", requestBody: {} };
    expect(openAIChat.encodeResult(result, context)).toMatchObject({ citations: ["https://a.example"] });
  });
});
