import { isGatewayError, type JsonObject, type JsonValue, type TextRequest } from "@gw/core";
import { describe, expect, test } from "vitest";
import { openAIChat } from "../../src/openai-chat/openai-chat.ts";

const hello: JsonObject = { role: "user", content: "Hi" };

function decode(fields: JsonObject): TextRequest {
  return openAIChat.decodeRequest({ model: "m", messages: [hello], ...fields }).request;
}

function faultOf(body: JsonValue): string | null {
  try {
    openAIChat.decodeRequest(body);
  } catch (error) {
    if (isGatewayError(error)) return `${error.code} ${error.param}`;
    throw error;
  }
  return null;
}

describe("a request of the wrong shape names its field", () => {
  const user = (content: JsonValue): JsonObject => ({ model: "m", messages: [{ role: "user", content }] });
  const assistant = (fields: JsonObject): JsonObject => ({ model: "m", messages: [{ role: "assistant", ...fields }] });
  const cases: readonly (readonly [JsonValue, string])[] = [
    [[], "body"],
    [{ messages: [] }, "model"],
    [{ model: "", messages: [] }, "model"],
    [{ model: "m" }, "messages"],
    [{ model: "m", messages: {} }, "messages"],
    [{ model: "m", messages: ["Hi"] }, "messages[0]"],
    [{ model: "m", messages: [{ content: "Hi" }] }, "messages[0].role"],
    [{ model: "m", messages: [{ role: "robot", content: "Hi" }] }, "messages[0].role"],
    [user(null), "messages[0].content"],
    [user(7), "messages[0].content"],
    [user([7]), "messages[0].content[0]"],
    [user([{ text: "Hi" }]), "messages[0].content[0].type"],
    [user([{ type: "text" }]), "messages[0].content[0].text"],
    [user([{ type: "image_url", image_url: {} }]), "messages[0].content[0].image_url.url"],
    [user([{ type: "image_url", image_url: { url: "data:image/png,raw" } }]), "messages[0].content[0].image_url.url"],
    [user([{ type: "image_url", image_url: { url: "u", detail: "big" } }]), "messages[0].content[0].image_url.detail"],
    [user([{ type: "input_audio", input_audio: { data: "AA" } }]), "messages[0].content[0].input_audio.format"],
    [user([{ type: "file", file: {} }]), "messages[0].content[0].file.file_id"],
    [user([{ type: "text", text: "a", cache_control: { ttl: "2d" } }]), "messages[0].content[0].cache_control.ttl"],
    [assistant({ tool_calls: {} }), "messages[0].tool_calls"],
    [assistant({ tool_calls: [{ id: 1, function: { name: "f" } }] }), "messages[0].tool_calls[0].id"],
    [assistant({ tool_calls: [{ id: "a", function: {} }] }), "messages[0].tool_calls[0].function.name"],
    [
      assistant({ tool_calls: [{ id: "a", function: { name: "f", arguments: {} } }] }),
      "messages[0].tool_calls[0].function.arguments",
    ],
    [assistant({ reasoning_content: [] }), "messages[0].reasoning_content"],
    [{ model: "m", messages: [{ role: "tool", content: "a" }] }, "messages[0].tool_call_id"],
    [{ model: "m", messages: [hello], stream: "yes" }, "stream"],
    [{ model: "m", messages: [hello], temperature: "0" }, "temperature"],
    [JSON.parse('{ "model": "m", "messages": [], "temperature": 1e999 }'), "temperature"],
    [{ model: "m", messages: [hello], max_tokens: 1.5 }, "max_tokens"],
    [{ model: "m", messages: [hello], stop: 5 }, "stop"],
    [{ model: "m", messages: [hello], stop: ["a", 5] }, "stop[1]"],
    [{ model: "m", messages: [hello], metadata: { a: 1 } }, "metadata.a"],
    [{ model: "m", messages: [hello], tools: [{}] }, "tools[0].type"],
    [{ model: "m", messages: [hello], tools: [{ type: "function" }] }, "tools[0].function"],
    [{ model: "m", messages: [hello], tool_choice: "always" }, "tool_choice"],
    [{ model: "m", messages: [hello], tool_choice: { type: "function" } }, "tool_choice.function.name"],
    [{ model: "m", messages: [hello], response_format: "json" }, "response_format"],
    [{ model: "m", messages: [hello], response_format: { type: "json_schema" } }, "response_format.json_schema"],
    [{ model: "m", messages: [hello], verbosity: "chatty" }, "verbosity"],
    [{ model: "m", messages: [hello], stream_options: true }, "stream_options"],
  ];

  test.each(cases)("%j", (body, param) => {
    expect(faultOf(body)).toBe(`invalid_request ${param}`);
  });
});

describe("parameters", () => {
  test("of log probabilities go on as they are, also where they make no sense without the other", () => {
    expect(decode({ top_logprobs: 3 }).logprobs).toEqual({ enabled: false, top: 3 });
    expect(decode({ logprobs: true }).logprobs).toEqual({ enabled: true });
  });

  test("each has its neutral name", () => {
    const { messages: _messages, ...request } = decode({
      max_tokens: 10,
      max_completion_tokens: 20,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      presence_penalty: 0.1,
      frequency_penalty: -0.1,
      seed: 7,
      stop: "END",
      n: 2,
      logprobs: true,
      top_logprobs: 3,
      logit_bias: { "50256": -100 },
      reasoning_effort: "xhigh",
      verbosity: "low",
      user: "u",
      metadata: { team: "a" },
      service_tier: "flex",
      store: false,
      parallel_tool_calls: false,
      prompt_cache_key: "k",
      cache_control: { type: "ephemeral", ttl: "1h" },
      response_format: { type: "json_schema", json_schema: { name: "s", strict: true, schema: { type: "object" } } },
      echo: null,
      min_p: 0.1,
      thinking: { type: "enabled" },
    });
    expect(request).toEqual({
      model: "m",
      maxOutputTokens: 20,
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      presencePenalty: 0.1,
      frequencyPenalty: -0.1,
      seed: 7,
      stopSequences: ["END"],
      candidateCount: 2,
      logprobs: { enabled: true, top: 3 },
      logitBias: { "50256": -100 },
      reasoning: { effort: "xhigh" },
      verbosity: "low",
      user: "u",
      metadata: { team: "a" },
      serviceTier: "flex",
      store: false,
      parallelToolCalls: false,
      promptCacheKey: "k",
      cacheControl: { ttl: "1h" },
      responseFormat: { type: "json-schema", name: "s", strict: true, schema: { type: "object" } },
      providerOptions: { "openai-chat": { min_p: 0.1, thinking: { type: "enabled" } } },
    });
  });

  test("the user has two names, of which both may be given", () => {
    expect(decode({ safety_identifier: "s" })).toMatchObject({ user: "s" });
    expect(decode({ safety_identifier: "s" }).providerOptions).toBeUndefined();
    const both = { user: "u", providerOptions: { "openai-chat": { safety_identifier: "s" } } };
    expect(decode({ safety_identifier: "s", user: "u" })).toMatchObject(both);
  });

  const reasoning: readonly (readonly [JsonObject, object | undefined])[] = [
    [{ reasoning: { effort: "low", exclude: true } }, { effort: "low", includeText: false }],
    [{ reasoning: { max_tokens: 2_000 } }, { budgetTokens: 2_000 }],
    [{ reasoning: { enabled: false } }, { effort: "none" }],
    [{ reasoning: { enabled: true } }, { budgetTokens: "dynamic" }],
    [{ reasoning_effort: "high", reasoning: { effort: "low" } }, { effort: "high" }],
    [{ reasoning_effort: "default" }, undefined],
  ];
  test.each(reasoning)("%j", (fields, expected) => {
    expect(decode(fields).reasoning).toEqual(expected);
  });

  test("values that only this format has are kept and go back", () => {
    const fields: JsonObject = {
      reasoning_effort: "default",
      tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [] } },
      response_format: { type: "grammar", grammar: "root ::= [0-9]" },
      stream_options: { include_obfuscation: false },
      tools: [{ type: "custom", custom: { name: "sql" } }],
      stream: true,
    };
    const { request, stream } = openAIChat.decodeRequest({ model: "m", messages: [hello], ...fields });
    const { body, notes } = openAIChat.encodeRequest(request, { stream });
    expect(notes).toEqual([]);
    expect(body).toEqual({
      model: "m",
      messages: [hello],
      ...fields,
      stream_options: { include_obfuscation: false, include_usage: true },
    });
  });
});

describe("messages", () => {
  test("media in every form", () => {
    const { messages } = decode({
      messages: [
        {
          role: "user",
          name: "ada",
          content: [
            { type: "text", text: "a", cache_control: { type: "ephemeral" } },
            { type: "image_url", image_url: { url: "https://a.example/i.png", detail: "low" } },
            { type: "image_url", image_url: "data:image/webp;base64,AAAA" },
            { type: "input_audio", input_audio: { data: "BBBB", format: "mp3" } },
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,CCCC" } },
            { type: "file", file: { file_data: "DDDD" } },
            { type: "file", file: { file_id: "file-1" } },
            { type: "video_url", video_url: { url: "https://a.example/v.mp4" } },
          ],
        },
      ],
    });
    expect(messages).toEqual([
      {
        role: "user",
        name: "ada",
        content: [
          { type: "text", text: "a", cacheControl: {} },
          { type: "image", source: { type: "url", url: "https://a.example/i.png" }, detail: "low" },
          { type: "image", source: { type: "base64", mediaType: "image/webp", data: "AAAA" } },
          { type: "audio", source: { type: "base64", mediaType: "audio/mpeg", data: "BBBB" } },
          {
            type: "document",
            source: { type: "base64", mediaType: "application/pdf", data: "CCCC" },
            filename: "a.pdf",
          },
          { type: "document", source: { type: "base64", mediaType: "application/pdf", data: "DDDD" } },
          { type: "document", source: { type: "file", id: "file-1" } },
          {
            type: "opaque",
            origin: "openai-chat",
            value: { type: "video_url", video_url: { url: "https://a.example/v.mp4" } },
          },
        ],
      },
    ]);
  });

  test("functions of the old form", () => {
    const request = decode({
      functions: [{ name: "now", parameters: { type: "object" } }],
      function_call: { name: "now" },
      messages: [
        hello,
        { role: "assistant", content: null, function_call: { name: "now", arguments: "" } },
        { role: "function", name: "now", content: "12:00" },
      ],
    });
    expect(request.tools).toEqual([{ type: "function", name: "now", parameters: { type: "object" } }]);
    expect(request.toolChoice).toEqual({ type: "tool", name: "now" });
    expect(request.messages.slice(1)).toEqual([
      { role: "assistant", content: [{ type: "tool-call", id: "call_now_0", name: "now", arguments: "{}" }] },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: "call_now_0",
            toolName: "now",
            content: [{ type: "text", text: "12:00" }],
          },
        ],
      },
    ]);
  });

  test("calls without ids get some, and the results after them in their order", () => {
    const call = { id: "", type: "function", function: { name: "now", arguments: "{}" } };
    const { messages } = decode({
      messages: [
        hello,
        { role: "assistant", content: null, tool_calls: [call, call] },
        { role: "tool", tool_call_id: "", content: "1" },
        { role: "tool", content: "2" },
      ],
    });
    expect(messages.slice(1)).toMatchObject([
      { role: "assistant", content: [{ id: "call_now_0" }, { id: "call_now_1" }] },
      {
        role: "tool",
        content: [
          { toolCallId: "call_now_0", content: [{ text: "1" }] },
          { toolCallId: "call_now_1", content: [{ text: "2" }] },
        ],
      },
    ]);
  });

  test("fields of a message that nobody else knows go back on the same message", () => {
    const messages = [
      { role: "system", name: "ops", content: "Be brief" },
      { role: "user", content: [{ type: "text", text: "a", id: "b1" }], id: "m1" },
      { role: "assistant", content: "b", prefix: true },
      {
        role: "assistant",
        content: null,
        audio: { id: "audio_1" },
        tool_calls: [{ id: "c", type: "custom", custom: {} }],
      },
    ];
    const { body, notes } = openAIChat.encodeRequest(decode({ messages }), { stream: false });
    expect(body.messages).toEqual(messages);
    expect(notes).toEqual([]);
  });

  test("fields of a tool that nobody else knows go back to their place", () => {
    const tools = [
      { type: "function", function: { name: "now", strict: true, examples: [1] }, defer_loading: true },
      { type: "server:web_search" },
    ];
    const { body } = openAIChat.encodeRequest(decode({ tools }), { stream: false });
    expect(body.tools).toEqual(tools);
  });
});
