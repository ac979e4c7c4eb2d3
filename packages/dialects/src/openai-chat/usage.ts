import { isJsonObject, type JsonObject, type JsonValue, type Usage, unknownUsage } from "@gw/core";
import { costFields } from "../cost-fields.ts";
import type { ReplyContext } from "../text-dialect.ts";
import { tokenCount } from "../token-count.ts";

/**
 * Reads a usage object, whichever way its server counts.
 *
 * By the book the prompt includes what was cached and the completion what was thought. Servers that leave one of them
 * out give themselves away: the total is larger than prompt and completion together, or the part larger than its whole.
 *
 * @see recordings of 2025-2026 (xAI adds reasoning to the total only, Azure's Grok reports more cached than prompt tokens,
 * Gemini's compatible endpoint hides its thoughts in the total)
 */
export function decodeUsage(value: JsonValue | undefined): Usage {
  if (!isJsonObject(value)) return unknownUsage;
  const inputDetails = isJsonObject(value.prompt_tokens_details) ? value.prompt_tokens_details : {};
  const outputDetails = isJsonObject(value.completion_tokens_details) ? value.completion_tokens_details : {};
  const prompt = tokenCount(value.prompt_tokens);
  const completion = tokenCount(value.completion_tokens);
  const reasoning = tokenCount(outputDetails.reasoning_tokens) ?? tokenCount(value.reasoning_tokens);
  const cacheRead =
    tokenCount(inputDetails.cached_tokens) ??
    tokenCount(value.prompt_cache_hit_tokens) ??
    tokenCount(value.cached_tokens);
  const cacheWrite =
    tokenCount(inputDetails.cache_write_tokens) ?? tokenCount(inputDetails.cache_creation_input_tokens);
  const inputAudio = tokenCount(inputDetails.audio_tokens);
  const extra = extraTokens({
    prompt,
    completion,
    total: tokenCount(value.total_tokens),
    cached: (cacheRead ?? 0) + (cacheWrite ?? 0),
    reasoning: reasoning ?? 0,
    audio: inputAudio ?? 0,
  });
  return {
    inputTokens: prompt === null ? null : prompt + extra.input,
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    cacheWrite1hTokens: null,
    inputAudioTokens: inputAudio,
    inputImageTokens: tokenCount(inputDetails.image_tokens),
    outputTokens: completion === null ? null : completion + extra.output,
    reasoningTokens: reasoning,
    outputAudioTokens: tokenCount(outputDetails.audio_tokens),
    outputImageTokens: tokenCount(outputDetails.image_tokens),
    webSearches: webSearches(value),
    raw: value,
  };
}

interface Counts {
  readonly prompt: number | null;
  readonly completion: number | null;
  readonly total: number | null;
  readonly cached: number;
  readonly reasoning: number;
  readonly audio: number;
}

/** Tokens that the server did not count into its prompt and completion. */
function extraTokens(counts: Counts): { readonly input: number; readonly output: number } {
  const { prompt, completion, total, cached, reasoning, audio } = counts;
  if (prompt === null || completion === null) return { input: 0, output: 0 };
  const cachedOutside = cached > prompt ? cached : 0;
  const reasoningOutside = reasoning > completion ? reasoning : 0;
  const left = total === null ? 0 : total - prompt - completion;
  if (left <= 0) return { input: cachedOutside, output: reasoningOutside };
  if (left === reasoning) return { input: cachedOutside, output: reasoning };
  if (left === audio) return { input: audio + cachedOutside, output: reasoningOutside };
  if (left === cached) return { input: cached, output: reasoningOutside };
  if (left === reasoning + audio) return { input: audio + cachedOutside, output: reasoning };
  if (left === reasoning + cached) return { input: cached, output: reasoning };
  // Nobody says what the rest is. Thoughts that stay hidden are the only tokens known to be counted like this.
  return { input: cachedOutside, output: left };
}

function webSearches(usage: JsonObject): number | null {
  const tools = usage.server_tool_use_details ?? usage.server_tool_use;
  return (isJsonObject(tools) ? tokenCount(tools.web_search_requests) : null) ?? tokenCount(usage.num_search_queries);
}

/**
 * The usage object of an answer, or `null` when neither total is known.
 *
 * When only one total is known the other is written as 0: the format's own types demand a number.
 */
export function encodeUsage(usage: Usage, context?: ReplyContext): JsonObject | null {
  if (usage.inputTokens === null && usage.outputTokens === null) return null;
  const input = usage.inputTokens ?? 0;
  const output = usage.outputTokens ?? 0;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...details("prompt_tokens_details", {
      cached_tokens: usage.cacheReadTokens,
      cache_write_tokens: usage.cacheWriteTokens,
      audio_tokens: usage.inputAudioTokens,
      image_tokens: usage.inputImageTokens,
    }),
    ...details("completion_tokens_details", {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: usage.outputAudioTokens,
      image_tokens: usage.outputImageTokens,
    }),
    ...costFields(usage, context),
  };
}

function details(field: string, counts: Readonly<Record<string, number | null>>): JsonObject {
  const known = Object.entries(counts).filter(([, tokens]) => tokens !== null);
  return known.length === 0 ? {} : { [field]: Object.fromEntries(known) };
}

/** True for a usage that counts nothing: some servers send one before or after the real one. */
export function isEmptyUsage(value: JsonObject): boolean {
  return !tokenCount(value.prompt_tokens) && !tokenCount(value.completion_tokens) && !tokenCount(value.total_tokens);
}

/** The usage that a body or chunk carries, wherever it is. */
export function findUsage(body: JsonObject): JsonObject | null {
  if (isJsonObject(body.usage)) return body.usage;
  const wrapped = isJsonObject(body.x_groq) ? body.x_groq.usage : undefined;
  return isJsonObject(wrapped) ? wrapped : null;
}
