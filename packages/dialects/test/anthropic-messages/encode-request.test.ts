import type { TextRequest } from "@gw/core";
import { type AnthropicMessagesQuirks, encodeCountTokens } from "@gw/dialects";
import { describe, expect, test } from "vitest";
import { encode, hi, type JsonObject } from "./wire.ts";

const own = "anthropic-messages";

describe("parameters", () => {
  test.each<[string, Partial<TextRequest>, AnthropicMessagesQuirks, object, string[]]>([
    ["required bound", {}, {}, { max_tokens: 4096 }, []],
    [
      "bound of the model",
      { maxOutputTokens: 9000 },
      { maxOutputTokens: 8192 },
      { max_tokens: 8192 },
      ["maxOutputTokens mapped"],
    ],
    ["temperature below the range", { temperature: -1 }, {}, { temperature: 0 }, ["temperature mapped"]],
    ["temperature range", { temperature: 1.4 }, {}, { temperature: 1 }, ["temperature mapped"]],
    ["sampling", { temperature: 0.2, topP: 0.9, topK: 5 }, {}, { temperature: 0.2, top_p: 0.9, top_k: 5 }, []],
    [
      "one of both",
      { temperature: 0.2, topP: 0.9 },
      { temperatureOrTopP: true },
      { temperature: 0.2 },
      ["topP dropped"],
    ],
    [
      "trap 7",
      { temperature: 0.2, topK: 5 },
      { refusedParams: ["temperature", "topK"] },
      {},
      ["temperature dropped", "topK dropped"],
    ],
    ["stops", { stopSequences: ["\n", "END"] }, {}, { stop_sequences: ["END"] }, ["stopSequences dropped"]],
    ["user", { user: "u1" }, {}, { metadata: { user_id: "u1" } }, []],
    ["tier", { serviceTier: "default" }, {}, { service_tier: "standard_only" }, []],
    ["no such tier", { serviceTier: "flex" }, {}, {}, ["serviceTier dropped"]],
    [
      "what the format cannot say",
      {
        seed: 1,
        presencePenalty: 1,
        frequencyPenalty: 1,
        logitBias: {},
        verbosity: "low",
        metadata: { a: "b" },
        promptCacheKey: "k",
        candidateCount: 2,
        logprobs: { enabled: true },
        store: true,
      },
      {},
      {},
      [
        "presencePenalty dropped",
        "frequencyPenalty dropped",
        "seed dropped",
        "logitBias dropped",
        "verbosity dropped",
        "metadata dropped",
        "promptCacheKey dropped",
        "candidateCount dropped",
        "logprobs dropped",
        "store dropped",
      ],
    ],
    [
      "what it does anyway",
      { candidateCount: 1, logprobs: { enabled: false }, store: false, responseFormat: { type: "text" } },
      {},
      {},
      [],
    ],
    [
      "own and foreign options",
      { providerOptions: { [own]: { container: "c1", thinking: { later: 1 } }, gemini: { labels: {} } } },
      {},
      { container: "c1" },
      ["labels dropped"],
    ],
    ["JSON without a schema", { responseFormat: { type: "json" } }, {}, {}, ["responseFormat dropped"]],
    [
      "no structured output",
      { responseFormat: { type: "json-schema", schema: {} } },
      { structuredOutput: "none" },
      {},
      ["responseFormat dropped"],
    ],
  ])("%s", (_name, request, quirks, fields, notes) => {
    const encoded = encode(request, quirks);
    const { model: _model, messages: _messages, max_tokens, ...rest } = encoded.body;
    expect({ max_tokens, ...rest }).toEqual({ max_tokens: 4096, ...fields });
    expect(encoded.notes).toEqual(notes);
  });

  test("an earlier answer cannot be referred to", () => {
    expect(() => encode({ previousResponseId: "resp_1" })).toThrow(
      expect.objectContaining({ code: "unsupported_capability", param: "previousResponseId" }),
    );
  });

  test("a schema is closed, and what the vendor cannot compile is told in words", () => {
    const schema = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        n: { type: "integer", minimum: 1, description: "count" },
        list: { type: "array", items: { type: "object" }, minItems: 1 },
      },
      required: ["n"],
    };
    const { body, notes } = encode({ responseFormat: { type: "json-schema", name: "label", schema } });
    expect(body.output_config).toEqual({
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: {
            n: { type: "integer", description: "count\n(minimum: 1)" },
            list: { type: "array", items: { type: "object", additionalProperties: false }, minItems: 1 },
          },
          required: ["n"],
          additionalProperties: false,
        },
      },
    });
    expect(notes).toEqual(["responseFormat mapped"]);
  });

  test("counting tokens leaves out what only an answer needs", () => {
    const { body } = encodeCountTokens({
      model: "m",
      messages: [hi],
      maxOutputTokens: 5,
      temperature: 1,
      stopSequences: ["x"],
      user: "u",
    });
    expect(body).toEqual({ model: "m", messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }] });
  });
});

describe("tools", () => {
  const tool = { type: "function" as const, name: "f", description: "d", parameters: { properties: {} }, strict: true };
  const wireTool = { name: "f", description: "d", input_schema: { type: "object", properties: {} } };

  test.each<[string, Partial<TextRequest>, AnthropicMessagesQuirks, object, string[]]>([
    [
      "strict",
      { tools: [{ ...tool, parameters: { properties: { n: { type: "integer", minimum: 1 } } } }] },
      {},
      {
        tools: [
          {
            ...wireTool,
            input_schema: {
              type: "object",
              properties: { n: { type: "integer", description: "(minimum: 1)" } },
              additionalProperties: false,
            },
            strict: true,
          },
        ],
      },
      ["tools.parameters mapped"],
    ],
    ["not strict", { tools: [tool] }, { strictTools: false }, { tools: [wireTool] }, ["tools.strict dropped"]],
    [
      "no parameters",
      { tools: [{ type: "function", name: "g" }] },
      {},
      { tools: [{ name: "g", input_schema: { type: "object", properties: {} } }] },
      [],
    ],
    [
      "vendor-run",
      {
        tools: [
          { type: "vendor", origin: own, value: { type: "web_search_20260318", name: "web_search" } },
          { type: "vendor", origin: "gemini", value: {} },
        ],
      },
      {},
      { tools: [{ type: "web_search_20260318", name: "web_search" }] },
      ["tools dropped"],
    ],
    ["forced", { tools: [tool], toolChoice: { type: "required" } }, {}, { tool_choice: { type: "any" } }, []],
    [
      "one",
      { tools: [tool], toolChoice: { type: "tool", name: "f" } },
      {},
      { tool_choice: { type: "tool", name: "f" } },
      [],
    ],
    [
      "none",
      { tools: [tool], toolChoice: { type: "none" }, parallelToolCalls: false },
      {},
      { tool_choice: { type: "none" } },
      [],
    ],
    [
      "not parallel",
      { tools: [tool], parallelToolCalls: false },
      {},
      { tool_choice: { type: "auto", disable_parallel_tool_use: true } },
      [],
    ],
    [
      "cannot be forced",
      { tools: [tool], toolChoice: { type: "required" } },
      { forcedToolChoice: "never" },
      { tool_choice: { type: "auto" } },
      ["toolChoice mapped"],
    ],
    [
      "forced while thinking",
      { tools: [tool], toolChoice: { type: "required" }, reasoning: { effort: "high" } },
      {},
      { tool_choice: { type: "any" }, thinking: { type: "disabled" } },
      ["reasoning dropped"],
    ],
    [
      "forced while thinking, where that goes",
      { tools: [tool], toolChoice: { type: "required" }, reasoning: { budgetTokens: 2000 } },
      { forcedToolChoice: "always" },
      { tool_choice: { type: "any" }, thinking: { type: "enabled", budget_tokens: 2000 } },
      [],
    ],
    ["nothing to choose", { toolChoice: { type: "required" } }, {}, {}, ["toolChoice dropped"]],
    [
      "a tool for the schema",
      { responseFormat: { type: "json-schema", schema: { type: "object" } } },
      { structuredOutput: "tool" },
      {
        tools: [{ name: "gw_structured_output", input_schema: { type: "object" } }],
        tool_choice: { type: "tool", name: "gw_structured_output", disable_parallel_tool_use: true },
      },
      ["responseFormat mapped"],
    ],
    [
      "beside other tools",
      { tools: [tool], responseFormat: { type: "json-schema", schema: {} } },
      { structuredOutput: "tool" },
      { tool_choice: { type: "any" } },
      ["responseFormat mapped"],
    ],
  ])("%s", (_name, request, quirks, fields, notes) => {
    const encoded = encode(request, quirks);
    expect(encoded.body).toMatchObject(fields);
    expect(encoded.body.tool_choice).toEqual((fields as JsonObject).tool_choice);
    expect(encoded.notes).toEqual(notes);
  });
});
