import type { Message, ReasoningOptions, TextRequest } from "@gw/core";
import { type AnthropicMessagesQuirks, anthropicMessages, encodeCountTokens } from "@gw/dialects";
import { describe, expect, test } from "vitest";

const hi: Message = { role: "user", content: [{ type: "text", text: "hi" }] };
const base: TextRequest = { model: "m", messages: [hi] };
const own = "anthropic-messages";

function encode(request: Partial<TextRequest>, quirks?: AnthropicMessagesQuirks) {
  const { body, notes } = anthropicMessages.encodeRequest({ ...base, ...request }, { stream: false }, quirks);
  return { body, notes: notes.map(({ param, outcome }) => `${param} ${outcome}`) };
}

function messagesOf(messages: readonly Message[], quirks?: AnthropicMessagesQuirks) {
  const { body, notes } = encode({ messages }, quirks);
  return { messages: body.messages, system: body.system, notes };
}

const text = (words: string) => ({ type: "text" as const, text: words });
const call = (id: string, args = "{}") => ({ type: "tool-call" as const, id, name: "f", arguments: args });
const result = (toolCallId: string, words = "ok") => ({
  type: "tool-result" as const,
  toolCallId,
  content: [text(words)],
});
const wireCall = (id: string, input = {}) => ({ type: "tool_use", id, name: "f", input });
const wireResult = (id: string, words = "ok") => ({ type: "tool_result", tool_use_id: id, content: [text(words)] });

describe("messages", () => {
  test("trap 2: results of one turn stand first in one message, text after them", () => {
    const { messages, notes } = messagesOf([
      hi,
      { role: "assistant", content: [call("a"), call("b")] },
      { role: "tool", content: [result("a")] },
      { role: "user", content: [text("and now?")] },
      { role: "tool", content: [result("b", "two")] },
    ]);
    expect(messages).toEqual([
      { role: "user", content: [text("hi")] },
      { role: "assistant", content: [wireCall("a"), wireCall("b")] },
      { role: "user", content: [wireResult("a"), wireResult("b", "two"), text("and now?")] },
    ]);
    expect(notes).toEqual([]);
  });

  test("trap 3: blank text goes, one block stays, an assistant with nothing to say is left out", () => {
    const blank = text(" \n");
    expect(
      messagesOf([
        { role: "user", content: [blank, text("a")] },
        { role: "assistant", content: [text("")] },
        { role: "user", content: [text("b"), blank] },
      ]).messages,
    ).toEqual([{ role: "user", content: [text("a"), text("b")] }]);
    expect(messagesOf([{ role: "user", content: [blank, blank] }]).messages).toEqual([
      { role: "user", content: [blank] },
    ]);
    expect(
      messagesOf([
        hi,
        { role: "assistant", content: [call("a"), blank] },
        { role: "tool", content: [{ ...result("a", ""), isError: false }] },
        { role: "user", content: [blank] },
      ]).messages,
    ).toEqual([
      { role: "user", content: [text("hi")] },
      { role: "assistant", content: [wireCall("a")] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "a", is_error: false }] },
    ]);
  });

  test("a begun answer loses white space at its end, or is refused where the model does not continue it", () => {
    const prefill: Message[] = [hi, { role: "assistant", content: [text("Sure: \n")] }];
    const { messages, notes } = messagesOf(prefill);
    expect(messages).toMatchObject([{ role: "user" }, { role: "assistant", content: [text("Sure:")] }]);
    expect(notes).toEqual(["messages mapped"]);
    expect(() => messagesOf(prefill, { assistantPrefill: false })).toThrow(
      expect.objectContaining({ code: "unsupported_capability", param: "messages" }),
    );
  });

  test("trap 4: ids are made legal, alike in call and result, and never meet", () => {
    const ids = ["functions.f:3", "functions_f_3", "functions.f.3", "call_0", "call_0"];
    const { messages } = messagesOf(
      ids.flatMap((id): Message[] => [
        { role: "assistant", content: [call(id)] },
        { role: "tool", content: [result(id)] },
      ]),
    );
    const wireIds = ["functions_f_3_2", "functions_f_3", "functions_f_3_3", "call_0", "call_0_2"];
    expect(messages).toEqual(
      wireIds.flatMap((id) => [
        { role: "assistant", content: [wireCall(id)] },
        { role: "user", content: [wireResult(id)] },
      ]),
    );
  });

  test("trap 1 and 4: own thinking goes back unchanged and in place, foreign thinking does not", () => {
    const { messages, notes } = messagesOf([
      hi,
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: " own \n", origin: own, signature: "sig" },
          { type: "reasoning", text: "", origin: own, sealed: "data" },
          { type: "reasoning", text: "foreign", origin: "openai-responses", sealed: "x", id: "rs_1" },
          { type: "reasoning", text: "cut off", origin: own },
          { type: "opaque", origin: own, value: { type: "compaction", content: "summary" } },
          { type: "opaque", origin: "gemini", value: { executableCode: {} } },
          { type: "refusal", text: "no" },
          call("a", "not json"),
        ],
      },
      { role: "tool", content: [result("a")] },
    ]);
    expect(messages).toMatchObject([
      { role: "user" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: " own \n", signature: "sig" },
          { type: "redacted_thinking", data: "data" },
          { type: "compaction", content: "summary" },
          text("no"),
          wireCall("a", { _raw: "not json" }),
        ],
      },
      { role: "user" },
    ]);
    expect(notes).toEqual([
      "messages.reasoning dropped",
      "messages.reasoning dropped",
      "messages.content dropped",
      "messages.arguments mapped",
    ]);
  });

  test("instructions go to the head, later ones where the model takes them", () => {
    const messages: Message[] = [
      { role: "system", content: [text("one")] },
      { role: "system", content: [{ ...text("two"), cacheControl: { ttl: "1h" } }] },
      hi,
      { role: "system", content: [text("later")] },
    ];
    const system = [text("one"), { ...text("two"), cache_control: { type: "ephemeral", ttl: "1h" } }];
    expect(messagesOf(messages)).toEqual({
      system,
      messages: [{ role: "user", content: [text("hi"), text("later")] }],
      notes: ["messages mapped"],
    });
    expect(messagesOf(messages, { midConversationSystem: true })).toEqual({
      system,
      messages: [
        { role: "user", content: [text("hi")] },
        { role: "system", content: [text("later")] },
      ],
      notes: [],
    });
    expect(messagesOf([{ role: "system", content: [text("alone")] }]).messages).toEqual([
      { role: "user", content: [text("alone")] },
    ]);
  });

  test("trap 9: media in messages and tool results", () => {
    const image = { type: "image" as const, source: { type: "base64" as const, mediaType: "image/png", data: "AA==" } };
    const wireImage = { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } };
    const { messages, notes } = messagesOf([
      {
        role: "user",
        content: [
          { ...image, detail: "high" },
          { type: "image", source: { type: "url", url: "https://example.org/a.png" } },
          {
            type: "document",
            source: { type: "base64", mediaType: "application/pdf", data: "AA==" },
            filename: "a.pdf",
          },
          { type: "document", source: { type: "base64", mediaType: "text/csv", data: "w7wsMQ==" } },
          { type: "document", source: { type: "file", id: "file_1" }, title: "T", context: "C" },
        ],
      },
      { role: "assistant", content: [call("a"), call("b")] },
      {
        role: "tool",
        content: [
          { ...result("a"), content: [text("look"), image] },
          { ...result("b"), content: [text("broken"), image], isError: true },
        ],
      },
    ]);
    expect(messages).toEqual([
      {
        role: "user",
        content: [
          wireImage,
          { type: "image", source: { type: "url", url: "https://example.org/a.png" } },
          {
            type: "document",
            source: { type: "base64", media_type: "application/pdf", data: "AA==" },
            title: "a.pdf",
          },
          { type: "document", source: { type: "text", media_type: "text/plain", data: "ü,1" } },
          { type: "document", source: { type: "file", file_id: "file_1" }, title: "T", context: "C" },
        ],
      },
      { role: "assistant", content: [wireCall("a"), wireCall("b")] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "a", content: [text("look"), wireImage] },
          { type: "tool_result", tool_use_id: "b", content: [text("broken")], is_error: true },
          wireImage,
        ],
      },
    ]);
    expect(notes).toEqual(["messages.detail dropped", "messages.content mapped"]);
  });

  test.each<[string, Message]>([
    [
      "audio",
      { role: "user", content: [{ type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "" } }] },
    ],
    ["video", { role: "user", content: [{ type: "video", source: { type: "url", url: "https://example.org/v" } }] }],
    [
      "a spreadsheet",
      {
        role: "user",
        content: [{ type: "document", source: { type: "base64", mediaType: "application/vnd.ms-excel", data: "" } }],
      },
    ],
    ["a foreign block", { role: "user", content: [{ type: "opaque", origin: "gemini", value: {} }] }],
    [
      "an image of the assistant's",
      { role: "assistant", content: [{ type: "image", source: { type: "url", url: "https://example.org/i" } }] },
    ],
  ])("%s cannot be carried", (_what, message) => {
    expect(() => messagesOf([message, hi])).toThrow(
      expect.objectContaining({ code: "unsupported_capability", param: "messages" }),
    );
  });

  test("at most four cache marks, the latest in the messages and those of tools and system; none of an hour after five minutes", () => {
    const marked = (words: string, ttl?: "5m" | "1h") => ({ ...text(words), cacheControl: ttl ? { ttl } : {} });
    const { body, notes } = encode({
      tools: [{ type: "function", name: "f", cacheControl: {} }],
      messages: [
        { role: "system", content: [marked("s")] },
        { role: "user", content: [marked("1"), marked("2"), marked("3"), marked("4", "1h")] },
      ],
    });
    const mark = { type: "ephemeral" };
    expect(body.tools).toMatchObject([{ cache_control: mark }]);
    expect(body.system).toEqual([{ ...text("s"), cache_control: mark }]);
    expect(body.messages).toEqual([
      {
        role: "user",
        content: [
          text("1"),
          text("2"),
          { ...text("3"), cache_control: mark },
          { ...text("4"), cache_control: { type: "ephemeral", ttl: "5m" } },
        ],
      },
    ]);
    expect(notes).toEqual(["messages.cacheControl dropped", "messages.cacheControl mapped"]);
    expect(encode({ cacheControl: { ttl: "1h" } }).body.cache_control).toEqual({ type: "ephemeral", ttl: "1h" });
  });
});

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
    ["tier", { serviceTier: "default" }, {}, { service_tier: "standard_only" }, ["serviceTier mapped"]],
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
      ...base,
      maxOutputTokens: 5,
      temperature: 1,
      stopSequences: ["x"],
      user: "u",
    });
    expect(body).toEqual({ model: "m", messages: [{ role: "user", content: [text("hi")] }] });
  });
});

describe("tools", () => {
  const tool = { type: "function" as const, name: "f", description: "d", parameters: { properties: {} }, strict: true };
  const wireTool = { name: "f", description: "d", input_schema: { type: "object", properties: {} } };

  test.each<[string, Partial<TextRequest>, AnthropicMessagesQuirks, object, string[]]>([
    ["plain", { tools: [tool] }, {}, { tools: [{ ...wireTool, strict: true }] }, []],
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
    expect("tool_choice" in encoded.body).toBe("tool_choice" in fields);
    expect(encoded.notes).toEqual(notes);
  });
});

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
    [
      "effort under a bound",
      { effort: "high" },
      8000,
      {},
      { ...budget(4000), max_tokens: 8000 },
      ["reasoning mapped", "reasoning mapped"],
    ],
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
      ...content: (ReturnType<typeof call> | { type: "reasoning"; text: string; origin: string; signature: string })[]
    ): Message[] => [hi, { role: "assistant", content }, { role: "tool", content: [result("a")] }];
    const reasoning = { budgetTokens: 2000 };
    const own = { type: "reasoning" as const, text: "t", origin: "anthropic-messages", signature: "s" };
    expect(encode({ reasoning, messages: turn(call("a")) })).toMatchObject({ body: off, notes: dropped });
    expect(encode({ reasoning, messages: turn(own, call("a")) })).toMatchObject({ body: budget(2000), notes: [] });
    expect(encode({ reasoning: { effort: "low" }, messages: turn(call("a")) }, modern)).toMatchObject({
      body: adaptive,
    });
  });
});
