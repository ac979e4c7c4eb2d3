import type { FinishReason } from "@gw/core/types";
import type { Answer, AnswerUsage } from "./answers.ts";
import type { Recording, TextFormat } from "./corpus.ts";

// What each format's words mean, and what each format says for a meaning. @see `finish_reason` and `Response.status` in openai
// 7.55, `StopReason` in @anthropic-ai/sdk 1.10, `FinishReason` in @google/genai 3.1.0; `eos` and the numbers are recorded,
// `model_length` and `error` are Mistral's (mistral-openapi-client 0.1.0 on docs.rs, read 2026-11-29).

const stopMeanings: Readonly<Record<TextFormat, Readonly<Record<string, FinishReason>>>> = {
  "openai-chat": {
    stop: "stop",
    eos: "stop",
    length: "length",
    model_length: "length",
    tool_calls: "tool_calls",
    function_call: "tool_calls",
    content_filter: "content_filter",
    error: "error",
  },
  "openai-responses": {
    completed: "stop",
    "incomplete: max_output_tokens": "length",
    "incomplete: content_filter": "content_filter",
  },
  "anthropic-messages": {
    end_turn: "stop",
    stop_sequence: "stop_sequence",
    max_tokens: "length",
    tool_use: "tool_calls",
    refusal: "content_filter",
    pause_turn: "pause",
    model_context_window_exceeded: "context_full",
  },
  gemini: {
    STOP: "stop",
    "1": "stop",
    MAX_TOKENS: "length",
    "2": "length",
    SAFETY: "content_filter",
    RECITATION: "content_filter",
    PROHIBITED_CONTENT: "content_filter",
    "blocked: PROHIBITED_CONTENT": "content_filter",
    "blocked: SAFETY": "content_filter",
    MALFORMED_FUNCTION_CALL: "error",
    UNEXPECTED_TOOL_CALL: "error",
    TOO_MANY_TOOL_CALLS: "error",
    OTHER: "error",
  },
};

/** Why an answer ended. @throws for a word that this table does not have. */
export function meaningOf(format: TextFormat, answer: Answer): FinishReason {
  const meaning = stopMeanings[format][String(answer.finish)];
  if (meaning === undefined) throw new Error(`The finish ${answer.finish} of ${format} is in no table`);
  if (meaning !== "stop") return meaning;
  if (answer.calls.length > 0 || answer.waits === true) return "tool_calls";
  return answer.refused ? "content_filter" : "stop";
}

const words: Readonly<Record<TextFormat, Readonly<Record<FinishReason, readonly string[]>>>> = {
  "openai-chat": {
    stop: ["stop"],
    stop_sequence: ["stop"],
    length: ["length"],
    context_full: ["length"],
    tool_calls: ["tool_calls"],
    content_filter: ["content_filter"],
    pause: ["stop"],
    error: ["error"],
  },
  "openai-responses": {
    stop: ["completed"],
    stop_sequence: ["completed"],
    length: ["incomplete: max_output_tokens"],
    context_full: ["incomplete: max_output_tokens"],
    tool_calls: ["completed"],
    content_filter: ["incomplete: content_filter"],
    pause: ["incomplete: pause"],
    error: ["failed"],
  },
  "anthropic-messages": {
    stop: ["end_turn"],
    stop_sequence: ["stop_sequence"],
    length: ["max_tokens"],
    context_full: ["model_context_window_exceeded"],
    tool_calls: ["tool_use"],
    content_filter: ["refusal"],
    pause: ["pause_turn"],
    error: ["error"],
  },
  gemini: {
    stop: ["STOP"],
    stop_sequence: ["STOP"],
    length: ["MAX_TOKENS"],
    context_full: ["MAX_TOKENS"],
    tool_calls: ["STOP"],
    content_filter: ["SAFETY"],
    pause: ["OTHER"],
    error: ["OTHER"],
  },
};

/** The words with which a format may say that an answer ended like this. */
export function wordsFor(format: TextFormat, meaning: FinishReason, refused: boolean): readonly string[] {
  // A refusal in words is a completed answer in OpenAI's formats.
  if (refused && format === "openai-chat") return ["stop"];
  if (refused && format === "openai-responses") return ["completed"];
  return words[format][meaning];
}

/** The usage in one way of counting: input with what was cached, output with what was thought. */
export function countedUsage({ vendor, format }: Recording, { usage }: Answer): AnswerUsage {
  const { input, cached, output, reasoning } = usage;
  if (format !== "openai-chat") return usage;
  if (vendor === "xai") return { ...usage, output: sum(output, reasoning) };
  // Grok behind Azure leaves cached tokens out of the prompt.
  if (vendor === "azure" && (cached ?? 0) > (input ?? 0)) return { ...usage, input: sum(input, cached) };
  return usage;
}

function sum(whole: number | null, part: number | null): number | null {
  return whole === null ? null : whole + (part ?? 0);
}
