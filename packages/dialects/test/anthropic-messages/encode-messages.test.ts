import type { Message } from "@gw/core";
import type { AnthropicMessagesQuirks } from "@gw/dialects";
import { describe, expect, test } from "vitest";
import { encode, hi } from "./wire.ts";

const own = "anthropic-messages";

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

  test("trap 2: what a model says after its calls stands before them", () => {
    const { messages, notes } = messagesOf([
      hi,
      { role: "assistant", content: [text("1"), call("a"), text("2"), call("b"), text("3")] },
      { role: "tool", content: [result("a"), result("b")] },
    ]);
    expect(messages).toEqual([
      { role: "user", content: [text("hi")] },
      { role: "assistant", content: [text("1"), text("2"), text("3"), wireCall("a"), wireCall("b")] },
      { role: "user", content: [wireResult("a"), wireResult("b")] },
    ]);
    expect(notes).toEqual(["messages mapped"]);
  });

  test("a conversation that the model began gets a word of ours before it", () => {
    const { messages, notes } = messagesOf([
      { role: "system", content: [text("s")] },
      { role: "assistant", content: [text("What can I do?")] },
      { role: "user", content: [text("b")] },
    ]);
    expect(messages).toEqual([
      { role: "user", content: [text("(begin)")] },
      { role: "assistant", content: [text("What can I do?")] },
      { role: "user", content: [text("b")] },
    ]);
    expect(notes).toEqual(["messages mapped"]);
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
    const { messages } = messagesOf([
      hi,
      ...ids.flatMap((id): Message[] => [
        { role: "assistant", content: [call(id)] },
        { role: "tool", content: [result(id)] },
      ]),
    ]);
    const wireIds = ["functions_f_3_2", "functions_f_3", "functions_f_3_3", "call_0", "call_0_2"];
    expect(messages).toEqual([
      { role: "user", content: [text("hi")] },
      ...wireIds.flatMap((id) => [
        { role: "assistant", content: [wireCall(id)] },
        { role: "user", content: [wireResult(id)] },
      ]),
    ]);
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
          call("b", " "),
        ],
      },
      { role: "tool", content: [result("a")] },
    ]);
    expect(messages).toEqual([
      { role: "user", content: [text("hi")] },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: " own \n", signature: "sig" },
          { type: "redacted_thinking", data: "data" },
          { type: "compaction", content: "summary" },
          text("no"),
          wireCall("a", { _raw: "not json" }),
          wireCall("b", {}),
        ],
      },
      { role: "user", content: [wireResult("a")] },
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

  test("marks inside a tool's result count, before the one on it", () => {
    const mark = { cache_control: { type: "ephemeral" } };
    const { body, notes } = encode({
      messages: [
        hi,
        { role: "assistant", content: [call("a")] },
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              toolCallId: "a",
              content: ["1", "2", "3", "4"].map((words) => ({ ...text(words), cacheControl: {} })),
              cacheControl: { ttl: "1h" },
            },
          ],
        },
      ],
    });
    const inner = [text("1"), ...["2", "3", "4"].map((words) => ({ ...text(words), ...mark }))];
    const onIt = { cache_control: { type: "ephemeral", ttl: "5m" } };
    expect((body.messages as unknown[]).at(-1)).toEqual({
      role: "user",
      content: [{ type: "tool_result", tool_use_id: "a", content: inner, ...onIt }],
    });
    expect(notes).toEqual(["messages.cacheControl dropped", "messages.cacheControl mapped"]);
  });

  test("the automatic cache takes a mark's place, and what the caller gave is not changed", () => {
    const block = () => ({
      type: "opaque" as const,
      origin: own,
      value: { type: "later", cache_control: { type: "ephemeral" } },
    });
    const content = [block(), block(), block(), block()];
    const { body, notes } = encode({ cacheControl: {}, messages: [{ role: "user", content }] });
    const mark = { cache_control: { type: "ephemeral" } };
    expect(body.messages).toEqual([
      { role: "user", content: [{ type: "later" }, ...Array(3).fill({ type: "later", ...mark })] },
    ]);
    expect(notes).toEqual(["messages.cacheControl dropped"]);
    expect(content).toEqual([block(), block(), block(), block()]);
  });
});
