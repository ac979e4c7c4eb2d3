import {
  type FinishReason,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type TextEnding,
  type Usage,
  unknownUsage,
} from "@gw/core";
import { tokenCount } from "@gw/dialects";
import { dialectId } from "./dialect-id.ts";

/** @see `StopReason` in @aws-sdk/client-bedrock-runtime 3.1162 */
const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop_sequence",
  max_tokens: "length",
  tool_use: "tool_calls",
  guardrail_intervened: "content_filter",
  content_filtered: "content_filter",
  model_context_window_exceeded: "context_full",
};

/** What the wire says of an answer's end. */
export interface WireEnding {
  readonly stopReason: string;
  readonly usage: JsonValue | undefined;
  /** Everything else at the top of the answer. */
  readonly rest: Record<string, JsonValue>;
}

/** How an answer ended. A stop reason that is not known (`malformed_tool_use`, say) counts as a failure. */
export function decodeEnding({ stopReason, usage, rest }: WireEnding, hasToolCalls: boolean): TextEnding {
  const reason = Object.hasOwn(reasons, stopReason) ? (reasons[stopReason] as FinishReason) : "error";
  return {
    finishReason: reason === "stop" && hasToolCalls ? "tool_calls" : reason,
    rawFinishReason: stopReason,
    stopSequence: null,
    usage: decodeUsage(usage),
    ...(Object.keys(rest).length > 0 && { providerMetadata: { [dialectId]: rest } }),
  };
}

/**
 * The counts of a `usage` object. `inputTokens` leaves cached tokens out, so they are added to make the total.
 *
 * @see anomalyco/opencode#38427 (read 2026-11-29); `TokenUsage` in @aws-sdk/client-bedrock-runtime 3.1162
 */
function decodeUsage(usage: JsonValue | undefined): Usage {
  if (!isJsonObject(usage)) return unknownUsage;
  const input = tokenCount(usage.inputTokens);
  const cacheRead = tokenCount(usage.cacheReadInputTokens);
  const cacheWrite = tokenCount(usage.cacheWriteInputTokens);
  return {
    ...unknownUsage,
    inputTokens: input === null ? null : input + (cacheRead ?? 0) + (cacheWrite ?? 0),
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    cacheWrite1hTokens: hourlyWrites(usage.cacheDetails),
    outputTokens: tokenCount(usage.outputTokens),
    raw: usage,
  };
}

function hourlyWrites(details: JsonValue | undefined): number | null {
  if (!Array.isArray(details)) return null;
  const hourly = details.filter((detail): detail is JsonObject => isJsonObject(detail) && detail.ttl === "1h");
  return hourly.reduce((sum, detail) => sum + (tokenCount(detail.inputTokens) ?? 0), 0);
}

/** The fields of an object beyond the named ones. */
export function otherFields(value: JsonObject, known: readonly string[]): Record<string, JsonValue> {
  const rest: Record<string, JsonValue> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field !== null && field !== undefined && !known.includes(key)) rest[key] = field;
  }
  return rest;
}
