import assert from "node:assert/strict";
import type { AssistantPart, JsonValue, TextResult, Usage } from "@gw/core/types";
import type { Expectation, Fixture } from "../fixtures/fixture.ts";
import { answer } from "./exchange.ts";
import type { ContractCase, Suite } from "./suite.ts";

/**
 * What fixtures say, as the provider reads it: text, refusals, reasoning, tool calls, finish reasons, usage, ids.
 *
 * One case per fixture and concern, so that its name says what was misread where.
 */
export function answerCases(suite: Suite): ContractCase[] {
  const text = suite.capabilities.text;
  if (text === undefined) return [];
  const streamed = (name: string, isStreamed = text.streaming) => (isStreamed ? [name, `${name}.stream`] : [name]);
  const plain = streamed("text");
  const parallel = text.parallelTools ? streamed("tools.parallel") : [];
  const tools = text.tools ? [...parallel, "tools.empty-arguments"] : [];
  const reasoning = text.reasoning ? streamed("reasoning") : [];
  const usage = streamed("text", text.streaming && text.usageInStream);

  return [
    ...concern(suite, "text", "text", plain, (result, expected) => {
      assert.equal(joined(result, "text"), expected);
    }),
    ...concern(suite, "refusal", "refusal", [], (result, expected) => {
      assert.equal(joined(result, "refusal"), expected);
    }),
    ...concern(suite, "reasoning", "reasoning", reasoning, (result, expected) => {
      const parts = partsOf(result, "reasoning");
      assert.equal(joined(result, "reasoning"), expected.text);
      if (expected.signature !== undefined) assert.equal(last(parts, "signature"), expected.signature);
      if (expected.sealed !== undefined) assert.equal(last(parts, "sealed"), expected.sealed);
    }),
    ...concern(suite, "tools", "toolCalls", tools, checkToolCalls),
    ...concern(suite, "finish", "finishReason", [...plain, ...tools, "length"], (result, expected) => {
      assert.equal(result.finishReason, expected);
    }),
    ...concern(suite, "usage", "usage", usage, checkUsage),
    ...concern(suite, "id", "id", [], (result, expected) => assert.equal(result.id, expected)),
    ...concern(suite, "model", "model", [], (result, expected) => assert.equal(result.model, expected)),
  ];
}

/** The cases of one field of {@link Expectation}: the fixtures that give it, and those that have to. */
function concern<Key extends keyof Expectation>(
  suite: Suite,
  name: string,
  key: Key,
  required: readonly string[],
  check: (result: TextResult, expected: NonNullable<Expectation[Key]>) => void,
): ContractCase[] {
  const giving = suite.fixtures
    .starting("")
    .filter((fixture) => isAnswer(suite, fixture) && fixture.expect[key] !== undefined)
    .map((fixture) => fixture.case);
  return [...new Set([...required, ...giving])].map((fixtureCase) => ({
    name: `${name}: ${fixtureCase}`,
    run: async () => {
      const isStream = fixtureCase.endsWith(".stream");
      const fixture = isStream ? suite.fixtures.needStream(fixtureCase) : suite.fixtures.need(fixtureCase);
      const expected = fixture.expect[key];
      assert.ok(
        expected !== undefined && expected !== null,
        `${fixture.file}: expect.${key} must say what is in the reply`,
      );
      check(await answer(suite, fixture), expected);
    },
  }));
}

/** An answer of the translated lane; error replies, embeddings and the like have cases of their own. */
function isAnswer(suite: Suite, fixture: Fixture): boolean {
  if (fixture.frames !== null) return suite.capabilities.text?.streaming === true;
  return fixture.expect.finishReason !== undefined;
}

function partsOf<Type extends AssistantPart["type"]>(
  result: TextResult,
  type: Type,
): Extract<AssistantPart, { type: Type }>[] {
  return result.content.filter((part): part is Extract<AssistantPart, { type: Type }> => part.type === type);
}

function joined(result: TextResult, type: "text" | "refusal" | "reasoning"): string {
  return partsOf(result, type)
    .map((part) => part.text)
    .join("");
}

function last<Key extends string>(parts: readonly { readonly [key in Key]?: string }[], key: Key): string | undefined {
  return parts.findLast((part) => part[key] !== undefined)?.[key];
}

function checkToolCalls(result: TextResult, expected: NonNullable<Expectation["toolCalls"]>): void {
  const calls = partsOf(result, "tool-call");
  assert.deepEqual(
    calls.map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments) as JsonValue })),
    expected.map((call) => ({ name: call.name, arguments: call.arguments })),
  );
  const ids = calls.map((call) => call.id);
  assert.ok(!ids.includes(""), "a call has an id");
  assert.equal(new Set(ids).size, ids.length, "calls have ids of their own");
  for (const [index, call] of expected.entries()) if (call.id !== undefined) assert.equal(ids[index], call.id);
}

/** Compares every count, those included that the vendor did not give. */
export function checkUsage(result: { readonly usage: Usage }, expected: NonNullable<Expectation["usage"]>): void {
  const { raw: _raw, ...counts } = result.usage;
  const unknown = Object.fromEntries(Object.keys(counts).map((key) => [key, null]));
  assert.deepEqual(counts, { ...unknown, ...expected });
  partOf(counts.cacheReadTokens, counts.inputTokens, "cacheReadTokens is part of inputTokens");
  partOf(counts.cacheWriteTokens, counts.inputTokens, "cacheWriteTokens is part of inputTokens");
  partOf(counts.cacheWrite1hTokens, counts.cacheWriteTokens, "cacheWrite1hTokens is part of cacheWriteTokens");
  partOf(counts.reasoningTokens, counts.outputTokens, "reasoningTokens is part of outputTokens");
}

function partOf(part: number | null, total: number | null, rule: string): void {
  if (part !== null && total !== null) assert.ok(part <= total, `${rule}: ${part} of ${total}`);
}
