import { isJsonObject, type JsonObject, type JsonValue, type Usage, unknownUsage } from "@gw/core";
import { costFields } from "../cost-fields.ts";
import type { ReplyContext } from "../text-dialect.ts";
import { tokenCount } from "../token-count.ts";

/**
 * The counts of a `usage` object. `input_tokens` leaves cached tokens out, so they are added to make the total.
 *
 * What `iterations` bills beside the totals (compaction, advisors with models of their own) is only in `raw`.
 *
 * @see recorded 2024 to 2026; `Usage` in @anthropic-ai/sdk 1.10
 */
export function decodeUsage(value: JsonValue | undefined): Usage {
  if (!isJsonObject(value)) return unknownUsage;
  const input = tokenCount(value.input_tokens);
  const cacheRead = tokenCount(value.cache_read_input_tokens);
  const cacheWrite = tokenCount(value.cache_creation_input_tokens);
  return {
    ...unknownUsage,
    inputTokens: input === null ? null : input + (cacheRead ?? 0) + (cacheWrite ?? 0),
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    cacheWrite1hTokens: countIn(value.cache_creation, "ephemeral_1h_input_tokens"),
    outputTokens: tokenCount(value.output_tokens),
    reasoningTokens: countIn(value.output_tokens_details, "thinking_tokens"),
    webSearches: countIn(value.server_tool_use, "web_search_requests"),
    raw: value,
  };
}

function countIn(value: JsonValue | undefined, key: string): number | null {
  return isJsonObject(value) ? tokenCount(value[key]) : null;
}

/**
 * A later `usage` of a stream laid over the earlier one. Counts are running totals, and only some events repeat all of them;
 * the last word counts even where it is smaller.
 *
 * @see recorded 2026: after a compaction `input_tokens` falls from 60385 at the start to 612 at the end
 */
export function mergeUsage(earlier: JsonObject, later: JsonValue | undefined): JsonObject {
  if (!isJsonObject(later)) return earlier;
  const merged: JsonObject = { ...earlier };
  for (const [key, value] of Object.entries(later)) if (value !== null && value !== undefined) merged[key] = value;
  return merged;
}

/**
 * A `usage` object for callers. Unknown counts are `null`, except for `input_tokens` and `output_tokens`, which the
 * format's SDK types as numbers: they are 0 then.
 */
export function encodeUsage(usage: Usage, context?: ReplyContext): JsonObject {
  const read = usage.cacheReadTokens;
  const write = usage.cacheWriteTokens;
  const write1h = usage.cacheWrite1hTokens;
  return {
    input_tokens: Math.max(0, (usage.inputTokens ?? 0) - (read ?? 0) - (write ?? 0)),
    cache_creation_input_tokens: write,
    cache_read_input_tokens: read,
    cache_creation:
      write === null || write1h === null
        ? null
        : { ephemeral_5m_input_tokens: write - write1h, ephemeral_1h_input_tokens: write1h },
    output_tokens: usage.outputTokens ?? 0,
    output_tokens_details: usage.reasoningTokens === null ? null : { thinking_tokens: usage.reasoningTokens },
    server_tool_use: usage.webSearches === null ? null : { web_search_requests: usage.webSearches },
    ...costFields(usage, context),
  };
}
