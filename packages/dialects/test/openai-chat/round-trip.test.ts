import { type AssistantPart, TextCollector, type TextEvent, type TextResult, type Usage, unknownUsage } from "@gw/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openAIChat } from "../../src/openai-chat/openai-chat.ts";
import type { ReplyContext } from "../../src/text-dialect.ts";

const context: ReplyContext = {
  id: "abcdefghijklmnopqrstuvwx",
  createdAtMs: 0,
  model: "fast",
  requestBody: { stream_options: { include_usage: true } },
};

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const count = fc.nat({ max: 1_000_000 });

const anyPart: fc.Arbitrary<AssistantPart> = fc.oneof(
  fc.record({ type: fc.constant("text" as const), text }),
  fc.record({ type: fc.constant("refusal" as const), text }),
  fc.record({
    type: fc.constant("reasoning" as const),
    text,
    origin: fc.constantFrom("openai-chat", "anthropic-messages"),
  }),
  fc.record({
    type: fc.constant("tool-call" as const),
    id: fc.uuid(),
    name: fc.stringMatching(/^[a-z]{1,8}$/),
    arguments: fc.oneof(fc.json({ maxDepth: 1 }), text),
  }),
);

const anyUsage: fc.Arbitrary<Usage> = fc
  .record({ cached: count, fresh: count, thought: count, said: count })
  .map(({ cached, fresh, thought, said }) => ({
    ...unknownUsage,
    inputTokens: cached + fresh,
    cacheReadTokens: cached,
    outputTokens: thought + said,
    reasoningTokens: thought,
  }));

const anyResult: fc.Arbitrary<TextResult> = fc
  .record({ content: fc.array(anyPart, { maxLength: 6 }), usage: anyUsage, cut: fc.boolean() })
  .map(({ content, usage, cut }) => {
    const calls = content.some(({ type }) => type === "tool-call");
    const refusal = content.some(({ type }) => type === "refusal");
    const ended = calls ? "tool_calls" : refusal ? "content_filter" : "stop";
    return {
      id: "vendor-id",
      model: "m",
      content,
      finishReason: cut ? "length" : ended,
      rawFinishReason: null,
      stopSequence: null,
      usage,
    };
  });

/** What must survive: each field's words in their order, the calls, the end and the counts. */
function essence(result: TextResult): object {
  const words = (type: AssistantPart["type"]): string =>
    result.content.map((part) => (part.type === type && "text" in part ? part.text : "")).join("");
  const { inputTokens, cacheReadTokens, outputTokens, reasoningTokens } = result.usage;
  return {
    text: words("text"),
    refusal: words("refusal"),
    reasoning: words("reasoning"),
    calls: result.content.filter(({ type }) => type === "tool-call"),
    finishReason: result.finishReason,
    usage: { inputTokens, cacheReadTokens, outputTokens, reasoningTokens },
  };
}

/** The events of an answer: each part in pieces, and the pieces of all parts dealt out by `order`. */
function eventsOf(result: TextResult, order: readonly number[]): TextEvent[] {
  const queues = result.content.map((part, index): TextEvent[] => {
    switch (part.type) {
      case "text":
      case "refusal":
        return [
          { type: `${part.type}-start`, index },
          ...pieces(part.text).map((piece): TextEvent => ({ type: `${part.type}-delta`, index, text: piece })),
          { type: `${part.type}-end`, index },
        ];
      case "reasoning":
        return [
          { type: "reasoning-start", index, origin: part.origin },
          ...pieces(part.text).map((piece): TextEvent => ({ type: "reasoning-delta", index, text: piece })),
          { type: "reasoning-end", index },
        ];
      case "tool-call":
        return [
          { type: "tool-call-start", index, id: part.id, name: part.name },
          ...pieces(part.arguments).map((piece): TextEvent => ({ type: "tool-call-delta", index, arguments: piece })),
          { type: "tool-call-end", index },
        ];
      default:
        return [{ type: "part", index, part }];
    }
  });
  const events: TextEvent[] = [{ type: "response-start", id: result.id, model: result.model }];
  // Parts begin in the order of their indexes; any part that has begun may go on.
  for (let step = 0, begun = 0; ; step++) {
    const ready = queues.slice(0, begun + 1).filter((queue) => queue.length > 0);
    const queue = ready[(order[step % order.length] ?? 0) % ready.length];
    const event = queue?.shift();
    if (event === undefined) break;
    events.push(event);
    if (queue === queues[begun]) begun += 1;
  }
  const { finishReason, rawFinishReason, stopSequence, usage } = result;
  return [...events, { type: "response-end", finishReason, rawFinishReason, stopSequence, usage }];
}

function pieces(whole: string): string[] {
  const middle = Math.ceil(whole.length / 2);
  return [whole.slice(0, middle), whole.slice(middle)].filter((piece) => piece !== "");
}

test("a whole answer reads as it was written", () => {
  fc.assert(
    fc.property(anyResult, (result) => {
      const wire = JSON.parse(JSON.stringify(openAIChat.encodeResult(result, context)));
      expect(essence(openAIChat.decodeResult(wire))).toEqual(essence(result));
    }),
  );
});

test("a stream reads as it was written, however its parts overlap, and says the same as the whole answer", () => {
  fc.assert(
    fc.property(anyResult, fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 12 }), (result, order) => {
      const encoder = openAIChat.streamEncoder(context);
      const frames = eventsOf(result, order).flatMap((event) => encoder.push(event));
      const decoder = openAIChat.streamDecoder();
      const collector = new TextCollector();
      for (const frame of frames) for (const event of decoder.push(frame)) collector.push(event);
      for (const event of decoder.end()) collector.push(event);
      expect(essence(collector.result())).toEqual(essence(result));
    }),
  );
});
