import type { Message } from "@gw/core";
import { describe, expect, test } from "vitest";
import { sealEnvelope } from "../../src/wire-envelope.ts";
import { decode, encode, type Wire } from "./wire.ts";

describe("a caller's body", () => {
  test.each([
    [{}, "contents"],
    [[], "body"],
    [{ contents: [{ role: "system", parts: [] }] }, "contents[0].role"],
    [{ contents: [{ parts: [{ text: 1 }] }] }, "contents[0].parts[0].text"],
    [{ contents: [{ parts: [{ inlineData: { data: "aGk=" } }] }] }, "contents[0].parts[0].inlineData.mimeType"],
    [{ contents: [{ role: "model", parts: [{ functionCall: {} }] }] }, "contents[0].parts[0].functionCall.name"],
    [{ contents: [], generationConfig: { temperature: "1" } }, "generationConfig.temperature"],
    [{ contents: [], generationConfig: { maxOutputTokens: 1.5 } }, "generationConfig.maxOutputTokens"],
    [
      { contents: [], generationConfig: { thinkingConfig: { thinkingLevel: "huge" } } },
      "generationConfig.thinkingConfig.thinkingLevel",
    ],
    [
      { contents: [], toolConfig: { functionCallingConfig: { mode: "SOME" } } },
      "toolConfig.functionCallingConfig.mode",
    ],
    [{ contents: [], tools: [{ functionDeclarations: [{}] }] }, "tools[0].functionDeclarations[0].name"],
  ])("%j is refused at %s", (body, param) => {
    expect(() => decode(body)).toThrow(expect.objectContaining({ code: "invalid_request", param }));
  });

  test("snake_case is read like camelCase, and URL-safe base64 like plain", () => {
    const request = decode({
      system_instruction: { parts: { text: "S" } },
      contents: { role: "user", parts: [{ inline_data: { mime_type: "audio/wav", data: "_-8" } }] },
      generation_config: { max_output_tokens: 5, response_mime_type: "application/json", top_p: 0.1, image_config: {} },
      safety_settings: [],
    });
    expect(request).toEqual({
      model: "m",
      messages: [
        { role: "system", content: [{ type: "text", text: "S" }] },
        {
          role: "user",
          content: [{ type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "/+8=" } }],
        },
      ],
      maxOutputTokens: 5,
      topP: 0.1,
      responseFormat: { type: "json" },
      providerOptions: { gemini: { safety_settings: [], generationConfig: { image_config: {} } } },
    });
  });

  test("trap 15: calls and results without ids are matched by name and order", () => {
    const call = (name: string) => ({ functionCall: { name } });
    const result = (name: string, value: string) => ({ functionResponse: { name, response: { result: value } } });
    const { messages } = decode({
      contents: [
        { role: "model", parts: [call("a"), call("b"), call("a")] },
        { role: "user", parts: [{ text: "done" }, result("a", "1"), result("a", "3"), result("b", "2")] },
        { role: "model", parts: [call("a")] },
        { role: "function", parts: [result("a", "4")] },
      ],
    });
    const ids = (message: Message | undefined) =>
      message?.content.map((part) => (part.type === "tool-call" ? part.id : (part as Wire).toolCallId));
    expect(messages.map(({ role }) => role)).toEqual(["assistant", "tool", "user", "assistant", "tool"]);
    expect(ids(messages[0])).toEqual(["a-0", "b-1", "a-2"]);
    expect(ids(messages[1])).toEqual(["a-0", "a-2", "b-1"]);
    expect(ids(messages[4])).toEqual(ids(messages[3]));
    expect(ids(messages[3])).toEqual(["a-3"]);
  });

  test("an id that is made differs from those that were given", () => {
    const parts = [{ functionCall: { name: "a", id: "a-1" } }, { functionCall: { name: "a" } }];
    const { messages } = decode({ contents: [{ role: "model", parts }] });
    expect(messages[0]?.content.map((part) => (part as Wire).id)).toEqual(["a-1", "a-2"]);
  });

  test.each<[Wire, string, true | undefined]>([
    [{ result: "40 C" }, "40 C", undefined],
    [{ error: "gone" }, "gone", true],
    [{ error: { code: 5 } }, '{"code":5}', true],
    [{ result: '{"a":1}' }, '{"result":"{\\"a\\":1}"}', undefined],
    [{ result: 40 }, '{"result":40}', undefined],
    [{ output: "x", more: 1 }, '{"output":"x","more":1}', undefined],
  ])("a result %j is read as text, and written as it came", (response, text, isError) => {
    const contents = [
      { role: "user", parts: [{ text: "f?" }] },
      { role: "model", parts: [{ functionCall: { name: "f", args: {} } }] },
      { role: "user", parts: [{ functionResponse: { name: "f", response } }] },
    ];
    const request = decode({ contents });
    const [result] = (request.messages[2] as Wire).content;
    expect([result.content, result.isError]).toEqual([[{ type: "text", text }], isError]);
    expect(encode(request).body.contents).toEqual(contents);
  });

  test("unknown parts and fields come back unchanged to this format", () => {
    const contents = [
      {
        role: "user",
        parts: [
          { fileData: { fileUri: "https://youtu.be/x", displayName: "v" }, videoMetadata: { fps: 2 } },
          { newThing: { a: 1 } },
        ],
      },
      {
        role: "model",
        parts: [
          { executableCode: { language: "PYTHON", code: "1" } },
          { text: "", thoughtSignature: "c2ln" },
          { text: "T", thought: true, thoughtSignature: "c2lu" },
          { functionCall: { name: "f", args: {}, novel: 1 }, thoughtSignature: "c2k=" },
        ],
      },
      { role: "user", parts: [{ functionResponse: { name: "f", response: {}, scheduling: "SILENT" } }] },
    ];
    const tools = [{ functionDeclarations: [{ name: "f", behavior: "BLOCKING" }] }, { google_search: {} }];
    const body = { contents, tools, labels: { a: "b" }, generationConfig: { speechConfig: {} } };
    expect(encode(decode(body)).body).toEqual(body);
  });

  test("what another vendor sealed is opened", () => {
    const seal = sealEnvelope({ kind: "tool-call", origin: "x-format", toolCallId: "toolu_9", signature: "s" });
    const { messages } = decode({
      contents: [{ role: "model", parts: [{ functionCall: { name: "f" }, thoughtSignature: seal }] }],
    });
    expect(messages[0]?.content).toEqual([
      { type: "tool-call", id: "toolu_9", name: "f", arguments: "{}", signature: { origin: "x-format", value: "s" } },
    ]);
  });
});
