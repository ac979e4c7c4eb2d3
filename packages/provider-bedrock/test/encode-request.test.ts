import type { Message, TextRequest } from "@gw/core";
import { describe, expect, test } from "vitest";
import { claude, encode, haiku, hi, llama, origin, text, user } from "./encode.ts";

describe("tools", () => {
  const tools = [
    { type: "function", name: "f", description: "", parameters: { type: "object" }, strict: true },
  ] as const;
  const called: Message = { role: "assistant", content: [{ type: "tool-call", id: "x", name: "g", arguments: "{}" }] };
  const f = { toolSpec: { name: "f", inputSchema: { json: { type: "object" } } } };

  test.each<[string, Partial<TextRequest>, object | undefined, string[]]>([
    ["are declared", { tools }, { tools: [f] }, ["dropped tools.strict"]],
    [
      "are strict where the model knows it",
      { model: haiku, tools },
      { tools: [{ toolSpec: { ...f.toolSpec, strict: true } }] },
      [],
    ],
    [
      "may be left to the model",
      { tools, toolChoice: { type: "auto" } },
      { tools: [f], toolChoice: { auto: {} } },
      ["dropped tools.strict"],
    ],
    [
      "may be demanded",
      { tools, toolChoice: { type: "required" } },
      { tools: [f], toolChoice: { any: {} } },
      ["dropped tools.strict"],
    ],
    [
      "may not be demanded of every model",
      { model: llama, tools, toolChoice: { type: "required" } },
      { tools: [f] },
      ["dropped tools.strict", "dropped toolChoice"],
    ],
    [
      "are left out when none may be used",
      { tools, toolChoice: { type: "none" } },
      undefined,
      ["dropped tools.strict"],
    ],
    [
      "stay when none may be used but the history holds calls",
      { messages: [user(text("Hi")), called], tools, toolChoice: { type: "none" } },
      { tools: [f] },
      ["dropped tools.strict", "dropped toolChoice"],
    ],
    [
      "are declared from the history",
      { messages: [user(text("Hi")), called] },
      { tools: [{ toolSpec: { name: "g", inputSchema: { json: { type: "object" } } } }] },
      ["mapped tools"],
    ],
    [
      "of the vendor are passed on, of others not",
      {
        tools: [
          { type: "vendor", origin, value: { systemTool: { name: "nova_grounding" } } },
          { type: "vendor", origin: "gemini", value: {} },
        ],
      },
      { tools: [{ systemTool: { name: "nova_grounding" } }] },
      ["dropped tools"],
    ],
  ])("%s", (_what, changes, toolConfig, notes) => {
    const encoded = encode(changes);
    expect(encoded.body.toolConfig).toEqual(toolConfig);
    expect(encoded.notes).toEqual(notes);
  });
});

test.each<[string, Partial<TextRequest>, object, string[]]>([
  [
    "bounds and sampling",
    { maxOutputTokens: 9, temperature: 1.5, topP: 0.5, topK: 7, stopSequences: ["|", ""] },
    {
      inferenceConfig: { maxTokens: 9, temperature: 1, topP: 0.5, stopSequences: ["|"] },
      additionalModelRequestFields: { inferenceConfig: { topK: 7 } },
    },
    ["mapped temperature"],
  ],
  ["a bound on sampling that the model has no word for", { model: llama, topK: 7 }, {}, ["dropped topK"]],
  [
    "Claude's sampling",
    { model: haiku, maxOutputTokens: 9, temperature: 0.5, topP: 0.5, topK: 7 },
    { inferenceConfig: { maxTokens: 9, temperature: 0.5 }, additionalModelRequestFields: { top_k: 7 } },
    ["dropped topP"],
  ],
  [
    "Claude's thinking by budget",
    { model: haiku, maxOutputTokens: 9_000, reasoning: { budgetTokens: 2_000 } },
    {
      inferenceConfig: { maxTokens: 9_000 },
      additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 2_000 } },
    },
    [],
  ],
  [
    "Claude's thinking by effort",
    { model: claude, maxOutputTokens: 9_000, reasoning: { effort: "high" } },
    {
      inferenceConfig: { maxTokens: 9_000 },
      additionalModelRequestFields: { thinking: { type: "adaptive" } },
      outputConfig: { effort: "high" },
    },
    [],
  ],
  [
    "Nova's thinking",
    { reasoning: { effort: "xhigh" } },
    { additionalModelRequestFields: { reasoningConfig: { type: "enabled", maxReasoningEffort: "high" } } },
    ["mapped reasoning"],
  ],
  [
    "Nova's thinking by budget",
    { reasoning: { budgetTokens: 1_000 } },
    { additionalModelRequestFields: { reasoningConfig: { type: "enabled", maxReasoningEffort: "low" } } },
    ["mapped reasoning"],
  ],
  [
    "no thinking of Nova",
    { reasoning: { effort: "none" } },
    { additionalModelRequestFields: { reasoningConfig: { type: "disabled" } } },
    [],
  ],
  [
    "an open model's thinking",
    { model: "openai.gpt-oss-120b-1:0", reasoning: { effort: "low" } },
    { additionalModelRequestFields: { reasoning_effort: "low" } },
    [],
  ],
  ["thinking of a model that does not", { model: llama, reasoning: { effort: "low" } }, {}, ["dropped reasoning"]],
  [
    "a schema",
    { model: haiku, responseFormat: { type: "json-schema", schema: { type: "object" }, name: "n", description: "d" } },
    {
      inferenceConfig: { maxTokens: 64_000 },
      outputConfig: {
        textFormat: {
          type: "json_schema",
          structure: { jsonSchema: { schema: '{"type":"object"}', name: "n", description: "d" } },
        },
      },
    },
    [],
  ],
  [
    "a schema for a model without",
    { responseFormat: { type: "json-schema", schema: {} } },
    {},
    ["dropped responseFormat"],
  ],
  ["JSON of any shape", { responseFormat: { type: "json" } }, {}, ["dropped responseFormat"]],
  [
    "metadata and a tier",
    { metadata: { team: "AI", "ba\u0000d": "x" }, serviceTier: "flex" },
    { requestMetadata: { team: "AI" }, serviceTier: { type: "flex" } },
    ["dropped metadata"],
  ],
  ["the tier of another vendor", { serviceTier: "scale" }, {}, ["dropped serviceTier"]],
  [
    "fields of the format's own",
    {
      maxOutputTokens: 9,
      providerOptions: {
        [origin]: { guardrailConfig: { guardrailIdentifier: "g" }, inferenceConfig: { temperature: 0 } },
        gemini: { x: 1 },
      },
    },
    { guardrailConfig: { guardrailIdentifier: "g" }, inferenceConfig: { temperature: 0, maxTokens: 9 } },
    ["dropped x"],
  ],
  [
    "what the format has no word for",
    {
      presencePenalty: 1,
      frequencyPenalty: 1,
      seed: 1,
      logitBias: {},
      verbosity: "low",
      user: "u",
      promptCacheKey: "k",
      cacheControl: {},
      candidateCount: 2,
      logprobs: { enabled: true },
      store: true,
    },
    {},
    [
      "dropped presencePenalty",
      "dropped frequencyPenalty",
      "dropped seed",
      "dropped logitBias",
      "dropped verbosity",
      "dropped user",
      "dropped promptCacheKey",
      "dropped cacheControl",
      "dropped candidateCount",
      "dropped logprobs",
      "dropped store",
    ],
  ],
  ["what it does anyway", { serviceTier: "auto", candidateCount: 1, store: false, reasoning: {} }, {}, []],
])("%s", (_what, changes, fields, notes) => {
  const { body, notes: told } = encode(changes);
  expect(body).toEqual({ messages: [hi], ...fields });
  expect(told).toEqual(notes);
});

test("beta switches go to Claude alone", () => {
  const headers = { "anthropic-beta": "context-1m-2025-08-07,oauth-2025-04-20" };
  const { body, notes } = encode({ model: claude, maxOutputTokens: 9 }, headers);
  expect(body.additionalModelRequestFields).toEqual({ anthropic_beta: ["context-1m-2025-08-07"] });
  expect(notes).toEqual(["dropped anthropic-beta"]);
  expect(encode({}, headers)).toEqual({ body: { messages: [hi] }, notes: [] });
});

test("an earlier answer cannot be referred to", () => {
  expect(() => encode({ previousResponseId: "r" })).toThrow(
    expect.objectContaining({ code: "unsupported_capability", param: "previousResponseId" }),
  );
});
