import type { Message, ReasoningOptions } from "@gw/core";
import type { AnthropicMessagesQuirks } from "@gw/dialects";
import { describe, expect, test } from "vitest";
import { encode, hi } from "./wire.ts";

const call = { type: "tool-call" as const, id: "a", name: "f", arguments: "{}" };

describe("thinking", () => {
  const budget = (budget_tokens: number) => ({ thinking: { type: "enabled", budget_tokens } });
  const off = { thinking: { type: "disabled" } };
  const adaptive = { thinking: { type: "adaptive" } };
  const modern: AnthropicMessagesQuirks = { thinking: "adaptive", efforts: ["low", "medium", "high", "max"] };
  const mapped = ["reasoning mapped"];
  const dropped = ["reasoning dropped"];

  test.each<[string, ReasoningOptions, number | undefined, AnthropicMessagesQuirks, object, string[]]>([
    ["budget as given", { budgetTokens: 2000 }, 5000, {}, { ...budget(2000), max_tokens: 5000 }, []],
    ["budget without a bound", { budgetTokens: 2000 }, undefined, {}, { ...budget(2000), max_tokens: 6096 }, []],
    ["budget too small", { budgetTokens: 10 }, undefined, {}, { ...budget(1024), max_tokens: 5120 }, mapped],
    ["budget over the bound", { budgetTokens: 8000 }, 8000, {}, { ...budget(4000), max_tokens: 8000 }, mapped],
    ["no room", { budgetTokens: 8000 }, 1024, {}, { ...off, max_tokens: 1024 }, dropped],
    [
      "bound of the model",
      { budgetTokens: 8000 },
      undefined,
      { maxOutputTokens: 6000 },
      { ...budget(3000), max_tokens: 6000 },
      mapped,
    ],
    ["effort", { effort: "high" }, undefined, {}, { ...budget(16_384), max_tokens: 20_480 }, mapped],
    ["effort under a bound", { effort: "high" }, 8000, {}, { ...budget(4000), max_tokens: 8000 }, mapped],
    ["dynamic", { budgetTokens: "dynamic" }, undefined, {}, { ...budget(8192), max_tokens: 12_288 }, mapped],
    ["off by effort", { effort: "none" }, undefined, {}, { ...off, max_tokens: 4096 }, []],
    [
      "off by budget",
      { budgetTokens: 0, effort: "high" },
      undefined,
      modern,
      { ...off, output_config: { effort: "high" }, max_tokens: 4096 },
      [],
    ],
    [
      "shown",
      { budgetTokens: 2000, includeText: false },
      5000,
      {},
      { thinking: { type: "enabled", budget_tokens: 2000, display: "omitted" }, max_tokens: 5000 },
      [],
    ],
    [
      "summary",
      { effort: "low", summary: "detailed" },
      undefined,
      modern,
      { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "low" }, max_tokens: 4096 },
      ["reasoning.summary mapped"],
    ],
    [
      "adaptive effort",
      { effort: "medium" },
      undefined,
      modern,
      { ...adaptive, output_config: { effort: "medium" }, max_tokens: 4096 },
      [],
    ],
    [
      "effort the model lacks",
      { effort: "minimal" },
      undefined,
      modern,
      { ...adaptive, output_config: { effort: "low" }, max_tokens: 4096 },
      mapped,
    ],
    [
      "budget as effort",
      { budgetTokens: 8000 },
      9000,
      modern,
      { ...adaptive, output_config: { effort: "medium" }, max_tokens: 9000 },
      mapped,
    ],
    ["adaptive alone", { budgetTokens: "dynamic" }, 9000, modern, { ...adaptive, max_tokens: 9000 }, []],
    [
      "budget and effort",
      { budgetTokens: 2000, effort: "high" },
      5000,
      { efforts: ["low", "high"] },
      { ...budget(2000), output_config: { effort: "high" }, max_tokens: 5000 },
      [],
    ],
    [
      "off beside an effort that asks for thinking",
      { budgetTokens: 0, effort: "max" },
      undefined,
      { ...modern, effortsWithoutThinking: ["low", "high"] },
      { ...off, output_config: { effort: "high" }, max_tokens: 4096 },
      mapped,
    ],
    ["cannot think", { effort: "high" }, undefined, { thinking: "none" }, { max_tokens: 4096 }, dropped],
    [
      "effort without thinking",
      { effort: "high" },
      undefined,
      { thinking: "none", efforts: ["high"] },
      { output_config: { effort: "high" }, max_tokens: 4096 },
      [],
    ],
    ["only shown", { includeText: true }, undefined, {}, { max_tokens: 4096 }, dropped],
  ])("%s", (_name, reasoning, maxOutputTokens, quirks, fields, notes) => {
    const request = { reasoning, ...(maxOutputTokens !== undefined && { maxOutputTokens }) };
    const { body, notes: given } = encode(request, quirks);
    const { model: _model, messages: _messages, ...rest } = body;
    expect(rest).toEqual(fields);
    expect(given).toEqual(notes);
  });

  test("sampling while thinking", () => {
    const reasoning = { budgetTokens: 2000 };
    const refused = encode({ reasoning, temperature: 0.5, topP: 0.9, topK: 4 });
    expect(Object.keys(refused.body)).toEqual(["model", "max_tokens", "messages", "thinking"]);
    expect(refused.notes).toEqual(["temperature dropped", "topP dropped", "topK dropped"]);
    expect(encode({ reasoning, temperature: 1, topP: 0.97 })).toMatchObject({
      body: { temperature: 1, top_p: 0.97 },
      notes: [],
    });
  });

  test("trap 1: a tool turn that another model began is not thought on with a budget", () => {
    const turn = (
      ...content: (typeof call | { type: "reasoning"; text: string; origin: string; signature: string })[]
    ): Message[] => [
      hi,
      { role: "assistant", content },
      { role: "tool", content: [{ type: "tool-result", toolCallId: "a", content: [] }] },
    ];
    const reasoning = { budgetTokens: 2000 };
    const own = { type: "reasoning" as const, text: "t", origin: "anthropic-messages", signature: "s" };
    expect(encode({ reasoning, messages: turn(call) })).toMatchObject({ body: off, notes: dropped });
    expect(encode({ reasoning, messages: turn(own, call) })).toMatchObject({ body: budget(2000), notes: [] });
    expect(encode({ reasoning: { effort: "low" }, messages: turn(call) }, modern)).toMatchObject({
      body: adaptive,
    });
  });
});
