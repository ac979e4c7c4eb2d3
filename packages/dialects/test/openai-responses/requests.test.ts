import { isGatewayError, type JsonObject, type Message, type TextRequest } from "@gw/core";
import { describe, expect, it } from "vitest";
import { openAIResponses } from "../../src/openai-responses/openai-responses.ts";
import type { OpenAIResponsesQuirks } from "../../src/openai-responses/quirks.ts";
import { sealEnvelope } from "../../src/wire-envelope.ts";

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

function failure(action: () => unknown): [string, string | null] | null {
  try {
    action();
    return null;
  } catch (error) {
    return isGatewayError(error) ? [error.code, error.param] : [String(error), null];
  }
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
        { type: "function", name: "g", parameters: { type: "object", properties: {}, additionalProperties: false } },
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
    ["tools of other formats", { tools: [{ type: "vendor", origin: "gemini", value: {} }] }, {}, ["tools dropped"]],
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
    expect(failure(() => encode({ messages: [hello, message] }))).toEqual(["unsupported_capability", "messages[1]"]);
  });
});

describe("decodeRequest", () => {
  const decode = (body: JsonObject): TextRequest => openAIResponses.decodeRequest({ model: "m", ...body }).request;

  it.each<[string, JsonObject, string]>([
    ["no model", { model: null, input: "x" }, "model"],
    ["no input", {}, "input"],
    ["a number as input", { input: 5 }, "input"],
    ["a text as item", { input: ["x"] }, "input[0]"],
    ["an item without type", { input: [{}] }, "input[0].type"],
    ["an unknown role", { input: [{ role: "tool", content: "x" }] }, "input[0].role"],
    ["no content", { input: [{ role: "user" }] }, "input[0].content"],
    [
      "a part without text",
      { input: [{ role: "user", content: [{ type: "input_text" }] }] },
      "input[0].content[0].text",
    ],
    [
      "an image without source",
      { input: [{ role: "user", content: [{ type: "input_image" }] }] },
      "input[0].content[0]",
    ],
    ["a call without id", { input: [{ type: "function_call", name: "f", arguments: "{}" }] }, "input[0].call_id"],
    ["a result without output", { input: [{ type: "function_call_output", call_id: "c" }] }, "input[0].output"],
    ["a tool without name", { input: "x", tools: [{ type: "function" }] }, "tools[0].name"],
    ["an unknown tool choice", { input: "x", tool_choice: "maybe" }, "tool_choice"],
    ["half a token", { input: "x", max_output_tokens: 1.5 }, "max_output_tokens"],
    ["a text as temperature", { input: "x", temperature: "1" }, "temperature"],
    ["an unknown effort", { input: "x", reasoning: { effort: "hard" } }, "reasoning.effort"],
    ["a schema without schema", { input: "x", text: { format: { type: "json_schema" } } }, "text.format.schema"],
    ["a number as metadata", { input: "x", metadata: { a: 1 } }, "metadata.a"],
    ["a text as stream", { input: "x", stream: "yes" }, "stream"],
  ])("refuses %s", (_name, body, param) => {
    expect(failure(() => decode(body))).toEqual(["invalid_request", param]);
  });

  it("keeps what only this format has", () => {
    const body = {
      model: "m",
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "Hi" },
            { type: "input_video", video: "v" },
          ],
        },
        { type: "item_reference", id: "rs_9" },
        {
          type: "reasoning",
          summary: [
            { type: "summary_text", text: "A" },
            { type: "summary_text", text: "B" },
          ],
          content: [{ type: "reasoning_text", text: "C" }],
          encrypted_content: "gAAA",
        },
        { type: "custom_tool_call", call_id: "c1", name: "sql", input: "SELECT 1" },
        { type: "custom_tool_call_output", call_id: "c1", output: "1" },
        {
          type: "message",
          role: "assistant",
          id: "msg_1",
          phase: "commentary",
          status: "completed",
          content: [{ type: "output_text", text: "Wait", annotations: [{ type: "url_citation", url: "https://x" }] }],
        },
      ],
      tools: [
        { type: "custom", name: "sql" },
        { type: "function", name: "f", parameters: { type: "object" }, defer_loading: true },
      ],
      tool_choice: { type: "custom", name: "sql" },
      include: ["file_search_call.results", "reasoning.encrypted_content"],
      text: { format: { type: "grammar", definition: "x" } },
      truncation: "auto",
      conversation: { id: "conv_1" },
      stream: false,
      store: false,
    };
    const { request } = openAIResponses.decodeRequest(body);
    const encoded = openAIResponses.encodeRequest(request, { stream: false });
    expect(encoded).toEqual({ body, notes: [] });
    expect(request.messages.map(({ role }) => role)).toEqual(["user", "user", "assistant", "user", "assistant"]);
  });

  it("groups the model's items and the results after them", () => {
    const { messages } = decode({
      input: [
        { role: "user", content: "Go" },
        {
          type: "reasoning",
          summary: [
            { type: "summary_text", text: "A" },
            { type: "summary_text", text: "B" },
          ],
        },
        { type: "function_call", call_id: "c1", name: "f", arguments: "" },
        { type: "function_call", call_id: "c2", name: "g", arguments: "{bad" },
        { type: "function_call_output", call_id: "c2", output: "2" },
        { type: "function_call_output", call_id: "c1", output: [{ type: "input_text", text: "1" }] },
        { role: "assistant", content: "First" },
        { role: "assistant", content: "Second" },
      ],
    });
    expect(messages).toMatchObject([
      { role: "user" },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "A\n\nB", origin: id },
          { type: "tool-call", id: "c1", arguments: "{}" },
          { type: "tool-call", id: "c2", arguments: "{bad" },
        ],
      },
      {
        role: "tool",
        content: [
          { toolCallId: "c2", toolName: "g", content: [{ text: "2" }] },
          { toolCallId: "c1", toolName: "f", content: [{ text: "1" }] },
        ],
      },
      { role: "assistant", content: [{ text: "First" }] },
      { role: "assistant", content: [{ text: "Second" }] },
    ]);
  });

  it("gives reasoning and signatures back to where they came from", () => {
    const { messages } = decode({
      input: [
        {
          type: "reasoning",
          id: "rs_gw",
          summary: [{ type: "summary_text", text: "Hm" }],
          encrypted_content: sealEnvelope({ kind: "reasoning", origin: "anthropic-messages", signature: "c2ln" }),
        },
        { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
        {
          type: "reasoning",
          summary: [],
          encrypted_content: sealEnvelope({ kind: "tool-call", origin: "gemini", toolCallId: "c1", signature: "dGg=" }),
        },
      ],
    });
    expect(messages).toEqual([
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "Hm", origin: "anthropic-messages", signature: "c2ln" },
          { type: "tool-call", id: "c1", name: "f", arguments: "{}", signature: { origin: "gemini", value: "dGg=" } },
        ],
      },
    ]);
  });

  it("reads media wherever it is", () => {
    const part = (value: JsonObject): unknown => {
      const [message] = decode({ input: [{ role: "user", content: [value] }] }).messages;
      return message?.content[0];
    };
    expect(part({ type: "input_image", image_url: "data:image/png;base64,aW1n", detail: "high" })).toEqual({
      type: "image",
      source: { type: "base64", mediaType: "image/png", data: "aW1n" },
      detail: "high",
    });
    expect(part({ type: "input_image", file_id: "file-1" })).toMatchObject({ source: { type: "file", id: "file-1" } });
    expect(part({ type: "input_file", filename: "a.pdf", file_data: "JVBE" })).toEqual({
      type: "document",
      filename: "a.pdf",
      source: { type: "base64", mediaType: "application/pdf", data: "JVBE" },
    });
    expect(part({ type: "input_file", file_data: "JVBE" })).toMatchObject({ source: { mediaType: "application/pdf" } });
    expect(part({ type: "input_file", filename: "a.docx", file_data: "UEs=" })).toMatchObject({
      source: { mediaType: "application/octet-stream" },
    });
    expect(part({ type: "input_file", file_url: "https://x/a.pdf" })).toMatchObject({
      source: { type: "url", url: "https://x/a.pdf" },
    });
    expect(part({ type: "input_audio", input_audio: { data: "d2F2", format: "wav" } })).toMatchObject({
      source: { mediaType: "audio/wav", data: "d2F2" },
    });
  });

  it("tells what it was asked for", () => {
    expect(
      decode({
        input: "x",
        user: "u",
        safety_identifier: "s",
        reasoning: { effort: "high", summary: "detailed" },
        include: ["reasoning.encrypted_content", "message.output_text.logprobs"],
        top_logprobs: 2,
        text: { format: { type: "json_object" }, verbosity: "high" },
        tools: [{ type: "function", name: "f", parameters: null, strict: null }],
        tool_choice: "required",
        previous_response_id: "resp_1",
      }),
    ).toEqual({
      model: "m",
      messages: [{ role: "user", content: [{ type: "text", text: "x" }] }],
      user: "s",
      reasoning: { effort: "high", summary: "detailed", includeText: true },
      logprobs: { enabled: true, top: 2 },
      responseFormat: { type: "json" },
      verbosity: "high",
      tools: [{ type: "function", name: "f" }],
      toolChoice: { type: "required" },
      previousResponseId: "resp_1",
      providerOptions: { [id]: { user: "u" } },
    });
    expect(decode({ previous_response_id: "resp_1" }).messages).toEqual([]);
  });
});
