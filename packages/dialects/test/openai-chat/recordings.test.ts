import { isGatewayError, isJsonObject, type JsonObject, TextCollector, type TextResult, type Usage } from "@gw/core";
import { describe, expect, test } from "vitest";
import { openAIChat } from "../../src/openai-chat/openai-chat.ts";
import type { OpenAIChatQuirks } from "../../src/openai-chat/quirks.ts";
import { type RecordedChat, recordedChats, recordingsExist } from "./recorded-chats.ts";

const skipped = recordingsExist ? "" : " (skipped: ../shared/recordings is not here)";
const all = recordedChats();
const failed = all.filter(({ status, body }) => status >= 400 || (isJsonObject(body?.error) && !body?.choices));
const failedStreams = all.filter(({ frames }) => frames.some(({ event }) => event === "error"));
const answers = all.filter((chat) => !failed.includes(chat) && !failedStreams.includes(chat));
const wholes = answers.filter(({ body }) => body !== null);
const streams = answers.filter(({ frames }) => frames.length > 0);
const requests = all.filter(({ request }) => request !== null);

/** What a recording says, read field by field without the code under test. */
interface Reading {
  readonly text: string;
  readonly refusal: string;
  readonly calls: { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly finish: string;
  readonly usage: JsonObject | null;
}

// biome-ignore lint/suspicious/noExplicitAny: raw JSON, read as it lies there
type Raw = any;

function textOf(content: Raw): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((block: Raw) => (block.type === "text" ? block.text : "")).join("");
}

function readWhole(body: Raw): Reading {
  const [{ message, finish_reason: finish }] = body.choices;
  return {
    text: textOf(message.content),
    refusal: message.refusal ?? "",
    calls: (message.tool_calls ?? []).map((call: Raw) => ({ id: call.id, ...call.function })),
    finish,
    usage: body.usage ?? null,
  };
}

function readStream(chat: RecordedChat): Reading {
  let reading: Reading = { text: "", refusal: "", calls: [], finish: "", usage: null };
  // Azure's first chunk stands alone, Groq gives its counts twice, Perplexity counts in every chunk: the last one holds.
  for (const { data } of chat.frames) {
    if (data === "[DONE]") continue;
    const chunk: Raw = JSON.parse(data);
    const usage = chunk.usage ?? chunk.x_groq?.usage ?? reading.usage;
    reading = { ...reading, usage };
    const [choice] = chunk.choices;
    if (choice === undefined) continue;
    const { delta } = choice;
    reading = {
      ...reading,
      text: reading.text + textOf(delta?.content),
      finish: choice.finish_reason ?? reading.finish,
    };
    for (const fragment of delta?.tool_calls ?? []) {
      const position = fragment.index ?? 0;
      const call = reading.calls[position] ?? { id: "", name: "", arguments: "" };
      reading.calls[position] = {
        id: call.id || (fragment.id ?? ""),
        name: call.name || (fragment.function?.name ?? ""),
        arguments: call.arguments + (fragment.function?.arguments ?? ""),
      };
    }
  }
  // Some number their calls from the content blocks before them.
  return { ...reading, calls: reading.calls.filter((call) => call !== undefined) };
}

function summary(result: TextResult): Omit<Reading, "usage"> {
  return {
    text: result.content.map((part) => (part.type === "text" ? part.text : "")).join(""),
    refusal: result.content.map((part) => (part.type === "refusal" ? part.text : "")).join(""),
    calls: result.content.flatMap((part) =>
      part.type === "tool-call" ? [{ id: part.id, name: part.name, arguments: part.arguments }] : [],
    ),
    finish: result.rawFinishReason ?? "",
  };
}

function expectedSummary({ usage: _usage, ...reading }: Reading): Omit<Reading, "usage"> {
  return { ...reading, calls: reading.calls.map((call) => ({ ...call, arguments: call.arguments || "{}" })) };
}

const finishOf: Readonly<Record<string, string>> = {
  stop: "stop",
  eos: "stop",
  length: "length",
  tool_calls: "tool_calls",
};

function expectFinish(result: TextResult, reading: Reading): void {
  const ended = reading.calls.length > 0 && reading.finish === "stop" ? "tool_calls" : finishOf[reading.finish];
  expect(result.finishReason).toBe(reading.refusal === "" ? ended : "content_filter");
}

/** The identities that every way of counting has to keep, and the totals as the vendor billed them. */
function expectUsage(usage: Usage, raw: JsonObject | null): void {
  if (raw === null) {
    expect([usage.inputTokens, usage.outputTokens]).toEqual([null, null]);
    return;
  }
  const wire: Raw = raw;
  const cached = wire.prompt_tokens_details?.cached_tokens ?? 0;
  // Azure's Grok leaves what was cached out of its prompt, and xAI what was thought out of its completion.
  const outside = cached > wire.prompt_tokens ? cached : 0;
  expect(usage.inputTokens).toBe(wire.prompt_tokens + outside);
  expect((usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)).toBe(wire.total_tokens + outside);
  expect(usage.cacheReadTokens ?? 0).toBeLessThanOrEqual(usage.inputTokens ?? 0);
  expect(usage.reasoningTokens ?? 0).toBeLessThanOrEqual(usage.outputTokens ?? 0);
  expect(usage.raw).toEqual(raw);
}

function fold(chat: RecordedChat): TextResult {
  const decoder = openAIChat.streamDecoder();
  const collector = new TextCollector();
  for (const frame of chat.frames) for (const event of decoder.push(frame)) collector.push(event);
  for (const event of decoder.end()) collector.push(event);
  return collector.result();
}

describe.skipIf(!recordingsExist)(`recorded replies${skipped}`, () => {
  test("there are some of each kind", () => {
    expect(wholes.length).toBeGreaterThan(120);
    expect(streams.length).toBeGreaterThan(70);
    expect(failed.length).toBeGreaterThan(20);
  });

  test.each(wholes.map((chat) => [chat.name, chat] as const))("%s", (_name, { body }) => {
    const reading = readWhole(body);
    const result = openAIChat.decodeResult(body);
    expect(summary(result)).toEqual(expectedSummary(reading));
    expectFinish(result, reading);
    expectUsage(result.usage, reading.usage);
    expect(result.id).toBe(body?.id || null);
    const observer = openAIChat.observer({ stream: false, hideUsage: false });
    observer.whole(body);
    observer.end();
    const { id, model, finishReason, usage } = result;
    expect(observer.observation()).toEqual({ id, model, finishReason, usage });
  });

  test.each(streams.map((chat) => [chat.name, chat] as const))("%s", (_name, chat) => {
    const reading = readStream(chat);
    const result = fold(chat);
    expect(summary(result)).toEqual(expectedSummary(reading));
    expect(result.content.length).toBeGreaterThan(chat.name.includes("truncated") ? -1 : 0);
    expectFinish(result, reading);
    expectUsage(result.usage, reading.usage);
    const observer = openAIChat.observer({ stream: true, hideUsage: true });
    const seen = chat.frames.map((frame) => observer.frame(frame));
    observer.end();
    const { id, model, finishReason, usage } = result;
    expect(observer.observation()).toEqual({ id, model, finishReason, usage });
    expect(seen.some(({ content }) => content)).toBe(result.content.length > 0);
    const counting = chat.frames.map(({ data }) => data !== "[DONE]" && isUsageOnly(JSON.parse(data)));
    expect(seen.map(({ hidden }) => hidden)).toEqual(counting);
  });
});

function isUsageOnly(chunk: Raw): boolean {
  return chunk.choices.length === 0 && (chunk.usage ?? chunk.x_groq?.usage ?? null) !== null;
}

// How the vendors behind the recorded requests depart from the format, as their packages would declare it.
const quirksOf: Readonly<Record<string, OpenAIChatQuirks>> = {
  deepseek: { reasoningInput: "reasoning_content" },
  ollama: { reasoningInput: "reasoning_content" },
  openrouter: { reasoningInput: "reasoning_details", reasoningControl: "reasoning" },
  xai: { reasoningInput: "reasoning_content" },
  zai: { reasoningInput: "reasoning_content" },
};

/**
 * A recorded body in the words that encoding uses:
 * - absent instead of `null`; the stream flag only when it is set; streams ask for their usage
 * - `max_tokens` under the field's new name; one text block as a string; an empty assistant's content as `null` beside calls
 * - images as objects, bare file data as PDF; `developer` as `system`; nine-letter ids untouched
 * - a tool message without the tool's name and with the id of the call it answers, an unnamed schema as `response`
 * - no reasoning where it is empty, and once where it came under two names
 * - no index on calls that are sent back, no `parallel_tool_calls` without tools
 */
function normalised(body: Raw, quirks: OpenAIChatQuirks): Raw {
  const { stream, stream_options, max_tokens, max_completion_tokens, tools = [], ...rest } = withoutNull(body);
  const { tool_choice, parallel_tool_calls, ...others } = rest;
  const bound = max_completion_tokens ?? max_tokens;
  return {
    ...others,
    messages: body.messages.map((message: Raw, index: number) => {
      const answered = body.messages[index - 1]?.tool_calls?.[0]?.id;
      return normalisedMessage(message.role === "tool" ? { tool_call_id: answered, ...message } : message);
    }),
    ...(bound !== undefined && { max_completion_tokens: bound }),
    ...(tools.length > 0 && { tools: tools.map(withoutNull), tool_choice, parallel_tool_calls }),
    ...(rest.stop !== undefined && { stop: [rest.stop].flat() }),
    ...(rest.response_format?.json_schema !== undefined && {
      response_format: { type: "json_schema", json_schema: { name: "response", ...rest.response_format.json_schema } },
    }),
    ...(stream === true && { stream: true, stream_options: { ...stream_options, include_usage: true } }),
    ...(quirks.reasoningControl === "reasoning" &&
      rest.reasoning_effort !== undefined && {
        reasoning: { effort: rest.reasoning_effort },
        reasoning_effort: undefined,
      }),
  };
}

function normalisedMessage(message: Raw): Raw {
  const { content, name, reasoning, reasoning_content, tool_calls, role, ...rest } = withoutNull(message);
  const calling = tool_calls !== undefined && tool_calls.length > 0;
  const thought = reasoning_content || reasoning;
  return {
    ...rest,
    role: role === "developer" ? "system" : role,
    content: normalisedContent(content, calling, role),
    ...(name !== undefined && role !== "tool" && { name }),
    ...(thought && { reasoning_content: thought }),
    ...(calling && { tool_calls: tool_calls.map(({ index: _index, ...call }: Raw) => call) }),
  };
}

function normalisedContent(content: Raw, calling: boolean, role: string): Raw {
  if (role === "assistant" && (content === undefined || content.length === 0)) return calling ? null : "";
  if (!Array.isArray(content)) return content;
  if (content.length === 1 && content[0].type === "text") return content[0].text;
  return content.map((block) =>
    typeof block.image_url === "string" ? { ...block, image_url: { url: block.image_url } } : block,
  );
}

function withoutNull(object: Raw): Raw {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

describe.skipIf(!recordingsExist)(`recorded requests${skipped}`, () => {
  test.each(requests.map((chat) => [chat.name, chat] as const))("%s", (_name, { request, vendor }) => {
    const quirks = quirksOf[vendor] ?? {};
    const decoded = openAIChat.decodeRequest(request);
    expect(decoded.stream).toBe(request?.stream === true);
    const { body, notes } = openAIChat.encodeRequest(decoded.request, { stream: decoded.stream }, quirks);
    expect(JSON.parse(JSON.stringify(body))).toEqual(JSON.parse(JSON.stringify(normalised(request, quirks))));
    const unused = request?.parallel_tool_calls !== undefined && !request.tools;
    expect(notes.map(({ param }) => param)).toEqual(unused ? ["parallelToolCalls"] : []);
  });
});

describe.skipIf(!recordingsExist)(`recorded errors${skipped}`, () => {
  const byStatus: Readonly<Record<number, string>> = {
    401: "authentication_failed",
    404: "model_not_found",
    429: "rate_limited",
  };

  test.each(failed.map((chat) => [chat.name, chat] as const))("%s", (_name, { status, text, body }) => {
    if (status === 200) {
      expect(codeOf(() => openAIChat.decodeResult(body))).toBe("content_filtered");
      return;
    }
    const tooLong = /context length|messages is too long|exceeded max context/.test(text);
    const expected = byStatus[status] ?? (tooLong ? "context_length_exceeded" : "invalid_request");
    expect(openAIChat.decodeError({ status, headers: {}, body: text }).code).toBe(expected);
  });

  test.each(failedStreams.map((chat) => [chat.name, chat] as const))("%s", (_name, chat) => {
    expect(codeOf(() => fold(chat))).toBe("invalid_request");
  });
});

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isGatewayError(error)) return error.code;
    throw error;
  }
  return "none";
}
