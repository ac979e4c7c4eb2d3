import {
  type AssistantPart,
  type FinishReason,
  TextCollector,
  type TextEvent,
  type TextResult,
  unknownUsage,
} from "@gw/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openAIResponses } from "../../src/openai-responses/openai-responses.ts";
import { partEvents } from "../../src/openai-responses/part-events.ts";
import { context } from "./answers.ts";

const part: fc.Arbitrary<AssistantPart> = fc.oneof(
  fc.record({ type: fc.constant("text" as const), text: fc.string({ unit: "grapheme" }) }),
  fc.record({ type: fc.constant("refusal" as const), text: fc.string() }),
  fc.record({
    type: fc.constant("reasoning" as const),
    text: fc.string(),
    origin: fc.constantFrom("openai-responses", "anthropic-messages"),
    sealed: fc.base64String({ minLength: 4 }),
  }),
  fc.record({
    type: fc.constant("tool-call" as const),
    id: fc.uuid(),
    name: fc.string({ minLength: 1 }),
    arguments: fc.json(),
  }),
);
const count = fc.option(fc.nat());
const answer: fc.Arbitrary<TextResult> = fc
  .record({
    content: fc.uniqueArray(part, { selector: (each) => (each.type === "tool-call" ? each.id : each) }),
    cut: fc.option(fc.constantFrom<FinishReason>("length", "pause")),
    usage: fc.record({ inputTokens: count, outputTokens: count, cacheReadTokens: count, reasoningTokens: count }),
  })
  .map(({ content, cut, usage }) => ({
    id: "x",
    model: "m",
    content,
    finishReason: cut ?? naturalEnd(content),
    rawFinishReason: null,
    stopSequence: null,
    usage: { ...unknownUsage, ...usage },
  }));

function naturalEnd(content: readonly AssistantPart[]): FinishReason {
  if (content.some(({ type }) => type === "tool-call")) return "tool_calls";
  return content.some(({ type }) => type === "refusal") ? "content_filter" : "stop";
}

/** Cuts an answer into events whose parts overlap as `choices` say. */
function interleave({ id, model, content, ...ending }: TextResult, choices: readonly number[]): TextEvent[] {
  const waiting = content.map((each, index) => partEvents(each, index).flatMap(halves));
  const events: TextEvent[] = [{ type: "response-start", id, model }];
  let begun = 0;
  for (let turn = 0; waiting.some((queue) => queue.length > 0); turn++) {
    const open = waiting.filter((queue, index) => queue.length > 0 && index <= begun);
    const queue = open[(choices[turn % choices.length] ?? 0) % open.length] ?? [];
    begun = Math.max(begun, waiting.indexOf(queue) + 1);
    const event = queue.shift();
    if (event !== undefined) events.push(event);
  }
  return [...events, { type: "response-end", ...ending }];
}

function halves(event: TextEvent): TextEvent[] {
  const middle = 2;
  if (event.type === "tool-call-delta" && event.arguments.length > middle) {
    const { arguments: text } = event;
    return [
      { ...event, arguments: text.slice(0, middle) },
      { ...event, arguments: text.slice(middle) },
    ];
  }
  if (event.type === "text-delta" && event.text.length > middle)
    return [
      { ...event, text: event.text.slice(0, middle) },
      { ...event, text: event.text.slice(middle) },
    ];
  return [event];
}

/** What must survive. Where one total is known, the format cannot leave the other counts open. */
function kept({ content, finishReason, usage }: TextResult): unknown {
  const known = usage.inputTokens !== null || usage.outputTokens !== null;
  const counts = [usage.inputTokens, usage.outputTokens, usage.cacheReadTokens, usage.reasoningTokens];
  return {
    content: content.map((each) => {
      if (each.type === "tool-call") return [each.id, each.name, each.arguments];
      return "text" in each ? [each.type, each.text] : each.type;
    }),
    finishReason,
    usage: counts.map((each) => (known ? (each ?? 0) : null)),
  };
}

describe("any answer", () => {
  it("is the same after a whole reply", () => {
    fc.assert(
      fc.property(answer, (result) => {
        const body = JSON.parse(JSON.stringify(openAIResponses.encodeResult(result, context)));
        expect(kept(openAIResponses.decodeResult(body))).toEqual(kept(result));
      }),
    );
  });

  it("is the same after a stream, however its parts overlap", () => {
    fc.assert(
      fc.property(answer, fc.array(fc.nat({ max: 9 }), { minLength: 1 }), (result, choices) => {
        const encoder = openAIResponses.streamEncoder(context);
        const decoder = openAIResponses.streamDecoder();
        const observer = openAIResponses.observer({ stream: true, hideUsage: false });
        const collector = new TextCollector();
        for (const event of interleave(result, choices))
          for (const frame of encoder.push(event)) {
            observer.frame(frame);
            for (const decoded of decoder.push(frame)) collector.push(decoded);
          }
        for (const decoded of decoder.end()) collector.push(decoded);
        observer.end();
        expect(kept(collector.result())).toEqual(kept(result));
        expect(observer.observation().finishReason).toBe(result.finishReason);
      }),
    );
  });
});
