import type { Message, TextRequest } from "@gw/core";
import { describe, expect, test } from "vitest";
import type { GeminiQuirks } from "../../src/gemini/quirks.ts";
import { decode, encode, type Wire } from "./wire.ts";

const foreignStep: Message[] = [
  { role: "user", content: [{ type: "text", text: "Both, please." }] },
  {
    role: "assistant",
    content: [
      { type: "reasoning", text: "Two calls.", origin: "anthropic-messages", signature: "s" },
      { type: "tool-call", id: "toolu_b", name: "beta", arguments: '{"x":1}' },
      { type: "tool-call", id: "toolu_a", name: "alpha", arguments: "" },
    ],
  },
  { role: "tool", content: [{ type: "tool-result", toolCallId: "toolu_a", content: [{ type: "text", text: "A" }] }] },
  {
    role: "tool",
    content: [{ type: "tool-result", toolCallId: "toolu_b", content: [{ type: "text", text: "no" }], isError: true }],
  },
  { role: "user", content: [{ type: "text", text: "And now?" }] },
];

describe("a conversation of another vendor", () => {
  test("traps 12, 16: results stand in one content, in the order of the calls, with their names, as objects", () => {
    const { body, notes } = encode({ messages: foreignStep });
    expect(body.contents).toEqual([
      { role: "user", parts: [{ text: "Both, please." }] },
      {
        role: "model",
        parts: [{ functionCall: { name: "beta", args: { x: 1 } } }, { functionCall: { name: "alpha", args: {} } }],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { name: "beta", response: { error: "no" } } },
          { functionResponse: { name: "alpha", response: { result: "A" } } },
          { text: "And now?" },
        ],
      },
    ]);
    expect(notes).toEqual(["dropped messages.reasoning"]);
  });

  test("trap 11: only the first call of a step gets the bypass mark, and only where signatures are required", () => {
    const { body } = encode({ messages: foreignStep }, { requireSignatures: true });
    expect(body.contents[1].parts.map((part: Wire) => part.thoughtSignature)).toEqual([
      "skip_thought_signature_validator",
      undefined,
    ]);
  });

  test("ids go along where the endpoint takes them", () => {
    const { body } = encode({ messages: foreignStep }, { functionCallIds: true });
    expect(body.contents[1].parts.map((part: Wire) => part.functionCall.id)).toEqual(["toolu_b", "toolu_a"]);
    expect(body.contents[2].parts.map((part: Wire) => part.functionResponse?.id)).toEqual([
      "toolu_b",
      "toolu_a",
      undefined,
    ]);
  });

  test("media of a result go into it, or beside all results where the model wants them there", () => {
    const source = { type: "base64", mediaType: "image/png", data: "aGk=" } as const;
    const messages: Message[] = [
      { role: "user", content: [{ type: "text", text: "Look." }] },
      { role: "assistant", content: [{ type: "tool-call", id: "1", name: "see", arguments: "{}" }] },
      { role: "tool", content: [{ type: "tool-result", toolCallId: "1", content: [{ type: "image", source }] }] },
    ];
    const image = { inlineData: { mimeType: "image/png", data: "aGk=" } };
    expect(encode({ messages }).body.contents[2].parts).toEqual([
      { functionResponse: { name: "see", response: { result: "" }, parts: [image] } },
    ]);
    expect(encode({ messages }, { resultMedia: "beside" }).body.contents[2].parts).toEqual([
      { functionResponse: { name: "see", response: { result: "" } } },
      image,
    ]);
  });

  test("instructions move to the head, arguments that do not parse are wrapped, empty messages are left out", () => {
    const { body, notes } = encode({
      messages: [
        { role: "user", content: [{ type: "text", text: "Hi" }] },
        { role: "system", content: [{ type: "text", text: "Be brief." }] },
        { role: "assistant", content: [{ type: "reasoning", text: "Hm", origin: "openai-chat" }] },
        { role: "assistant", content: [{ type: "tool-call", id: "1", name: "cut", arguments: '{"a":' }] },
      ],
    });
    expect(body).toEqual({
      contents: [
        { role: "user", parts: [{ text: "Hi" }] },
        { role: "model", parts: [{ functionCall: { name: "cut", args: { _unparsedArguments: '{"a":' } } }] },
      ],
      systemInstruction: { parts: [{ text: "Be brief." }] },
    });
    expect(notes).toEqual(["mapped messages.system", "dropped messages.reasoning", "mapped messages.arguments"]);
    const call = decode({ contents: body.contents }).messages[1]?.content[0];
    expect(call).toMatchObject({ type: "tool-call", arguments: '{"a":' });
  });

  test("the user begins: where only instructions came the last of them, where the model began a word of ours", () => {
    const begun = encode({
      messages: [
        { role: "system", content: [{ type: "text", text: "Be kind." }] },
        { role: "assistant", content: [{ type: "text", text: "Hello!" }] },
      ],
    });
    expect(begun.body.contents).toEqual([
      { role: "user", parts: [{ text: "(begin)" }] },
      { role: "model", parts: [{ text: "Hello!" }] },
    ]);
    expect(begun.notes).toEqual(["mapped messages"]);
    const instructed = encode({
      messages: [
        { role: "system", content: [{ type: "text", text: "Be kind." }] },
        { role: "system", content: [{ type: "text", text: "Greet me." }] },
      ],
    });
    expect(instructed.body).toMatchObject({
      systemInstruction: { parts: [{ text: "Be kind." }] },
      contents: [{ role: "user", parts: [{ text: "Greet me." }] }],
    });
    expect(instructed.notes).toEqual(["mapped messages.system"]);
  });

  test.each([
    ["a URL whose ending tells its type", { type: "url", url: "https://a.b/c.png?d" }, "image/png", []],
    ["a URL that does not", { type: "url", url: "https://a.b/c" }, undefined, ["mapped messages.mediaType"]],
    ["a URL that came with its type", { type: "url", url: "https://a.b/c", mediaType: "image/webp" }, "image/webp", []],
    ["a file of the vendor's", { type: "file", id: "gs://x/y.jpg", mediaType: "image/jpeg" }, "image/jpeg", []],
  ] as const)("media: %s", (_name, source, mimeType, expected) => {
    const { body, notes } = encode({ messages: [{ role: "user", content: [{ type: "image", source }] }] });
    expect(body.contents[0].parts[0].fileData.mimeType).toBe(mimeType);
    expect(notes).toEqual(expected);
  });

  test.each([
    ["a file of another vendor's", { type: "image", source: { type: "file", id: "file-abc" } }],
    ["a block of another format's", { type: "opaque", origin: "anthropic-messages", value: {} }],
  ] as const)("%s cannot be sent", (_name, part) => {
    expect(() => encode({ messages: [{ role: "user", content: [part] }] })).toThrow(
      expect.objectContaining({ code: "unsupported_capability", param: "messages" }),
    );
  });

  test("a result without its call is refused", () => {
    const content = [{ type: "tool-result", toolCallId: "gone", content: [] }] as const;
    expect(() => encode({ messages: [{ role: "tool", content }] })).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });
});

describe("parameters", () => {
  test.each<[string, Partial<TextRequest>, GeminiQuirks, Wire, string[]]>([
    ["budget as it is", { reasoning: { budgetTokens: 500 } }, {}, { thinkingBudget: 500 }, []],
    ["budget dynamic", { reasoning: { budgetTokens: "dynamic" } }, {}, { thinkingBudget: -1 }, []],
    [
      "effort as it is",
      { reasoning: { effort: "low", includeText: true } },
      {},
      { thinkingLevel: "low", includeThoughts: true },
      [],
    ],
    [
      "effort as a budget",
      { reasoning: { effort: "medium" } },
      { thinking: "budget" },
      { thinkingBudget: 8192 },
      ["mapped reasoning.effort"],
    ],
    ["effort off", { reasoning: { effort: "none" } }, { thinking: "budget" }, { thinkingBudget: 0 }, []],
    [
      "effort off where it cannot be",
      { reasoning: { effort: "none" } },
      { thinking: "budget", thinkingBudget: { min: 128, max: 32768 } },
      { thinkingBudget: 128 },
      ["mapped reasoning.effort"],
    ],
    [
      "budget too large",
      { reasoning: { budgetTokens: 99999 } },
      { thinkingBudget: { min: 0, max: 24576 } },
      { thinkingBudget: 24576 },
      ["mapped reasoning.budgetTokens"],
    ],
    [
      "budget as a level",
      { reasoning: { budgetTokens: 30000 } },
      { thinking: "level" },
      { thinkingLevel: "high" },
      ["mapped reasoning.budgetTokens"],
    ],
    [
      "level that the model lacks",
      { reasoning: { effort: "max" } },
      { thinking: "level", thinkingLevels: ["low", "high"] },
      { thinkingLevel: "high" },
      ["mapped reasoning.effort"],
    ],
    ["no thinking at all", { reasoning: { effort: "high" } }, { thinking: "none" }, undefined, ["dropped reasoning"]],
  ])("thinking: %s", (_name, request, quirks, config, expected) => {
    const { body, notes } = encode(request, quirks);
    expect(body.generationConfig?.thinkingConfig).toEqual(config);
    expect(notes).toEqual(expected);
  });

  test("what cannot be said is reported, and what the model refuses", () => {
    const { body, notes } = encode(
      {
        temperature: 0.5,
        topK: 3,
        candidateCount: 2,
        parallelToolCalls: false,
        user: "u",
        store: true,
        serviceTier: "scale",
        verbosity: "low",
        logitBias: { "1": 1 },
        metadata: { a: "b" },
        promptCacheKey: "k",
        cacheControl: {},
        toolChoice: { type: "required" },
        tools: [{ type: "vendor", origin: "openai-responses", value: { type: "web_search" } }],
        providerOptions: { "openai-chat": { prediction: {} }, gemini: { safetySettings: [] } },
      },
      { refusedParams: ["temperature"] },
    );
    expect(body).toEqual({ contents: [], safetySettings: [], generationConfig: { topK: 3 } });
    expect(notes.toSorted()).toEqual(
      [
        "dropped cacheControl",
        "dropped candidateCount",
        "dropped logitBias",
        "dropped metadata",
        "dropped parallelToolCalls",
        "dropped prediction",
        "dropped promptCacheKey",
        "dropped serviceTier",
        "dropped store",
        "dropped temperature",
        "dropped toolChoice",
        "dropped tools",
        "dropped user",
        "dropped verbosity",
      ].toSorted(),
    );
  });

  test("stop sequences beyond the fifth would be refused", () => {
    const { body, notes } = encode({ stopSequences: ["1", "2", "3", "4", "5", "6"] });
    expect(body.generationConfig).toEqual({ stopSequences: ["1", "2", "3", "4", "5"] });
    expect(notes).toEqual(["mapped stopSequences"]);
  });

  test("an earlier response cannot be referred to", () => {
    expect(() => encode({ previousResponseId: "resp_1" })).toThrow(
      expect.objectContaining({ code: "unsupported_capability", param: "previousResponseId" }),
    );
  });

  const tool = { type: "function", name: "f" } as const;
  test.each([
    [{ type: "auto" }, { mode: "AUTO" }],
    [{ type: "none" }, { mode: "NONE" }],
    [{ type: "required" }, { mode: "ANY" }],
    [
      { type: "tool", name: "f" },
      { mode: "ANY", allowedFunctionNames: ["f"] },
    ],
  ] as const)("tool choice %o both ways", (toolChoice, functionCallingConfig) => {
    const { body } = encode({ tools: [tool], toolChoice });
    expect(body.toolConfig).toEqual({ functionCallingConfig });
    expect(decode(body).toolChoice).toEqual(toolChoice);
  });

  test.each([
    [{ mode: "ANY", allowedFunctionNames: ["f", "g"] }, "required"],
    [{ mode: "VALIDATED" }, "auto"],
    [{ mode: "AUTO", streamFunctionCallArguments: true }, "auto"],
  ])("a tool choice that says more than the neutral one comes back whole: %j", (functionCallingConfig, type) => {
    const toolConfig = { functionCallingConfig };
    const request = decode({ contents: [], tools: [{ functionDeclarations: [{ name: "f" }] }], toolConfig });
    expect(request.toolChoice).toEqual({ type });
    expect(encode(request).body.toolConfig).toEqual(toolConfig);
  });

  test("a response schema beside tools is left out where the model takes none", () => {
    const request = { tools: [tool], responseFormat: { type: "json" } } as const;
    expect(encode(request).body.generationConfig).toEqual({ responseMimeType: "application/json" });
    const { body, notes } = encode(request, { structuredOutputWithTools: false });
    expect(body.generationConfig).toBeUndefined();
    expect(notes).toEqual(["dropped responseFormat"]);
  });
});
