import type { JsonObject, TextRequest } from "@gw/core";
import { describe, expect, it } from "vitest";
import { openAIResponses } from "../../src/openai-responses/openai-responses.ts";
import { sealEnvelope } from "../../src/wire-envelope.ts";
import { failure } from "./failure.ts";

const id = "openai-responses";

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
    expect(failure(() => decode(body))).toMatchObject({ code: "invalid_request", param });
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
        { type: "function", name: "f", parameters: { type: "object" }, strict: null, defer_loading: true },
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
      tools: [{ type: "function", name: "f", providerOptions: { [id]: { strict: null } } }],
      toolChoice: { type: "required" },
      previousResponseId: "resp_1",
      providerOptions: { [id]: { user: "u" } },
    });
    expect(decode({ previous_response_id: "resp_1" }).messages).toEqual([]);
  });
});
