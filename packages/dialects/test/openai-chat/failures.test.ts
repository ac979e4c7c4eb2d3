import { describe, expect, test } from "vitest";
import type { Frame } from "../../src/frame.ts";
import { openAIChat } from "../../src/openai-chat/openai-chat.ts";
import { chunk, codeOf, done, fold, stop } from "./wire-chunks.ts";

describe("streams that fail", () => {
  const text = chunk({ content: "a" });
  const cases: readonly (readonly [string, readonly Frame[], string])[] = [
    ["no finish reason", [text], "stream_truncated"],
    ["no finish reason, but a terminator", [text, done], "stream_truncated"],
    ["nothing at all", [], "stream_truncated"],
    ["broken JSON", [{ data: '{"choices":[{"delta":{"con' }], "reply_malformed"],
    ["no object", [{ data: "null" }], "reply_malformed"],
    ["an error chunk", [text, { data: '{"error":{"message":"Overloaded","type":"overloaded_error"}}' }], "overloaded"],
    [
      "an error beside choices, with a number for a code",
      [
        text,
        {
          data: '{"error":{"code":429,"message":"Slow down"},"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}',
        },
      ],
      "rate_limited",
    ],
    [
      "an event named error",
      [
        {
          event: "error",
          data: '{"error":{"type":"invalid_request_error","code":"tool_use_failed","status_code":400}}',
        },
      ],
      "invalid_request",
    ],
    [
      "an event named error with the words alone",
      [{ event: "error", data: '{"message":"no","code":"503"}' }],
      "overloaded",
    ],
    ["an error as text", [{ data: '{"error":"upstream failed"}' }], "upstream_failed"],
    [
      "an error as an object of its own",
      [text, { data: '{"object":"error","message":"no","code":400}' }],
      "invalid_request",
    ],
    [
      "credit is gone",
      [{ data: '{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}' }],
      "quota_exhausted",
    ],
    [
      "too long",
      [{ data: '{"error":{"type":"invalid_request_error","code":"context_length_exceeded","message":"no"}}' }],
      "context_length_exceeded",
    ],
    ["filtered", [{ data: '{"error":{"type":null,"code":"content_filter","message":"no"}}' }], "content_filtered"],
  ];

  test.each(cases)("%s", (_name, frames, code) => {
    expect(codeOf(() => fold(frames))).toBe(code);
    const observer = openAIChat.observer({ stream: true, hideUsage: false });
    const watch = (): void => {
      for (const frame of frames) observer.frame(frame);
      observer.end();
    };
    expect(codeOf(watch)).toBe(code);
  });

  test("an error after the end of a finished stream is not read", () => {
    expect(fold([text, stop, done, { data: '{"error":{"code":500}}' }]).finishReason).toBe("stop");
  });
});

describe("error answers", () => {
  const cases: readonly (readonly [string, number, string, string])[] = [
    [
      "a model the vendor does not have, as 400",
      400,
      '{"object":"error","message":"Invalid model: x","type":"invalid_model","code":"1500"}',
      "model_not_found",
    ],
    [
      "a model of another account, as 400",
      400,
      '{"code":"x","error":"The model grok-9 does not exist or your team has no access to it."}',
      "model_not_found",
    ],
    [
      "a feature the server does not have",
      500,
      '{"error":{"code":500,"message":"this server does not support multimodal input"}}',
      "unsupported_capability",
    ],
    ["a failure", 500, '{"error":{"message":"Internal error"}}', "upstream_failed"],
    ["no credit", 402, '{"error":{"message":"Insufficient Balance"}}', "quota_exhausted"],
    ["no quota as 429", 429, '{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}', "quota_exhausted"],
    ["no capacity", 498, "{}", "overloaded"],
    ["a page", 502, "<html><body>Bad gateway</body></html>", "upstream_failed"],
    ["nothing", 503, "", "overloaded"],
    ["schema errors", 422, '{"detail":[{"loc":["body"],"msg":"extra inputs are not permitted"}]}', "invalid_request"],
  ];

  test.each(cases)("%s", (_name, status, body, code) => {
    const error = openAIChat.decodeError({ status, headers: {}, body });
    expect(error.code).toBe(code);
    expect(error.upstream).toEqual({ status, headers: {}, body });
  });
});
