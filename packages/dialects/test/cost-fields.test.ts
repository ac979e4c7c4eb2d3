import { type FinishReason, type TextEvent, type TextResult, type Usage, unknownUsage } from "@gw/core";
import { describe, expect, it } from "vitest";
import { anthropicMessages, gemini, openAIChat, openAIResponses, type ReplyContext } from "../src/index.ts";

const usage: Usage = { ...unknownUsage, inputTokens: 7, outputTokens: 3 };
const snake = { cost_usd: 0.000037, limit_remaining_usd: 0.5 };
const dialects = [
  { dialect: openAIChat, field: "usage", fields: snake },
  { dialect: openAIResponses, field: "usage", fields: snake },
  { dialect: anthropicMessages, field: "usage", fields: snake },
  { dialect: gemini, field: "usageMetadata", fields: { costUsd: 0.000037, limitRemainingUsd: 0.5 } },
];

/** A context that knows the cost, and of which usages it was asked. */
function contextAsked(): { readonly asked: Usage[]; readonly context: ReplyContext } {
  const asked: Usage[] = [];
  return {
    asked,
    context: {
      id: "abcdefghijklmnopqrstuvwx",
      createdAtMs: 1_780_000_000_500,
      model: "m",
      requestBody: { stream_options: { include_usage: true } },
      costOf: (counted) => {
        asked.push(counted);
        return { costUsd: 0.000037, limitRemainingUsd: 0.5 };
      },
    },
  };
}

const ending = (finishReason: FinishReason) => ({ finishReason, rawFinishReason: null, stopSequence: null, usage });

const events = (finishReason: FinishReason): TextEvent[] => [
  { type: "response-start", id: "r", model: "m" },
  { type: "text-start", index: 0 },
  { type: "text-delta", index: 0, text: "o" },
  { type: "text-delta", index: 0, text: "k" },
  { type: "text-end", index: 0 },
  { type: "response-end", ...ending(finishReason) },
];

/** The data of a stream, as far as they are JSON. */
const streamed = (dialect: (typeof dialects)[number]["dialect"], context: ReplyContext, reason: FinishReason) => {
  const encoder = dialect.streamEncoder(context);
  return events(reason)
    .flatMap((event) => encoder.push(event))
    .flatMap(({ data }) => (data.startsWith("{") ? [JSON.parse(data)] : []));
};

describe.each(dialects)("the cost in $dialect.id", ({ dialect, field, fields }) => {
  it("stands in the usage of a whole answer", () => {
    const { asked, context } = contextAsked();
    const result: TextResult = { id: "r", model: "m", content: [{ type: "text", text: "ok" }], ...ending("stop") };
    expect(dialect.encodeResult(result, context)[field]).toMatchObject(fields);
    expect(asked).toEqual([usage]);
  });

  it("is asked for once in a stream, at its end", () => {
    const { asked, context } = contextAsked();
    const found = streamed(dialect, context, "stop")
      .map((data) => (data.response ?? data)[field])
      .filter((counts) => typeof counts === "object" && counts !== null);
    expect(found).toMatchObject([fields]);
    expect(asked).toEqual([usage]);
  });
});

it.each([
  ["length", "response.incomplete"],
  ["content_filter", "response.incomplete"],
  ["error", "response.failed"],
] as const)("a response that ends with %s says it as %s", (reason, type) => {
  const last = streamed(openAIResponses, contextAsked().context, reason).at(-1);
  expect(last).toMatchObject({ type, response: { usage: snake } });
});
