import type { JsonObject } from "@gw/core";
import type { ReplayedKind, Said } from "./replay.ts";

// Readers of raw answers, by field access alone: a second opinion on what the codecs read.
// biome-ignore lint/suspicious/noExplicitAny: recorded JSON
type Raw = any;
type Reader = NonNullable<ReplayedKind["read"]>;

const join = (texts: readonly (string | null | undefined)[]) => texts.map((text) => text ?? "").join("");
const raw = (body: JsonObject) => body as Raw;

export const chatAnswer: Reader = {
  whole: (body) => chatSaid(raw(body).choices?.[0]?.message),
  stream(data) {
    const deltas = data
      .map((chunk) => raw(chunk).choices?.find((choice: Raw) => (choice.index ?? 0) === 0)?.delta)
      .filter(Boolean);
    const tools = new Map<number, string>();
    for (const delta of deltas)
      for (const call of delta.tool_calls ?? [])
        if (call.function?.name) tools.set(call.index ?? tools.size, call.function.name);
    return { text: join(deltas.map((delta: Raw) => textOf(delta.content))), tools: [...tools.values()] };
  },
};

function chatSaid(message: Raw): Said {
  const legacy = message?.function_call ? [message.function_call.name] : [];
  return {
    text: textOf(message?.content),
    tools: [...(message?.tool_calls ?? []).map((call: Raw) => call.function.name), ...legacy],
  };
}

function textOf(content: Raw): string {
  if (!Array.isArray(content)) return content ?? "";
  return join(content.map((block: Raw) => (block.type === "text" ? block.text : "")));
}

export const responsesAnswer: Reader = {
  whole: (body) => ({
    text: join(
      raw(body).output.flatMap((item: Raw) =>
        item.type === "message" ? item.content.map((part: Raw) => (part.type === "output_text" ? part.text : "")) : [],
      ),
    ),
    tools: raw(body).output.flatMap((item: Raw) => (item.type === "function_call" ? [item.name] : [])),
  }),
  stream: (data) => ({
    text: join(data.map((event) => (event.type === "response.output_text.delta" ? raw(event).delta : ""))),
    tools: data.flatMap((event) =>
      event.type === "response.output_item.done" && raw(event).item.type === "function_call"
        ? [raw(event).item.name]
        : [],
    ),
  }),
};

export const messagesAnswer: Reader = {
  whole: (body) => ({
    text: join(raw(body).content.map((block: Raw) => (block.type === "text" ? block.text : ""))),
    tools: raw(body).content.flatMap((block: Raw) => (block.type === "tool_use" ? [block.name] : [])),
  }),
  stream: (data) => ({
    text: join(
      data.map((event) => {
        if (event.type === "content_block_start") return raw(event).content_block.text;
        return raw(event).delta?.type === "text_delta" ? raw(event).delta.text : "";
      }),
    ),
    tools: data.flatMap((event) =>
      event.type === "content_block_start" && raw(event).content_block.type === "tool_use"
        ? [raw(event).content_block.name]
        : [],
    ),
  }),
};

export const geminiAnswer: Reader = {
  whole: (body) => geminiSaid([body]),
  stream: geminiSaid,
};

function geminiSaid(chunks: readonly JsonObject[]): Said {
  const parts = chunks.flatMap((chunk) => raw(chunk).candidates?.[0]?.content?.parts ?? []);
  return {
    text: join(parts.map((part: Raw) => (part.thought === true ? "" : part.text))),
    tools: parts.flatMap((part: Raw) => (part.functionCall ? [part.functionCall.name] : [])),
  };
}
