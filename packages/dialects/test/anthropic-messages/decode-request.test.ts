import {
  type GatewayError,
  isGatewayError,
  type JsonValue,
  type Message,
  type TextRequest,
  unknownUsage,
} from "@gw/core";
import { anthropicMessages } from "@gw/dialects";
import { describe, expect, test } from "vitest";
import { context, encodeStream, eventsOf, type JsonObject } from "./wire.ts";

const own = "anthropic-messages";
const base = { model: "m", messages: [{ role: "user", content: "hi" }] };
const hi: Message = { role: "user", content: [{ type: "text", text: "hi" }] };

function decode(fields: JsonObject): TextRequest {
  return anthropicMessages.decodeRequest({ ...base, ...fields }).request;
}

describe("a caller's body", () => {
  test.each<[string, JsonObject, Partial<TextRequest>]>([
    ["bound", { max_tokens: 5 }, { maxOutputTokens: 5 }],
    [
      "sampling",
      { temperature: 0.1, top_p: 0.2, top_k: 3, stop_sequences: ["a"] },
      { temperature: 0.1, topP: 0.2, topK: 3, stopSequences: ["a"] },
    ],
    ["nulls are absent", { temperature: null, system: null, tools: null, container: null }, {}],
    [
      "user",
      { metadata: { user_id: "u", later: 1 } },
      { user: "u", providerOptions: { [own]: { metadata: { later: 1 } } } },
    ],
    ["cache", { cache_control: { type: "ephemeral", ttl: "1h" } }, { cacheControl: { ttl: "1h" } }],
    [
      "budget",
      { thinking: { type: "enabled", budget_tokens: 2000, display: "omitted" } },
      { reasoning: { budgetTokens: 2000, includeText: false } },
    ],
    [
      "adaptive",
      { thinking: { type: "adaptive" }, output_config: { effort: "xhigh", later: 1 } },
      {
        reasoning: { effort: "xhigh", budgetTokens: "dynamic" },
        providerOptions: { [own]: { output_config: { later: 1 } } },
      },
    ],
    ["off", { thinking: { type: "disabled" } }, { reasoning: { budgetTokens: 0 } }],
    [
      "thinking of a later kind",
      { thinking: { type: "dreaming", depth: 2 } },
      { providerOptions: { [own]: { thinking: { type: "dreaming", depth: 2 } } } },
    ],
    [
      "schema",
      { output_config: { format: { type: "json_schema", schema: { type: "object" } } } },
      { responseFormat: { type: "json-schema", schema: { type: "object" } } },
    ],
    [
      "schema in its beta",
      { output_format: { type: "json_schema", schema: {} } },
      { responseFormat: { type: "json-schema", schema: {} } },
    ],
    [
      "choice",
      { tool_choice: { type: "any", disable_parallel_tool_use: true } },
      { toolChoice: { type: "required" }, parallelToolCalls: false },
    ],
    ["choice of one", { tool_choice: { type: "tool", name: "f" } }, { toolChoice: { type: "tool", name: "f" } }],
    ["tier", { service_tier: "standard_only" }, { serviceTier: "default" }],
    [
      "unknown fields",
      { context_management: { edits: [] }, speed: "fast" },
      { providerOptions: { [own]: { context_management: { edits: [] }, speed: "fast" } } },
    ],
    [
      "tools",
      {
        tools: [
          {
            name: "f",
            description: "d",
            input_schema: { type: "object" },
            strict: true,
            defer_loading: true,
            cache_control: { type: "ephemeral" },
          },
          { type: "web_search_20260318", name: "web_search" },
        ],
      },
      {
        tools: [
          {
            type: "function",
            name: "f",
            description: "d",
            parameters: { type: "object" },
            strict: true,
            cacheControl: {},
            providerOptions: { [own]: { defer_loading: true } },
          },
          { type: "vendor", origin: own, value: { type: "web_search_20260318", name: "web_search" } },
        ],
      },
    ],
  ])("%s", (_name, fields, request) => {
    expect(decode(fields)).toEqual({ model: "m", messages: [hi], ...request });
  });

  test("messages of every role and kind", () => {
    const citations = { enabled: true };
    const request = decode({
      system: [{ type: "text", text: "s", cache_control: { type: "ephemeral", ttl: "5m" } }],
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "url", url: "https://example.org/a" } },
            { type: "document", source: { type: "text", media_type: "text/plain", data: "d" }, title: "t", citations },
            { type: "document", source: { type: "content", content: "c" } },
            { type: "container_upload", file_id: "file_1" },
          ],
        },
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "a", name: "f", input: { x: 1 }, caller: { type: "direct" } }],
        },
        {
          role: "user",
          content: [
            { type: "text", text: "after" },
            { type: "tool_result", tool_use_id: "a", content: "r", is_error: true },
          ],
        },
        { role: "system", content: "later" },
      ],
    });
    expect(request.messages).toEqual([
      { role: "system", content: [{ type: "text", text: "s", cacheControl: { ttl: "5m" } }] },
      {
        role: "user",
        content: [
          { type: "image", source: { type: "url", url: "https://example.org/a" } },
          {
            type: "document",
            source: { type: "text", text: "d" },
            title: "t",
            providerOptions: { [own]: { citations } },
          },
          { type: "opaque", origin: own, value: { type: "document", source: { type: "content", content: "c" } } },
          { type: "opaque", origin: own, value: { type: "container_upload", file_id: "file_1" } },
        ],
      },
      {
        role: "assistant",
        content: [
          {
            type: "tool-call",
            id: "a",
            name: "f",
            arguments: '{"x":1}',
            providerOptions: { [own]: { caller: { type: "direct" } } },
          },
        ],
      },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: "a",
            toolName: "f",
            content: [{ type: "text", text: "r" }],
            isError: true,
          },
        ],
      },
      { role: "user", content: [{ type: "text", text: "after" }] },
      { role: "system", content: [{ type: "text", text: "later" }] },
    ]);
  });

  test.each<[string, JsonValue]>([
    ["body", []],
    ["model", { messages: [] }],
    ["messages", { model: "m" }],
    ["messages.0.role", { model: "m", messages: [{ role: "tool", content: "x" }] }],
    ["messages.0.content", { model: "m", messages: [{ role: "user" }] }],
    ["messages.0.content.0.type", { model: "m", messages: [{ role: "user", content: [{}] }] }],
    ["messages.0.content.0.text", { model: "m", messages: [{ role: "user", content: [{ type: "text", text: 1 }] }] }],
    [
      "messages.0.content.0.id",
      { model: "m", messages: [{ role: "assistant", content: [{ type: "tool_use", id: "", name: "f" }] }] },
    ],
    [
      "messages.0.content.0.source.media_type",
      { model: "m", messages: [{ role: "user", content: [{ type: "image", source: { type: "base64", data: "" } }] }] },
    ],
    ["max_tokens", { ...base, max_tokens: 1.5 }],
    ["temperature", { ...base, temperature: "hot" }],
    ["stream", { ...base, stream: "yes" }],
    ["stop_sequences.1", { ...base, stop_sequences: ["a", null] }],
    ["tools.0.name", { ...base, tools: [{ input_schema: {} }] }],
    ["thinking.budget_tokens", { ...base, thinking: { type: "enabled" } }],
    ["output_config.effort", { ...base, output_config: { effort: "extreme" } }],
    ["system.0.type", { ...base, system: [{}] }],
  ])("a wrong %s is named", (param, body) => {
    expect(() => anthropicMessages.decodeRequest(body)).toThrow(
      expect.objectContaining({ code: "invalid_request", param }),
    );
  });
});

test("a conversation that the vendor keeps is refused in the vendor's words, so that the SDK sends it whole", () => {
  const raised = catchError(() => anthropicMessages.decodeRequest({ ...base, thread: { type: "create" } }));
  expect(raised).toMatchObject({ code: "unsupported_capability", httpStatus: 400, param: "thread" });
  expect(anthropicMessages.encodeError(raised, "req_1").error).toMatchObject({
    type: "invalid_request_error",
    details: { error_code: "thread_unsupported_request", unsupported: ["thread"] },
  });
  expect(() => anthropicMessages.decodeRequest({ ...base, thread: null })).not.toThrow();
});

function catchError(run: () => unknown): GatewayError {
  try {
    run();
  } catch (error) {
    if (isGatewayError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("what another dialect sealed", () => {
  const content = [
    { type: "reasoning", text: "shown", origin: "openai-responses", sealed: "enc", id: "rs_1" },
    { type: "reasoning", text: "", origin: "openai-responses", sealed: "enc2", id: "rs_2" },
    { type: "reasoning", text: "plain", origin: "openai-chat" },
    { type: "tool-call", id: "a", name: "f", arguments: "{}", signature: { origin: "gemini", value: "sig" } },
    { type: "tool-call", id: "b", name: "f", arguments: "{}" },
  ] as const;
  const result = {
    id: null,
    model: null,
    content,
    finishReason: "tool_calls",
    rawFinishReason: null,
    stopSequence: null,
    usage: unknownUsage,
  } as const;

  test.each([
    ["whole", () => anthropicMessages.encodeResult(result, context).content],
    ["streamed", () => wireContent(encodeStream(eventsOf(result)))],
  ])("comes back to its origin through a caller's history (%s)", (_kind, read) => {
    const { messages } = decode({ messages: [{ role: "assistant", content: read() as JsonValue }] });
    expect(messages).toEqual([{ role: "assistant", content }]);
  });

  test("reasoning without words or proof leaves no block", () => {
    const empty = { ...result, content: [{ type: "reasoning", text: "", origin: "openai-chat" }] as const };
    expect(anthropicMessages.encodeResult(empty, context).content).toEqual([]);
    expect(wireContent(encodeStream(eventsOf(empty)))).toEqual([]);
  });

  test("does not reach the vendor in the native lane", () => {
    const blocks = anthropicMessages.encodeResult(result, context).content as JsonValue[];
    const thinking = { type: "thinking", thinking: "t", signature: "own" };
    const messages = [
      { role: "user", content: "hi" },
      { role: "assistant", content: [thinking, ...blocks] },
      { role: "assistant", content: blocks.slice(0, 1) },
    ];
    const prepared = anthropicMessages.prepareNative({ body: { messages }, model: "m2", stream: false });
    expect(prepared).toEqual({
      set: {
        model: "m2",
        messages: [
          { role: "user", content: "hi" },
          {
            role: "assistant",
            content: [
              thinking,
              { type: "tool_use", id: "a", name: "f", input: {} },
              { type: "tool_use", id: "b", name: "f", input: {} },
            ],
          },
        ],
      },
      remove: [],
      hideUsage: false,
    });
    const clean = { messages: [{ role: "assistant", content: [thinking] }] };
    expect(anthropicMessages.prepareNative({ body: clean, model: "m2", stream: true }).set).toEqual({ model: "m2" });
  });
});

/** The content that a reader of frames puts together. */
function wireContent(frames: readonly { readonly data: string }[]): JsonObject[] {
  const blocks: JsonObject[] = [];
  for (const { data } of frames) {
    const event = JSON.parse(data);
    if (event.type === "content_block_start") blocks[event.index] = event.content_block;
    const block = blocks[event.index] as JsonObject;
    if (event.delta?.type === "thinking_delta") block.thinking += event.delta.thinking;
    if (event.delta?.type === "signature_delta") block.signature = event.delta.signature;
  }
  return blocks;
}
