import type { JsonObject } from "@gw/core";
import { anthropicMessages, gemini, openAIChat, openAIResponses } from "@gw/dialects";
import { describe, expect, it } from "vitest";
import { runPrompt } from "../../src/endpoints/run-prompt.ts";
import { textCall } from "../../src/endpoints/text-endpoint.ts";
import { boundField, outputBoundOf, withOutputBound } from "../../src/money/output-bound.ts";

const none = new Uint8Array();
const chatCall = textCall(openAIChat, none, { model: "m" });

it("a bound and a number of answers are read from text too", () => {
  expect(outputBoundOf({ max_tokens: "100", n: "8" })).toEqual({ tokens: 100, answers: 8 });
  expect(outputBoundOf({ max_tokens: "many", n: -1 })).toEqual({ tokens: null, answers: 1 });
});

describe("a bound that the gateway sets", () => {
  it.each([
    ["a chat", chatCall, { max_tokens: 9 }, { max_completion_tokens: 9 }],
    ["a prompt", runPrompt("m", { prompt: "hello" }), { max_tokens: 9 }, { max_completion_tokens: 9 }],
    ["a response", textCall(openAIResponses, none, { model: "m" }), { max_output_tokens: 9 }, null],
    ["messages", textCall(anthropicMessages, none, { model: "m" }), { max_tokens: 9 }, null],
    ["contents", textCall(gemini, none, { model: "m" }), { generationConfig: { maxOutputTokens: 9 } }, null],
  ])("stands in %s where its format has it", (_of, call, bound, whereItReasons) => {
    const set = (reasons: boolean): JsonObject => withOutputBound({}, boundField(call, reasons), 9);
    expect(set(false)).toEqual(bound);
    expect(set(true)).toEqual(whereItReasons ?? bound);
  });

  it("takes the place of each that the body has", () => {
    const body = { max_tokens: 20, max_completion_tokens: 30, generationConfig: { maxOutputTokens: 40, topK: 1 } };
    expect(withOutputBound(body, boundField(chatCall, false), 9)).toEqual({
      max_tokens: 9,
      max_completion_tokens: 9,
      generationConfig: { maxOutputTokens: 9, topK: 1 },
    });
  });
});
