import type { JsonObject, Message, TextRequest, UserPart } from "@gw/core";
import { describe, expect, test } from "vitest";
import { openAIChat } from "../../src/openai-chat/openai-chat.ts";
import type { OpenAIChatQuirks } from "../../src/openai-chat/quirks.ts";
import { sealEnvelope } from "../../src/wire-envelope.ts";

const hello: Message = { role: "user", content: [{ type: "text", text: "Hi" }] };
const wireHello = { role: "user", content: "Hi" };

function encode(fields: Partial<TextRequest>, quirks?: OpenAIChatQuirks): { body: JsonObject; notes: string[] } {
  const { body, notes } = openAIChat.encodeRequest(
    { model: "m", messages: [hello], ...fields },
    { stream: false },
    quirks,
  );
  return { body, notes: notes.map(({ outcome, param }) => `${outcome} ${param}`) };
}

describe("parameters", () => {
  const schema = { type: "object" };
  const tool = { type: "function", name: "now", cacheControl: {} } as const;
  const wireTool = { type: "function", function: { name: "now" } };
  const cases: readonly (readonly [string, Partial<TextRequest>, OpenAIChatQuirks, JsonObject, readonly string[]])[] = [
    ["the bound", { maxOutputTokens: 5 }, {}, { max_completion_tokens: 5 }, []],
    ["the bound's old name", { maxOutputTokens: 5 }, { maxTokensField: "max_tokens" }, { max_tokens: 5 }, []],
    ["no top k", { topK: 5 }, {}, {}, ["dropped topK"]],
    ["top k", { topK: 5 }, { topK: true }, { top_k: 5 }, []],
    ["one answer", { candidateCount: 1 }, {}, { n: 1 }, []],
    ["several answers", { candidateCount: 3 }, {}, {}, ["dropped candidateCount"]],
    ["logprobs", { logprobs: { enabled: true, top: 2 } }, {}, { logprobs: true, top_logprobs: 2 }, []],
    [
      "what the model refuses",
      { temperature: 1, topP: 1, seed: 3 },
      { refusedParams: ["temperature", "topP", "stopSequences"] },
      { seed: 3 },
      ["dropped temperature", "dropped topP"],
    ],
    ["stops", { stopSequences: ["1", "2"] }, {}, { stop: ["1", "2"] }, []],
    [
      "more stops than are taken",
      { stopSequences: ["1", "2", "3"] },
      { maxStopSequences: 2 },
      { stop: ["1", "2"] },
      ["mapped stopSequences"],
    ],
    ["no reasoning of a model without it", { reasoning: { effort: "none" } }, { refusedParams: ["reasoning"] }, {}, []],
    ["no tokens to reason with", { reasoning: { budgetTokens: 0 } }, { refusedParams: ["reasoning"] }, {}, []],
    [
      "reasoning of a model without it",
      { reasoning: { effort: "low", budgetTokens: 0 } },
      { refusedParams: ["reasoning"] },
      {},
      ["dropped reasoning"],
    ],
    ["an effort", { reasoning: { effort: "minimal" } }, {}, { reasoning_effort: "minimal" }, []],
    [
      "an effort the model does not know",
      { reasoning: { effort: "xhigh" } },
      { reasoningEfforts: ["low", "medium", "high"] },
      { reasoning_effort: "high" },
      ["mapped reasoning.effort"],
    ],
    [
      "a budget",
      { reasoning: { budgetTokens: 10_000, includeText: true, summary: "auto" } },
      {},
      { reasoning_effort: "medium" },
      ["dropped reasoning.summary", "mapped reasoning.budgetTokens"],
    ],
    ["as much as the model likes", { reasoning: { budgetTokens: "dynamic" } }, {}, {}, []],
    [
      "a budget where there are budgets",
      { reasoning: { budgetTokens: 10_000, includeText: false } },
      { reasoningControl: "reasoning" },
      { reasoning: { max_tokens: 10_000, exclude: true } },
      [],
    ],
    [
      "no thinking where there are budgets",
      { reasoning: { budgetTokens: 0 } },
      { reasoningControl: "reasoning" },
      { reasoning: { effort: "none" } },
      [],
    ],
    ["any JSON", { responseFormat: { type: "json" } }, {}, { response_format: { type: "json_object" } }, []],
    [
      "an unnamed schema",
      { responseFormat: { type: "json-schema", schema } },
      {},
      { response_format: { type: "json_schema", json_schema: { name: "response", schema } } },
      [],
    ],
    [
      "a schema where there is only JSON",
      { responseFormat: { type: "json-schema", schema } },
      { structuredOutput: "json_object" },
      {
        response_format: { type: "json_object" },
        messages: [
          { role: "system", content: 'Answer with a JSON object that matches this JSON Schema:\n{"type":"object"}' },
          wireHello,
        ],
      },
      ["mapped responseFormat"],
    ],
    [
      "JSON where there is none",
      { responseFormat: { type: "json" } },
      { structuredOutput: "none" },
      {},
      ["dropped responseFormat"],
    ],
    [
      "tools",
      { tools: [tool] },
      { cacheControl: true },
      { tools: [{ ...wireTool, cache_control: { type: "ephemeral" } }] },
      [],
    ],
    [
      "tools of another dialect, and a choice among none",
      {
        tools: [{ type: "vendor", origin: "gemini", value: { googleSearch: {} } }],
        toolChoice: { type: "auto" },
        parallelToolCalls: true,
      },
      {},
      {},
      ["dropped tools", "dropped toolChoice", "dropped parallelToolCalls"],
    ],
    [
      "a forced tool",
      { tools: [tool], toolChoice: { type: "tool", name: "now" } },
      {},
      { tools: [wireTool], tool_choice: { type: "function", function: { name: "now" } } },
      ["dropped messages.cacheControl"],
    ],
    [
      "fields of other dialects",
      { providerOptions: { gemini: { safetySettings: [] }, "openai-chat": { min_p: 0.1 } }, cacheControl: {} },
      {},
      { min_p: 0.1 },
      ["dropped safetySettings", "dropped cacheControl"],
    ],
  ];

  test.each(cases)("%s", (_name, fields, quirks, expected, notes) => {
    const encoded = encode(fields, quirks);
    expect(encoded.body).toEqual({ model: "m", messages: [wireHello], ...expected });
    expect(encoded.notes.sort()).toEqual([...notes].sort());
  });

  test("a stream asks for its usage where the server understands that", () => {
    const request: TextRequest = { model: "m", messages: [hello] };
    expect(openAIChat.encodeRequest(request, { stream: true }).body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
    const { body } = openAIChat.encodeRequest(request, { stream: true }, { streamUsage: false });
    expect(body).toEqual({ model: "m", messages: [wireHello], stream: true });
  });
});

describe("what the format cannot carry is refused", () => {
  const cases: readonly (readonly [string, UserPart])[] = [
    ["video", { type: "video", source: { type: "url", url: "https://a.example/v.mp4" } }],
    ["an image by id", { type: "image", source: { type: "file", id: "file_1" } }],
    ["audio by URL", { type: "audio", source: { type: "url", url: "https://a.example/a.wav" } }],
    ["a document by URL", { type: "document", source: { type: "url", url: "https://a.example/a.pdf" } }],
    ["another dialect's block", { type: "opaque", origin: "gemini", value: {} }],
  ];
  test.each(cases)("%s", (_name, part) => {
    expect(() => encode({ messages: [{ role: "user", content: [part] }] })).toThrow(
      expect.objectContaining({ code: "unsupported_capability", param: "messages" }),
    );
  });

  test("an earlier response's id", () => {
    expect(() => encode({ previousResponseId: "resp_1" })).toThrow(
      expect.objectContaining({ code: "unsupported_capability", param: "previousResponseId" }),
    );
  });
});

describe("conversations of other dialects", () => {
  const thought = { type: "reasoning", text: "Hm", origin: "anthropic-messages", signature: "c2ln" } as const;
  const own = {
    type: "reasoning",
    text: "Aha",
    origin: "openai-chat",
    sealed: "c2Vh",
    providerOptions: { "openai-chat": { type: "reasoning.summary", format: "xai-responses-v1", index: 3 } },
  } as const;
  const call = { type: "tool-call", id: "functions.now:0", name: "now", arguments: "{}" } as const;
  const history: Message[] = [
    { role: "assistant", content: [thought, own, { type: "opaque", origin: "gemini", value: {} }, call] },
    {
      role: "tool",
      content: [
        {
          type: "tool-result",
          toolCallId: call.id,
          isError: true,
          content: [{ type: "image", source: { type: "base64", mediaType: "image/png", data: "AAAA" } }],
        },
      ],
    },
  ];
  const reasoning: readonly (readonly [OpenAIChatQuirks["reasoningInput"], JsonObject, number])[] = [
    ["none", {}, 1],
    ["reasoning_content", { reasoning_content: "HmAha" }, 0],
    ["reasoning", { reasoning: "HmAha" }, 0],
    [
      "reasoning_details",
      {
        reasoning_details: [
          { type: "reasoning.summary", summary: "Aha", data: "c2Vh", format: "xai-responses-v1", index: 3 },
        ],
      },
      1,
    ],
  ];

  test.each(reasoning)("reasoning goes back as %s", (reasoningInput, expected, dropped) => {
    const { body, notes } = encode({ messages: history }, { reasoningInput: reasoningInput ?? "none" });
    const [assistant] = body.messages as JsonObject[];
    expect(assistant).toEqual({
      role: "assistant",
      content: null,
      ...expected,
      tool_calls: [{ id: "functions.now:0", type: "function", function: { name: "now", arguments: "{}" } }],
    });
    expect(notes.filter((note) => note === "dropped messages.reasoning").length).toBe(dropped);
    expect(notes).toContain("dropped messages.opaque");
  });

  test("images of a tool follow in a message of the user", () => {
    const { body, notes } = encode({ messages: history });
    expect((body.messages as JsonObject[]).slice(1)).toEqual([
      { role: "tool", tool_call_id: "functions.now:0", content: "See the attachments in the next message." },
      {
        role: "user",
        content: [
          { type: "text", text: "Attachments of tool call functions.now:0:" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        ],
      },
    ]);
    expect(notes).toContain("mapped messages.toolResult");
    expect(notes).toContain("dropped messages.toolResult");
  });

  test("ids of nine letters are made of any other, alike and apart", () => {
    const ids = ["functions.now:0", "functions.now:1", "abcDEF123", "", "toolu_01"];
    const messages: Message[] = [
      { role: "assistant", content: ids.map((id) => ({ ...call, id })) },
      { role: "tool", content: ids.map((id) => ({ type: "tool-result", toolCallId: id, content: [] })) },
    ];
    const { body } = encode({ messages }, { toolCallIds: "alphanumeric-9" });
    const [assistant = {}, ...results] = body.messages as JsonObject[];
    const sent = (assistant.tool_calls as JsonObject[]).map(({ id }) => id);
    expect(sent.every((id) => /^[a-zA-Z0-9]{9}$/.test(String(id)))).toBe(true);
    expect(new Set(sent).size).toBe(ids.length);
    expect(sent[2]).toBe("abcDEF123");
    expect(results.map((message) => message.tool_call_id)).toEqual(sent);
    // An id that is legal already keeps another from becoming the same.
    const taken: Message[] = [{ role: "assistant", content: [call, { ...call, id: String(sent[0]) }] }];
    const [again = {}] = encode({ messages: taken }, { toolCallIds: "alphanumeric-9" }).body.messages as JsonObject[];
    const [rewritten, kept] = (again.tool_calls as JsonObject[]).map(({ id }) => id);
    expect(kept).toBe(sent[0]);
    expect(rewritten).not.toBe(kept);
  });

  test("documents, instructions and names", () => {
    const { body, notes } = encode(
      {
        messages: [
          { role: "system", content: [{ type: "text", text: "Be brief" }] },
          {
            role: "user",
            name: "ada",
            content: [
              { type: "document", source: { type: "text", text: "Notes" }, title: "T" },
              { type: "document", source: { type: "base64", mediaType: "application/pdf", data: "AAAA" } },
              { type: "audio", source: { type: "base64", mediaType: "audio/flac", data: "BBBB" } },
            ],
          },
          { role: "assistant", content: [] },
          { role: "assistant", content: [{ type: "refusal", text: "No" }] },
        ],
      },
      { systemRole: "developer" },
    );
    expect(body.messages).toEqual([
      { role: "developer", content: "Be brief" },
      {
        role: "user",
        name: "ada",
        content: [
          { type: "text", text: "Notes" },
          { type: "file", file: { filename: "document.pdf", file_data: "data:application/pdf;base64,AAAA" } },
          { type: "input_audio", input_audio: { data: "BBBB", format: "flac" } },
        ],
      },
      { role: "assistant", content: "" },
      { role: "assistant", content: null, refusal: "No" },
    ]);
    expect(notes).toEqual(["dropped messages.document", "mapped messages.document"]);
  });
});

describe("the native lane", () => {
  const prepare = (fields: JsonObject, stream: boolean, quirks?: OpenAIChatQuirks): object =>
    openAIChat.prepareNative({ body: { model: "fast", ...fields }, model: "m", stream }, quirks);
  const onlyModel = { set: { model: "m" }, remove: [], hideUsage: false };
  const cases: readonly (readonly [string, JsonObject, boolean, OpenAIChatQuirks, object])[] = [
    ["a whole reply", {}, false, {}, onlyModel],
    [
      "a stream",
      {},
      true,
      {},
      { set: { model: "m", stream_options: { include_usage: true } }, remove: [], hideUsage: true },
    ],
    ["a stream that reports its usage anyway", { stream_options: { include_usage: true } }, true, {}, onlyModel],
    [
      "a stream with other options",
      { stream_options: { include_usage: false, include_obfuscation: false } },
      true,
      {},
      {
        set: { model: "m", stream_options: { include_usage: true, include_obfuscation: false } },
        remove: [],
        hideUsage: true,
      },
    ],
    ["a stream of a server that cannot", {}, true, { streamUsage: false }, onlyModel],
    ["options of the wrong type", { stream_options: "usage" }, true, {}, onlyModel],
  ];
  test.each(cases)("%s", (_name, body, stream, quirks, expected) => {
    expect(prepare(body, stream, quirks)).toEqual(expected);
  });

  test("what another vendor's answer left in the history stays here", () => {
    const envelope = sealEnvelope({ kind: "tool-call", origin: "x-format", toolCallId: "c1", signature: "s" });
    const google = { google: { thought_signature: "c2ln" } };
    const call = (id: string, more?: JsonObject) => ({
      id,
      type: "function",
      function: { name: "f", arguments: "{}" },
      ...(more !== undefined && { extra_content: more }),
    });
    const foreign = { type: "reasoning.text", text: "t", signature: "s", format: "anthropic-messages", index: 0 };
    const server = { type: "reasoning.text", text: "t", signature: "s", format: "anthropic-claude-v1", index: 0 };
    const clean = [
      { role: "user", content: "hi", reasoning_details: [foreign] },
      { role: "assistant", content: "a", reasoning_content: "t", reasoning_details: [server] },
      { role: "assistant", content: "a", reasoning_content: "t", tool_calls: [call("c1", google)] },
    ];
    expect(prepare({ messages: clean }, false)).toEqual(onlyModel);
    const messages = [
      { role: "assistant", content: "a", reasoning_content: "t", reasoning_details: [foreign] },
      { role: "assistant", content: "b", reasoning_details: [foreign, server] },
      {
        role: "assistant",
        content: null,
        tool_calls: [call("c1", { gw: envelope }), call("c2", { ...google, gw: envelope })],
      },
    ];
    expect(prepare({ messages }, false)).toMatchObject({
      set: {
        messages: [
          { role: "assistant", content: "a" },
          { role: "assistant", content: "b", reasoning_details: [server] },
          { role: "assistant", content: null, tool_calls: [call("c1"), call("c2", google)] },
        ],
      },
    });
    expect(JSON.stringify(prepare({ messages }, false))).not.toMatch(/reasoning_content|anthropic-messages|gwEnv/);
  });

  test("only the frame that the gateway asked for is hidden", () => {
    const usage = { data: '{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}' };
    const filter = { data: '{"choices":[],"prompt_filter_results":[]}' };
    const text = { data: '{"choices":[{"index":0,"delta":{"content":"a \\"usage\\":{} b"}}],"usage":null}' };
    const hiding = openAIChat.observer({ stream: true, hideUsage: true });
    expect([filter, text, text, usage].map((frame) => hiding.frame(frame))).toEqual([
      { content: false, hidden: false },
      { content: true, hidden: false },
      { content: true, hidden: false },
      { content: false, hidden: true },
    ]);
    expect(openAIChat.observer({ stream: true, hideUsage: false }).frame(usage).hidden).toBe(false);
  });
});
