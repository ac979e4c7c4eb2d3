import {
  type AssistantPart,
  type FinishReason,
  TextCollector,
  type TextEvent,
  type TextResult,
  unknownUsage,
} from "@gw/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gemini } from "../../src/gemini/gemini.ts";

const context = { id: "a1b2c3d4e5f6a1b2c3d4e5f6", createdAtMs: 0, model: "m", requestBody: {} };

const word = fc.string({ minLength: 1, unit: "grapheme" });
const identifier = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
const json = fc.oneof(
  fc.dictionary(word, fc.jsonValue()).map((value) => JSON.stringify(value)),
  fc.constantFrom("{}", '{"cut":', "[1]", "3", '"text"'),
);
const part: fc.Arbitrary<AssistantPart> = fc.oneof(
  word.map((text): AssistantPart => ({ type: "text", text })),
  word.map((text): AssistantPart => ({ type: "refusal", text })),
  fc
    .record({ text: fc.string(), signature: word })
    .map((fields): AssistantPart => ({ type: "reasoning", origin: "gemini", ...fields })),
  fc
    .record({ text: fc.string(), sealed: word, id: word })
    .map((fields): AssistantPart => ({ type: "reasoning", origin: "other", ...fields })),
  fc
    .record({ id: identifier, name: identifier, arguments: json })
    .map((fields): AssistantPart => ({ type: "tool-call", ...fields })),
);
const count = fc.option(fc.nat(1_000_000), { nil: null });
const usage = fc
  .record({
    inputTokens: count,
    cacheReadTokens: count,
    text: fc.nat(1000),
    reasoningTokens: count,
    known: fc.boolean(),
  })
  .map(({ text, known, ...counts }) => ({
    ...unknownUsage,
    ...counts,
    outputTokens: known ? text + (counts.reasoningTokens ?? 0) : counts.reasoningTokens,
  }));
const finish = fc.constantFrom<FinishReason>("stop", "length", "content_filter", "error");
const results: fc.Arbitrary<TextResult> = fc
  .record({ content: fc.array(part, { maxLength: 6 }), finishReason: finish, usage })
  .map(({ content, finishReason, usage }) => ({
    id: "x",
    model: "y",
    content,
    finishReason:
      finishReason === "stop" && content.some(({ type }) => type === "tool-call") ? "tool_calls" : finishReason,
    rawFinishReason: "native_word",
    stopSequence: null,
    usage,
  }));

/** What both ways must keep: neighbouring texts and thoughts may have become one, and a foreign thought is sealed. */
function kept({ content, finishReason, usage }: TextResult) {
  const { raw: _raw, ...counts } = usage;
  return {
    text: content.map((part) => (part.type === "text" || part.type === "refusal" ? part.text : "")).join(""),
    thoughts: content.map((part) => (part.type === "reasoning" ? part.text : "")).join(""),
    signatures: content
      .flatMap((part) => (part.type === "reasoning" && part.origin === "gemini" ? (part.signature ?? []) : []))
      .filter((value) => !value.startsWith("gwEnv")),
    calls: content.filter((part) => part.type === "tool-call"),
    finishReason,
    counts,
  };
}

/** Events of a result, with the parts' deltas cut small and dealt out in turn, so that all parts overlap. */
function overlapping({ content, id, model, ...ending }: TextResult): TextEvent[] {
  const lanes = content.map((part, index) => eventsOf(part, index));
  const events: TextEvent[] = [{ type: "response-start", id, model }];
  events.push(...lanes.flatMap(([first]) => first ?? []));
  const rest = lanes.map((lane) => lane.slice(1));
  while (rest.some((lane) => lane.length > 0)) for (const lane of rest.toReversed()) events.push(...lane.splice(0, 1));
  return [...events, { type: "response-end", ...ending }];
}

function eventsOf(part: AssistantPart, index: number): TextEvent[] {
  switch (part.type) {
    case "text":
    case "refusal": {
      const { type } = part;
      const deltas = pieces(part.text).map((text): TextEvent => ({ type: `${type}-delta`, index, text }));
      return [{ type: `${type}-start`, index }, ...deltas, { type: `${type}-end`, index }];
    }
    case "reasoning": {
      const { type: _type, text, origin, id, signature, sealed } = part;
      const deltas = pieces(text).map((piece): TextEvent => ({ type: "reasoning-delta", index, text: piece }));
      return [
        { type: "reasoning-start", index, origin, ...(id !== undefined && { id }) },
        ...deltas,
        {
          type: "reasoning-end",
          index,
          ...(signature !== undefined && { signature }),
          ...(sealed !== undefined && { sealed }),
        },
      ];
    }
    case "tool-call": {
      const deltas = pieces(part.arguments).map(
        (piece): TextEvent => ({ type: "tool-call-delta", index, arguments: piece }),
      );
      return [
        { type: "tool-call-start", index, id: part.id, name: part.name },
        ...deltas,
        { type: "tool-call-end", index },
      ];
    }
    default:
      return [{ type: "part", index, part }];
  }
}

function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,3}/gu) ?? [];
}

describe("an answer that is written and read again", () => {
  test("whole", () => {
    fc.assert(
      fc.property(results, (result) => {
        expect(kept(gemini.decodeResult(gemini.encodeResult(result, context)))).toEqual(kept(result));
      }),
    );
  });

  test("streamed, all parts at once", () => {
    fc.assert(
      fc.property(results, (result) => {
        const encoder = gemini.streamEncoder(context);
        const decoder = gemini.streamDecoder();
        const collector = new TextCollector();
        const frames = overlapping(result).flatMap((event) => encoder.push(event));
        for (const event of frames.flatMap((frame) => decoder.push(frame))) collector.push(event);
        for (const event of decoder.end()) collector.push(event);
        expect(kept(collector.result())).toEqual(kept(result));
      }),
    );
  });

  test("as history: every part comes back as it was", () => {
    fc.assert(
      fc.property(results, ({ content }) => {
        fc.pre(content.length > 0);
        const asked = { role: "user" as const, content: [{ type: "text" as const, text: "Go." }] };
        const request = { model: "m", messages: [asked, { role: "assistant" as const, content }] };
        const own = content.filter((part) => part.type !== "reasoning" || part.origin === "gemini");
        const { body } = gemini.encodeRequest(request, { stream: false }, { functionCallIds: true });
        const decoded = gemini.decodeRequest(body, { model: "m", stream: false }).request.messages;
        const expected = own.map((part) => (part.type === "refusal" ? { type: "text", text: part.text } : part));
        expect(decoded).toEqual(expected.length === 0 ? [asked] : [asked, { role: "assistant", content: expected }]);
      }),
    );
  });
});
