import type { Message, UserPart } from "@gw/core";
import { describe, expect, test } from "vitest";
import { claude, encode, hi, llama, origin, text, user } from "./encode.ts";

const base64 = (mediaType: string) => ({ type: "base64", mediaType, data: "AAAA" }) as const;
const written = (...messages: readonly Message[]) => encode({ messages });

describe("a conversation", () => {
  test("keeps instructions apart and alternates", () => {
    const { body, notes } = written(
      { role: "system", content: [text("Be brief.")] },
      user(text("a")),
      user(text("b"), text(" ")),
      { role: "assistant", content: [text("")] },
      user(text("c")),
      { role: "system", content: [text("Now in French.")] },
      { role: "assistant", content: [text("d"), { type: "refusal", text: "e" }] },
    );
    expect(body).toEqual({
      system: [{ text: "Be brief." }, { text: "Now in French." }],
      messages: [
        { role: "user", content: [{ text: "a" }, { text: "b" }, { text: "c" }] },
        { role: "assistant", content: [{ text: "d" }, { text: "e" }] },
      ],
    });
    expect(notes).toEqual(["mapped messages"]);
  });

  test("has the results of calls first, under ids that the format takes", () => {
    const call = (id: string, json: string) => ({ type: "tool-call", id, name: "f", arguments: json }) as const;
    const { body, notes } = written(
      user(text("Go")),
      { role: "assistant", content: [call("functions.f:0", '{"a":1}'), call("", ""), call("x", "[1")] },
      user(text("Wait")),
      {
        role: "tool",
        content: [
          { type: "tool-result", toolCallId: "functions.f:0", content: [text("one")], isError: true },
          { type: "tool-result", toolCallId: "", content: [{ type: "image", source: base64("image/png") }, text("")] },
          { type: "tool-result", toolCallId: "x", content: [], isError: false },
        ],
      },
    );
    const use = (toolUseId: string, input: object) => ({ toolUse: { toolUseId, name: "f", input } });
    expect(body.messages).toEqual([
      { role: "user", content: [{ text: "Go" }] },
      { role: "assistant", content: [use("functions_f_0", { a: 1 }), use("call", {}), use("x", { _raw: "[1" })] },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "functions_f_0", content: [{ text: "one" }], status: "error" } },
          { toolResult: { toolUseId: "call", content: [{ image: { format: "png", source: { bytes: "AAAA" } } }] } },
          { toolResult: { toolUseId: "x", content: [] } },
          { text: "Wait" },
        ],
      },
    ]);
    expect(notes).toEqual(["mapped messages.arguments", "mapped tools"]);
  });

  test("a model that takes no status is not given one", () => {
    const result = { type: "tool-result", toolCallId: "x", content: [text("boom")], isError: true } as const;
    const { body, notes } = encode({ model: llama, messages: [{ role: "tool", content: [result] }] });
    expect(body.messages).toEqual([
      { role: "user", content: [{ toolResult: { toolUseId: "x", content: [{ text: "boom" }] } }] },
    ]);
    expect(notes).toEqual(["dropped messages.isError"]);
  });

  test("reasoning goes back to its origin with its proof, and to nobody else", () => {
    const { body, notes } = written(user(text("Hi")), {
      role: "assistant",
      content: [
        { type: "reasoning", text: "hm", origin, signature: "s" },
        { type: "reasoning", text: "", origin, sealed: "c2VhbGVk" },
        { type: "reasoning", text: "unproven", origin },
        { type: "reasoning", text: "foreign", origin: "anthropic-messages", signature: "s" },
        { type: "opaque", origin: "gemini", value: { x: 1 } },
        {
          type: "opaque",
          origin,
          value: { toolUse: { toolUseId: "t", name: "n", type: "server_tool_use", input: {} } },
        },
        { ...text("cited"), providerOptions: { [origin]: { citations: [{ title: "facts" }] } } },
      ],
    });
    expect(body.messages).toEqual([
      hi,
      {
        role: "assistant",
        content: [
          { reasoningContent: { reasoningText: { text: "hm", signature: "s" } } },
          { reasoningContent: { redactedContent: "c2VhbGVk" } },
          { toolUse: { toolUseId: "t", name: "n", type: "server_tool_use", input: {} } },
          { citationsContent: { content: [{ text: "cited" }], citations: [{ title: "facts" }] } },
        ],
      },
    ]);
    expect(notes).toEqual(["dropped messages.reasoning", "dropped messages.reasoning", "dropped messages.content"]);
  });

  test.each<[string, UserPart, object]>([
    [
      "an image in S3",
      { type: "image", source: { type: "url", url: "s3://b/cat.webp" } },
      { image: { format: "webp", source: { s3Location: { uri: "s3://b/cat.webp" } } } },
    ],
    ["audio", { type: "audio", source: base64("audio/mpeg") }, { audio: { format: "mp3", source: { bytes: "AAAA" } } }],
    [
      "video",
      { type: "video", source: base64("video/quicktime") },
      { video: { format: "mov", source: { bytes: "AAAA" } } },
    ],
    [
      "a document",
      { type: "document", source: base64("application/pdf"), filename: "Q3  report_v1.pdf", context: "finance" },
      { document: { format: "pdf", name: "Q3 report-v1-pdf", source: { bytes: "AAAA" }, context: "finance" } },
    ],
    [
      "a text as a document",
      { type: "document", source: { type: "text", text: "Grüße" } },
      { document: { format: "txt", name: "document", source: { bytes: "R3LDvMOfZQ==" } } },
    ],
  ])("%s is carried", (_what, part, block) => {
    expect(written(user(part)).body.messages).toEqual([{ role: "user", content: [block] }]);
  });

  test("no two documents have the same name", () => {
    const document = { type: "document", source: base64("text/csv"), title: "a.csv" } as const;
    const { body } = written(user(document, document));
    expect(JSON.stringify(body)).toMatch(/"name":"a-csv".*"name":"a-csv \(2\)"/);
  });

  test.each<[string, Message]>([
    ["an image on the web", user({ type: "image", source: { type: "url", url: "https://x.test/a.png" } })],
    ["a file of a vendor", user({ type: "document", source: { type: "file", id: "f" } })],
    ["an image of another format", user({ type: "image", source: base64("image/tiff") })],
    ["a block of another dialect", user({ type: "opaque", origin: "gemini", value: {} })],
    ["an image of the assistant", { role: "assistant", content: [{ type: "image", source: base64("image/png") }] }],
    [
      "audio in a result",
      {
        role: "tool",
        content: [{ type: "tool-result", toolCallId: "x", content: [{ type: "audio", source: base64("audio/wav") }] }],
      },
    ],
  ])("%s is refused", (_what, message) => {
    expect(() => written(message)).toThrow(
      expect.objectContaining({ code: "unsupported_capability", param: "messages" }),
    );
  });
});

describe("cache points", () => {
  const mark = { cacheControl: {} };
  const hourly = { cacheControl: { ttl: "1h" } } as const;
  const point = { cachePoint: { type: "default" } };
  const tool = { type: "function", name: "f" } as const;
  const spec = { toolSpec: { name: "f", inputSchema: { json: { type: "object", properties: {} } } } };
  const conversation: readonly Message[] = [
    { role: "system", content: [text("s", hourly)] },
    user(text("a", mark)),
    {
      role: "tool",
      content: [{ type: "tool-result", toolCallId: "x", content: [text("b", mark), text("c")] }],
    },
  ];

  test("stand behind what they mark, and never inside a result", () => {
    const { body, notes } = encode({ model: claude, messages: conversation, tools: [{ ...tool, ...mark }] });
    expect(body).toMatchObject({
      system: [{ text: "s" }, { cachePoint: { type: "default", ttl: "1h" } }],
      messages: [
        {
          role: "user",
          content: [
            { toolResult: { toolUseId: "x", content: [{ text: "b" }, { text: "c" }] } },
            point,
            { text: "a" },
            point,
          ],
        },
      ],
      toolConfig: { tools: [spec, point] },
    });
    expect(notes).toEqual([]);
  });

  test("never follow thinking", () => {
    const thinking = { type: "reasoning", text: "hm", origin, signature: "s", ...mark } as const;
    const { body } = encode({
      messages: [user(text("Hi")), { role: "assistant", content: [thinking, text("a", mark)] }],
    });
    expect(body.messages).toEqual([
      hi,
      {
        role: "assistant",
        content: [{ reasoningContent: { reasoningText: { text: "hm", signature: "s" } } }, { text: "a" }, point],
      },
    ]);
  });

  test("are left out where the model takes none", () => {
    const onNova = encode({ messages: conversation, tools: [{ ...tool, ...mark }] });
    expect(onNova.body).toMatchObject({ toolConfig: { tools: [spec] } });
    expect(onNova.notes).toEqual(["dropped tools.cacheControl"]);
    const onLlama = encode({ model: llama, messages: conversation });
    expect(JSON.stringify(onLlama.body)).not.toContain("cachePoint");
    expect(onLlama.notes).toEqual(["dropped messages.cacheControl"]);
  });

  test("the oldest of the messages go when they are too many", () => {
    const marked = ["a", "b", "c", "d"].map((word) => text(word, mark));
    const system = { role: "system", content: [text("s", mark)] } as const;
    const { body, notes } = encode({ messages: [system, user(...marked)] });
    expect(body).toMatchObject({
      system: [{ text: "s" }, point],
      messages: [{ content: [{ text: "a" }, { text: "b" }, point, { text: "c" }, point, { text: "d" }, point] }],
    });
    expect(notes).toEqual(["dropped messages.cacheControl"]);
  });
});
