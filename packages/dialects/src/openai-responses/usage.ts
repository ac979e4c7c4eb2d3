import { isJsonObject, type JsonObject, type JsonValue, type Usage, unknownUsage } from "@gw/core";
import { costFields } from "../cost-fields.ts";
import type { ReplyContext } from "../text-dialect.ts";
import { tokenCount } from "../token-count.ts";

/**
 * The usage of a response object. Input includes cached tokens and output includes reasoning, for every recorded host.
 *
 * @see recorded 2026: 160 of 160 usage objects have `total_tokens` = input + output
 */
export function decodeUsage(response: JsonObject): Usage {
  const usage = response.usage;
  if (!isJsonObject(usage)) return unknownUsage;
  const input = objectOr(usage.input_tokens_details);
  const output = objectOr(usage.output_tokens_details);
  return {
    ...unknownUsage,
    inputTokens: tokenCount(usage.input_tokens),
    cacheReadTokens: tokenCount(input.cached_tokens),
    cacheWriteTokens: tokenCount(input.cache_write_tokens),
    inputAudioTokens: tokenCount(input.audio_tokens),
    inputImageTokens: tokenCount(input.image_tokens),
    outputTokens: tokenCount(usage.output_tokens),
    reasoningTokens: tokenCount(output.reasoning_tokens),
    outputAudioTokens: tokenCount(output.audio_tokens),
    webSearches: webSearches(response, usage),
    raw: usage,
  };
}

/**
 * Two places, by host: beside the usage, and inside it. Where neither is there, the searches among the output are counted: opening a
 * page that was found is none.
 *
 * @see recorded 2025 and 2026: OpenAI and Azure gave no count with `web_search_call` items of `search`, `open_page`, `find_in_page`
 */
function webSearches({ output, tool_usage }: JsonObject, usage: JsonObject): number | null {
  const beside = objectOr(objectOr(tool_usage).web_search).num_requests;
  const told = tokenCount(beside) ?? tokenCount(objectOr(usage.server_side_tool_usage_details).web_search_calls);
  if (told !== null || !Array.isArray(output)) return told;
  const calls = output.map(objectOr).filter(({ type }) => type === "web_search_call");
  return calls.length === 0 ? null : calls.filter(({ action }) => objectOr(action).type === "search").length;
}

/**
 * A usage for a caller; `null` where neither total is known.
 * The official SDK's type demands a number everywhere, so that an unknown part is written as 0.
 */
export function encodeUsage(usage: Usage, context?: ReplyContext): JsonObject | null {
  if (usage.inputTokens === null && usage.outputTokens === null) return null;
  const input = usage.inputTokens ?? 0;
  const output = usage.outputTokens ?? 0;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cacheReadTokens ?? 0,
      cache_write_tokens: usage.cacheWriteTokens ?? 0,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + output,
    ...costFields(usage, context),
  };
}

function objectOr(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
