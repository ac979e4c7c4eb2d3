import type { JsonObject, Message, TextRequest } from "@gw/core";
import { describe, expect, it } from "vitest";
import { openAIResponses } from "../../src/openai-responses/openai-responses.ts";
import type { OpenAIResponsesQuirks } from "../../src/openai-responses/quirks.ts";
import { failure } from "./failure.ts";

const hello: Message = { role: "user", content: [{ type: "text", text: "Hello" }] };
const id = "openai-responses";

function encode(request: Partial<TextRequest>, quirks: OpenAIResponsesQuirks = {}): JsonObject {
  return openAIResponses.encodeRequest({ model: "m", messages: [hello], ...request }, { stream: true }, quirks).body;
}

function notes(request: Partial<TextRequest>, quirks: OpenAIResponsesQuirks = {}): string[] {
  return openAIResponses
    .encodeRequest({ model: "m", messages: [hello], ...request }, { stream: true }, quirks)
    .notes.map(({ param, outcome }) => `${param} ${outcome}`);
}

function items(messages: readonly Message[], request: Partial<TextRequest> = {}, quirks: OpenAIResponsesQuirks = {}) {
  return encode({ ...request, messages }, quirks).input;
}

describe("encodeRequest", () => {
  it("says everything that the format has a word for", () => {
    const body = encode({
      tools: [
        { type: "function", name: "f", description: "d", parameters: { type: "object" }, strict: true },
        { type: "function", name: "g" },
        { type: "vendor", origin: id, value: { type: "web_search" } },
      ],
      toolChoice: { type: "tool", name: "f" },
      parallelToolCalls: false,
      maxOutputTokens: 100,
      temperature: 0.5,
      topP: 0.9,
      logprobs: { enabled: true, top: 3 },
      responseFormat: { type: "json-schema", schema: { type: "object" }, strict: true },
      reasoning: { effort: "low", includeText: true },
      verbosity: "low",
      user: "u1",
      metadata: { a: "b" },
      serviceTier: "flex",
      previousResponseId: "resp_1",
      promptCacheKey: "k",
      providerOptions: { [id]: { truncation: "auto", reasoning: { mode: "pro" } } },
    });
    expect(body).toEqual({
      model: "m",
      input: [{ role: "user", content: "Hello" }],
      tools: [
        { type: "function", name: "f", description: "d", parameters: { type: "object" }, strict: true },
        {
          type: "function",
          name: "g",
          parameters: { type: "object", properties: {}, additionalProperties: false },
          // Where nothing is said the vendor tries to be strict, and optional parameters become required.
          strict: false,
        },
        { type: "web_search" },
      ],
      tool_choice: { type: "function", name: "f" },
      parallel_tool_calls: false,
      max_output_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      top_logprobs: 3,
      include: ["reasoning.encrypted_content", "message.output_text.logprobs"],
      text: {
        format: { type: "json_schema", name: "response", schema: { type: "object" }, strict: true },
        verbosity: "low",
      },
      reasoning: { mode: "pro", effort: "low", summary: "auto" },
      safety_identifier: "u1",
      metadata: { a: "b" },
      service_tier: "flex",
      store: false,
      stream: true,
      previous_response_id: "resp_1",
      prompt_cache_key: "k",
      truncation: "auto",
    });
  });

  it.each<[string, Partial<TextRequest>, OpenAIResponsesQuirks, string[]]>([
    ["nothing to say", { reasoning: { effort: "high" } }, {}, []],
    [
      "fields that the format lacks",
      {
        topK: 1,
        presencePenalty: 1,
        frequencyPenalty: 1,
        seed: 1,
        stopSequences: ["x"],
        logitBias: {},
        candidateCount: 2,
      },
      {},
      [
        "topK dropped",
        "presencePenalty dropped",
        "frequencyPenalty dropped",
        "seed dropped",
        "stopSequences dropped",
        "logitBias dropped",
        "candidateCount dropped",
      ],
    ],
    ["a bound below the least", { maxOutputTokens: 15 }, { minOutputTokens: 16 }, ["maxOutputTokens mapped"]],
    ["the least bound", { maxOutputTokens: 16 }, { minOutputTokens: 16 }, []],
    ["one answer, as always", { candidateCount: 1 }, {}, []],
    ["cache marks", { cacheControl: {} }, {}, ["cacheControl dropped"]],
    [
      "cache marks on tools",
      { tools: [{ type: "function", name: "f", cacheControl: {} }] },
      {},
      ["cacheControl dropped"],
    ],
    ["names", { messages: [{ ...hello, name: "Ada" } as Message] }, {}, ["messages.name dropped"]],
    [
      "fields of other formats",
      { providerOptions: { gemini: { safetySettings: [] } } },
      {},
      ["safetySettings dropped"],
    ],
    [
      "tools of other formats, and a choice among them",
      { tools: [{ type: "vendor", origin: "gemini", value: {} }], toolChoice: { type: "required" } },
      {},
      ["tools dropped", "toolChoice dropped"],
    ],
    [
      "refusals of the model (trap 24)",
      { temperature: 1, topP: 1 },
      { refusedParams: ["temperature"] },
      ["temperature dropped"],
    ],
    ["budgets", { reasoning: { budgetTokens: 5_000 } }, {}, ["reasoning mapped"]],
    ["efforts", { reasoning: { effort: "max" } }, { reasoningEfforts: ["low", "high"] }, ["reasoning mapped"]],
    ["summaries", { reasoning: { summary: "auto" } }, { refusesReasoningSummary: true }, ["reasoning dropped"]],
  ])("reports %s", (_name, request, quirks, expected) => {
    expect(notes(request, quirks)).toEqual(expected);
  });

  it("sends neither a list nor a choice where no tool is left", () => {
    const body = encode({
      tools: [{ type: "vendor", origin: "gemini", value: {} }],
      toolChoice: { type: "required" },
      parallelToolCalls: true,
    });
    expect(Object.keys(body)).toEqual(["model", "input", "store", "stream"]);
  });

  it("leaves out what the model refuses", () => {
    expect(encode({ temperature: 1, topP: 1 }, { refusedParams: ["temperature"] })).not.toHaveProperty("temperature");
    expect(encode({ reasoning: { effort: "max" } }, { reasoningEfforts: ["low", "high"] }).reasoning).toEqual({
      effort: "high",
    });
    expect(encode({ reasoning: { budgetTokens: 5_000 } }).reasoning).toEqual({ effort: "medium" });
    expect(encode({ reasoning: { includeText: true } }, { refusesReasoningSummary: true })).not.toHaveProperty(
      "reasoning",
    );
  });

  it("asks for sealed reasoning where there may be some", () => {
    expect(encode({}).include).toBeUndefined();
    expect(encode({ reasoning: {} }).include).toEqual(["reasoning.encrypted_content"]);
    expect(encode({}, { sealedReasoning: true }).include).toEqual(["reasoning.encrypted_content"]);
    expect(encode({ reasoning: {} }, { sealedReasoning: false }).include).toBeUndefined();
    const thought: Message = {
      role: "assistant",
      content: [{ type: "reasoning", text: "", origin: id, sealed: "gAAA" }],
    };
    expect(encode({ messages: [hello, thought] }).include).toEqual(["reasoning.encrypted_content"]);
    expect(encode({ store: true }).store).toBe(true);
  });

  it("leaves system messages where they stand", () => {
    const rules: Message = { role: "system", content: [{ type: "text", text: "Rules" }] };
    expect(items([rules, hello, rules], {}, { systemRole: "developer" })).toEqual([
      { role: "developer", content: "Rules" },
      { role: "user", content: "Hello" },
      { role: "developer", content: "Rules" },
    ]);
    const both = {
      input: [
        { role: "developer", content: "D" },
        { role: "system", content: "S" },
      ],
      instructions: "I",
    };
    const { request } = openAIResponses.decodeRequest({ model: "m", ...both });
    expect(encode(request)).toMatchObject(both);
  });

  const seal = { type: "reasoning", text: "Hm", origin: id, id: "rs_1", sealed: "gAAA" } as const;
  const call = {
    type: "tool-call",
    id: "c1",
    name: "f",
    arguments: "{}",
    providerOptions: { [id]: { id: "fc_1" } },
  } as const;
  const callItem = { type: "function_call", call_id: "c1", name: "f", arguments: "{}" };
  const sealItem = { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm" }] };

  it.each<[string, Message["content"], Partial<TextRequest>, OpenAIResponsesQuirks, unknown[], string[]]>([
    [
      "sealed reasoning goes back before its item (trap 25)",
      [seal, call],
      {},
      {},
      [
        { ...sealItem, encrypted_content: "gAAA" },
        { ...callItem, id: "fc_1" },
      ],
      [],
    ],
    [
      "reasoning that nobody keeps goes, and the ids that ask for it",
      [{ type: "reasoning", text: "Hm", origin: id, id: "rs_1" }, call],
      {},
      {},
      [callItem],
      ["messages.reasoning dropped"],
    ],
    [
      "reasoning that the vendor keeps goes back by its id",
      [{ type: "reasoning", text: "Hm", origin: id, id: "rs_1" }, call],
      { store: true },
      {},
      [sealItem, { ...callItem, id: "fc_1" }],
      [],
    ],
    [
      "another format's reasoning is not sent",
      [{ ...seal, origin: "anthropic-messages" }, call],
      {},
      {},
      [{ ...callItem, id: "fc_1" }],
      ["messages.reasoning dropped"],
    ],
    [
      "plain reasoning is sent where it is read",
      [
        { type: "reasoning", text: "Hm", origin: "openai-chat" },
        { type: "text", text: "Yes" },
      ],
      {},
      { plainReasoning: true },
      [
        { type: "reasoning", summary: [], content: [{ type: "reasoning_text", text: "Hm" }] },
        { role: "assistant", content: "Yes" },
      ],
      [],
    ],
    [
      "another format's blocks of the model are not sent",
      [
        { type: "text", text: "Yes" },
        { type: "opaque", origin: "gemini", value: { executableCode: {} } },
      ],
      {},
      {},
      [{ role: "assistant", content: "Yes" }],
      ["messages.opaque dropped"],
    ],
    [
      "messages between calls, and with ids of their own, stay apart",
      [
        { type: "text", text: "A" },
        call,
        { type: "text", text: "B" },
        { type: "text", text: "C", providerOptions: { [id]: { message: { id: "msg_1" } } } },
      ],
      {},
      {},
      [
        { role: "assistant", content: "A" },
        { ...callItem, id: "fc_1" },
        { role: "assistant", content: "B" },
        {
          type: "message",
          id: "msg_1",
          status: "completed",
          role: "assistant",
          content: [{ type: "output_text", text: "C", annotations: [] }],
        },
      ],
      [],
    ],
    [
      "texts and refusals in a row are one message",
      [
        { type: "text", text: "Yes" },
        { type: "refusal", text: "No" },
      ],
      {},
      {},
      [
        {
          role: "assistant",
          content: [
            { type: "output_text", text: "Yes" },
            { type: "refusal", refusal: "No" },
          ],
        },
      ],
      [],
    ],
  ])("%s", (_name, content, request, quirks, expected, expectedNotes) => {
    const messages = [{ role: "assistant", content } as Message];
    expect(items(messages, request, quirks)).toEqual(expected);
    expect(notes({ ...request, messages }, quirks)).toEqual(expectedNotes);
  });

  it("carries the media and results that the format knows", () => {
    const png = { type: "image", source: { type: "base64", mediaType: "image/png", data: "aW1n" } } as const;
    const pdf = { type: "document", source: { type: "base64", mediaType: "application/pdf", data: "JVBE" } } as const;
    const messages: Message[] = [
      {
        role: "user",
        content: [
          { type: "text", text: "See" },
          { ...png, detail: "low" },
          { ...pdf, filename: "a.pdf" },
          { type: "audio", source: { type: "base64", mediaType: "audio/mpeg", data: "bXAz" } },
          { type: "document", source: { type: "text", text: "Plain" } },
        ],
      },
      {
        role: "tool",
        content: [
          { type: "tool-result", toolCallId: "c1", content: [{ type: "text", text: "ok" }, png], isError: true },
          { type: "tool-result", toolCallId: "c2", content: [] },
        ],
      },
    ];
    const image = { type: "input_image", image_url: "data:image/png;base64,aW1n" };
    expect(items(messages)).toEqual([
      {
        role: "user",
        content: [
          { type: "input_text", text: "See" },
          { ...image, detail: "low" },
          { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,JVBE" },
          { type: "input_audio", input_audio: { data: "bXAz", format: "mp3" } },
          { type: "input_text", text: "Plain" },
        ],
      },
      { type: "function_call_output", call_id: "c1", output: [{ type: "input_text", text: "ok" }, image] },
      { type: "function_call_output", call_id: "c2", output: "" },
    ]);
    expect(notes({ messages })).toEqual(["messages.document mapped", "messages.isError dropped"]);
  });

  it.each<[string, Message]>([
    ["video", { role: "user", content: [{ type: "video", source: { type: "url", url: "https://x/v" } }] }],
    ["audio by URL", { role: "user", content: [{ type: "audio", source: { type: "url", url: "https://x/a" } }] }],
    [
      "FLAC",
      { role: "user", content: [{ type: "audio", source: { type: "base64", mediaType: "audio/flac", data: "" } }] },
    ],
    ["another format's block", { role: "user", content: [{ type: "opaque", origin: "gemini", value: {} }] }],
    [
      "an image by the model",
      { role: "assistant", content: [{ type: "image", source: { type: "url", url: "https://x/i" } }] },
    ],
    [
      "audio in a result",
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: "c",
            content: [{ type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "" } }],
          },
        ],
      },
    ],
  ])("refuses %s", (_name, message) => {
    expect(failure(() => encode({ messages: [hello, message] }))).toMatchObject({
      code: "unsupported_capability",
      param: "messages[1]",
    });
  });
});
