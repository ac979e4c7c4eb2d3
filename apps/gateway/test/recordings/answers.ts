import type { TextFormat } from "./corpus.ts";
import { wireData } from "./corpus.ts";

// Readers of raw answers by field access alone: a second opinion, which shares nothing with the codecs. What a vendor counts in
// its own way is put right by `countedUsage`, by vendor (xAI: vercel/ai#12425 of 2026-02-11; Grok on Azure: recorded).

// biome-ignore lint/suspicious/noExplicitAny: JSON off the wire
type Raw = any;

/** What an answer says, whatever format it is in. */
export interface Answer {
  /** Text and refusals. */
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly { readonly name: string; readonly arguments: unknown }[];
  readonly refused: boolean;
  /** The caller has to answer a call that only this format has. */
  readonly waits?: boolean;
  /** The format's own word; of a response its status, with the reason of an incomplete one. */
  readonly finish: string | null;
  readonly usage: AnswerUsage;
}

/** Tokens; `null` where the answer does not say. */
export interface AnswerUsage {
  readonly input: number | null;
  readonly cached: number | null;
  readonly output: number | null;
  readonly reasoning: number | null;
}

/** Reads an answer of a format, whole or streamed. */
export function readAnswer(format: TextFormat, text: string, stream: boolean): Answer {
  switch (format) {
    case "openai-chat":
      return stream ? chatStream(wireData(text)) : chatAnswer(JSON.parse(text));
    case "openai-responses":
      return responsesAnswer(stream ? lastResponse(wireData(text)) : JSON.parse(text));
    case "anthropic-messages":
      return stream ? messagesStream(wireData(text)) : messagesAnswer(JSON.parse(text));
    case "gemini":
      return geminiAnswer(stream ? wireData(text) : [JSON.parse(text)]);
  }
}

const join = (texts: readonly unknown[]) => texts.map((text) => (typeof text === "string" ? text : "")).join("");

/** Arguments as a value: text is parsed where it is JSON, and nothing at all is an empty object. */
function parseArguments(value: unknown): unknown {
  if (value === undefined || value === null || value === "") return {};
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function chatAnswer(body: Raw): Answer {
  const first = body.choices[0];
  const choices = body.choices.filter((choice: Raw) => (choice.index ?? 0) === (first.index ?? 0));
  return chatSaid(
    choices.map((choice: Raw) => choice.message),
    choices.flatMap(({ message }: Raw) =>
      message.function_call ? [{ function: message.function_call }] : (message.tool_calls ?? []),
    ),
    choices.findLast((choice: Raw) => choice.finish_reason)?.finish_reason,
    body.usage ?? body.x_groq?.usage,
  );
}

function chatStream(chunks: readonly Raw[]): Answer {
  const choices = chunks.flatMap((chunk) => chunk.choices ?? []).filter((choice: Raw) => (choice.index ?? 0) === 0);
  const deltas = choices.map((choice: Raw) => choice.delta).filter(Boolean);
  const calls: Raw[] = [];
  for (const delta of deltas) {
    const fragments = delta.function_call ? [{ index: 0, function: delta.function_call }] : (delta.tool_calls ?? []);
    for (const { index, id, function: part } of fragments) {
      const isSame = (known: Raw) => known.index === (index ?? known.index) && (!id || !known.id || id === known.id);
      const call = calls.find(isSame) ?? { index, id, function: { name: "", arguments: "" } };
      if (!calls.includes(call)) calls.push(call);
      call.function.name ||= part?.name ?? "";
      const more = part?.arguments ?? "";
      call.function.arguments = typeof more === "string" ? call.function.arguments + more : more;
    }
  }
  const usages = chunks.map((chunk) => chunk.usage ?? chunk.x_groq?.usage).filter(Boolean);
  return chatSaid(
    deltas,
    calls,
    choices.findLast((choice: Raw) => choice.finish_reason)?.finish_reason,
    usages.findLast((usage: Raw) => usage.total_tokens > 0 || usage.prompt_tokens > 0) ?? usages.at(-1),
  );
}

function chatSaid(messages: readonly Raw[], calls: readonly Raw[], finish: string | undefined, usage: Raw): Answer {
  const blocks = messages.flatMap(({ content }) =>
    Array.isArray(content) ? content : [{ type: "text", text: content ?? "" }],
  );
  const refusal = join(messages.map((message) => message.refusal));
  return {
    text: join(blocks.map((block: Raw) => (block.type === "text" ? block.text : ""))) + refusal,
    reasoning:
      chatReasoning(messages) +
      join(blocks.flatMap((block: Raw) => (block.type === "thinking" ? thinkingTexts(block.thinking) : []))),
    calls: calls.map((call) => ({ name: call.function.name, arguments: parseArguments(call.function.arguments) })),
    refused: refusal !== "",
    finish: finish ?? null,
    usage: {
      input: usage?.prompt_tokens ?? null,
      cached:
        usage?.prompt_tokens_details?.cached_tokens ?? usage?.prompt_cache_hit_tokens ?? usage?.cached_tokens ?? null,
      output: usage?.completion_tokens ?? null,
      reasoning: usage?.completion_tokens_details?.reasoning_tokens ?? usage?.reasoning_tokens ?? null,
    },
  };
}

// The same words may stand in the plain field and in the items beside it.
function chatReasoning(messages: readonly Raw[]): string {
  const plain = join(messages.map((message) => message.reasoning_content ?? message.reasoning));
  const items = messages.flatMap((message) => message.reasoning_details ?? []);
  return plain || join(items.map((item: Raw) => item.text ?? item.summary));
}

function thinkingTexts(thinking: Raw): readonly string[] {
  return Array.isArray(thinking) ? thinking.map((item: Raw) => item.text) : [thinking];
}

/** The finished response; its items are those that were finished one by one, which some hosts do not repeat. */
function lastResponse(events: readonly Raw[]): Raw {
  const last = events.findLast((event) => /^response\.(?:completed|incomplete|failed)$/.test(event.type));
  const done = events.filter((event) => event.type === "response.output_item.done").map((event) => event.item);
  return { ...last?.response, output: done.length > 0 ? done : (last?.response.output ?? []) };
}

function responsesAnswer(body: Raw): Answer {
  const parts = body.output.flatMap((item: Raw) => (item.type === "message" ? item.content : []));
  const reason = body.incomplete_details?.reason;
  return {
    text: join(parts.map((part: Raw) => (part.type === "output_text" ? part.text : part.refusal))),
    reasoning: join(
      body.output.flatMap((item: Raw) =>
        item.type === "reasoning" ? [...(item.summary ?? []), ...(item.content ?? [])].map((part) => part.text) : [],
      ),
    ),
    calls: body.output.flatMap((item: Raw) =>
      item.type === "function_call" ? [{ name: item.name, arguments: parseArguments(item.arguments) }] : [],
    ),
    refused: parts.some((part: Raw) => part.type === "refusal"),
    waits: /^(?:custom_tool|local_shell|apply_patch)_call$/.test(body.output.at(-1)?.type),
    finish: body.status === "incomplete" ? `incomplete: ${reason}` : (body.status ?? null),
    usage: {
      input: body.usage?.input_tokens ?? null,
      cached: body.usage?.input_tokens_details?.cached_tokens ?? null,
      output: body.usage?.output_tokens ?? null,
      reasoning: body.usage?.output_tokens_details?.reasoning_tokens ?? null,
    },
  };
}

function messagesStream(events: readonly Raw[]): Answer {
  const blocks: Raw[] = [];
  let message: Raw = {};
  let usage: Raw = {};
  const report = (later: Raw) => {
    usage = { ...usage, ...Object.fromEntries(Object.entries(later ?? {}).filter(([, value]) => value != null)) };
  };
  for (const event of events) {
    switch (event.type) {
      case "message_start":
        message = { ...event.message };
        report(event.message.usage);
        break;
      case "content_block_start":
        blocks[event.index] = { ...event.content_block, json: "" };
        break;
      case "content_block_delta": {
        const block = blocks[event.index];
        block.text = join([block.text, event.delta.text]);
        block.thinking = join([block.thinking, event.delta.thinking]);
        block.json += event.delta.partial_json ?? "";
        break;
      }
      case "message_delta":
        message.stop_reason = event.delta.stop_reason ?? message.stop_reason;
        report(event.usage);
        break;
    }
  }
  const content = blocks.map((block) => (block.json === "" ? block : { ...block, input: parseArguments(block.json) }));
  return messagesAnswer({ ...message, content, usage });
}

function messagesAnswer({ content, stop_reason: finish, usage }: Raw): Answer {
  const cached = usage?.cache_read_input_tokens ?? null;
  return {
    text: join(content.map((block: Raw) => (block.type === "text" ? block.text : ""))),
    reasoning: join(content.map((block: Raw) => (block.type === "thinking" ? block.thinking : ""))),
    calls: content.flatMap((block: Raw) =>
      block.type === "tool_use" ? [{ name: block.name, arguments: parseArguments(block.input) }] : [],
    ),
    refused: false,
    finish: finish ?? null,
    usage: {
      input: usage?.input_tokens + (cached ?? 0) + (usage?.cache_creation_input_tokens ?? 0),
      cached,
      output: usage?.output_tokens ?? null,
      reasoning: usage?.output_tokens_details?.thinking_tokens ?? null,
    },
  };
}

function geminiAnswer(chunks: readonly Raw[]): Answer {
  const candidates = chunks.flatMap((chunk) => (chunk.candidates ?? []).slice(0, 1));
  const parts = candidates.flatMap((candidate: Raw) => candidate.content?.parts ?? []);
  const usage: Raw = chunks.findLast((chunk) => chunk.usageMetadata?.promptTokenCount !== undefined)?.usageMetadata;
  const blocked = chunks.find((chunk) => chunk.promptFeedback?.blockReason)?.promptFeedback.blockReason;
  const thoughts = usage?.thoughtsTokenCount ?? null;
  return {
    text: join(parts.map((part: Raw) => (part.thought === true ? "" : part.text))),
    reasoning: join(parts.map((part: Raw) => (part.thought === true ? part.text : ""))),
    calls: geminiCalls(parts.map((part: Raw) => part.functionCall).filter(Boolean)),
    refused: false,
    finish:
      candidates.findLast((candidate: Raw) => candidate.finishReason)?.finishReason ??
      (blocked === undefined ? null : `blocked: ${blocked}`),
    usage: {
      input:
        usage?.promptTokenCount === undefined ? null : usage.promptTokenCount + (usage.toolUsePromptTokenCount ?? 0),
      cached: usage?.cachedContentTokenCount ?? null,
      // A count of 0 is not written, but then the total still is.
      output: usage?.totalTokenCount === undefined ? null : (usage.candidatesTokenCount ?? 0) + (thoughts ?? 0),
      reasoning: thoughts,
    },
  };
}

/** Calls that come whole, or as a name and then pieces with the paths of what they bring. */
function geminiCalls(pieces: readonly Raw[]): Answer["calls"] {
  const calls: { name: string; arguments: Raw }[] = [];
  for (const { name, args, partialArgs } of pieces) {
    if (name !== undefined) calls.push({ name, arguments: parseArguments(args) });
    for (const piece of partialArgs ?? []) {
      const steps = piece.jsonPath.match(/[^$.[\]]+/g) as string[];
      const last = steps.pop() as string;
      let target = calls.at(-1)?.arguments;
      steps.forEach((step, index) => {
        target[step] ??= /^\d+$/.test(steps[index + 1] ?? last) ? [] : {};
        target = target[step];
      });
      if (piece.stringValue !== undefined) target[last] = (target[last] ?? "") + piece.stringValue;
      else target[last] = piece.numberValue ?? piece.boolValue ?? null;
    }
  }
  return calls;
}
