import type { AssistantPart, FinishReason, TextEvent, TextResult, Usage } from "@gw/core";
import { anthropicMessages } from "@gw/dialects";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collect, context, decodeStream, encodeStream, eventsOf, partEvents } from "./wire.ts";

const words = fc.string({ unit: "grapheme", maxLength: 20 });
const origin = fc.constantFrom("anthropic-messages", "gemini");

const part: fc.Arbitrary<AssistantPart> = fc.oneof(
  fc.record({ type: fc.constant("text" as const), text: words }),
  fc.record({ type: fc.constant("reasoning" as const), text: words, origin, signature: words }),
  fc.record({ type: fc.constant("reasoning" as const), text: fc.constant(""), origin, sealed: words }),
  fc.record(
    {
      type: fc.constant("tool-call" as const),
      id: fc.uuid(),
      name: fc.stringMatching(/^[a-z]{1,8}$/),
      arguments: fc.dictionary(words, fc.jsonValue({ maxDepth: 2 })).map((value) => JSON.stringify(value)),
      signature: fc.record({ origin: fc.constant("gemini"), value: words }),
    },
    { requiredKeys: ["type", "id", "name", "arguments"] },
  ),
);

const tokens = fc.nat(100_000);
const usage: fc.Arbitrary<Usage> = fc
  .record({
    read: tokens,
    write1h: tokens,
    write5m: tokens,
    input: tokens,
    thought: tokens,
    said: tokens,
    searches: fc.option(fc.nat(9)),
  })
  .map(({ read, write1h, write5m, input, thought, said, searches }) => ({
    inputTokens: input + read + write1h + write5m,
    cacheReadTokens: read,
    cacheWriteTokens: write1h + write5m,
    cacheWrite1hTokens: write1h,
    inputAudioTokens: null,
    inputImageTokens: null,
    outputTokens: thought + said,
    reasoningTokens: thought,
    outputAudioTokens: null,
    outputImageTokens: null,
    webSearches: searches,
  }));

const finishes: FinishReason[] = [
  "stop",
  "stop_sequence",
  "length",
  "context_full",
  "content_filter",
  "pause",
  "error",
];

const answer: fc.Arbitrary<TextResult> = fc
  .record({ content: fc.array(part, { maxLength: 6 }), finish: fc.constantFrom(...finishes), usage, stop: words })
  .map(({ content, finish, usage, stop }) => ({
    id: null,
    model: null,
    content,
    finishReason: finish === "stop" && content.some(({ type }) => type === "tool-call") ? "tool_calls" : finish,
    rawFinishReason: null,
    stopSequence: finish === "stop_sequence" ? stop : null,
    usage,
  }));

/** What every dialect has to keep. */
function essence({ content, finishReason, stopSequence, usage: { raw: _raw, ...usage } }: TextResult) {
  return {
    text: content.map((one) => (one.type === "text" ? one.text : "")).join(""),
    reasoning: content.map((one) => (one.type === "reasoning" ? one.text : "")).join(""),
    calls: content.flatMap((one) =>
      one.type === "tool-call" ? [{ id: one.id, name: one.name, input: JSON.parse(one.arguments) }] : [],
    ),
    finishReason,
    stopSequence,
    usage,
  };
}

describe("any answer", () => {
  test("survives being written and read, whole and streamed", () => {
    fc.assert(
      fc.property(answer, (result) => {
        const expected = essence(result);
        expect(essence(anthropicMessages.decodeResult(anthropicMessages.encodeResult(result, context)))).toEqual(
          expected,
        );
        expect(essence(collect(decodeStream(encodeStream(eventsOf(result)))))).toEqual(expected);
      }),
    );
  });

  test("is the same written whole and streamed, however its parts overlap", () => {
    fc.assert(
      fc.property(answer, fc.infiniteStream(fc.nat(5)), (result, choices) => {
        const [first, ...rest] = eventsOf({ ...result, content: [] });
        const waiting = result.content.map((one, index) => partEvents(one, index));
        const open: TextEvent[][] = [];
        const middle: TextEvent[] = [];
        while (waiting.length + open.length > 0) {
          const choice = choices.next().value ?? 0;
          if (open.length === 0 || (choice === 0 && waiting.length > 0)) open.push(waiting.shift() ?? []);
          const queue = choice === 0 ? open.at(-1) : open[choice % open.length];
          middle.push(...(queue?.splice(0, 1) ?? []));
          open.splice(0, open.length, ...open.filter((events) => events.length > 0));
        }
        const frames = encodeStream([...(first ? [first] : []), ...middle, ...rest]);
        const whole = anthropicMessages.encodeResult(result, context);
        const { content, ...ending } = anthropicMessages.decodeResult(whole);
        const streamed = collect(decodeStream(frames));
        expect(streamed.content.map(comparable)).toEqual(content.map(comparable));
        expect({ ...ending.usage, raw: null }).toEqual({ ...streamed.usage, raw: null });
      }),
    );
  });
});

/** Arguments keep their spelling in a stream only. */
function comparable(one: AssistantPart): unknown {
  return one.type === "tool-call" ? { ...one, arguments: JSON.parse(one.arguments) } : one;
}
