import { isJsonObject, type JsonObject, type JsonValue, type Usage, unknownUsage } from "@gw/core";
import { costFields } from "../cost-fields.ts";
import type { ReplyContext } from "../text-dialect.ts";
import { tokenCount } from "../token-count.ts";

const costNames = { costUsd: "costUsd", limitRemainingUsd: "limitRemainingUsd" };

/**
 * Reads `usageMetadata`, in which thoughts stand beside the candidates' tokens, the prompt of built-in tools beside the
 * prompt, and cached tokens inside it. A count of 0 is left out on the wire, so the candidates' count is taken from the total
 * where it is missing.
 *
 * @see `totalTokenCount` in @google/genai 3.1.0: the sum of prompt, candidates, toolUse and thoughts, as recorded
 */
export function decodeUsage(value: JsonValue | undefined): Usage {
  if (!isJsonObject(value)) return unknownUsage;
  const prompt = tokenCount(value.promptTokenCount);
  const toolUse = tokenCount(value.toolUsePromptTokenCount);
  const thoughts = tokenCount(value.thoughtsTokenCount);
  const inputTokens = prompt === null ? toolUse : prompt + (toolUse ?? 0);
  const input = [value.promptTokensDetails, value.toolUsePromptTokensDetails];
  const output = [value.candidatesTokensDetails];
  return {
    ...unknownUsage,
    inputTokens,
    cacheReadTokens: tokenCount(value.cachedContentTokenCount),
    inputAudioTokens: modality(input, "AUDIO"),
    inputImageTokens: modality(input, "IMAGE"),
    outputTokens: outputTokens(
      tokenCount(value.candidatesTokenCount),
      thoughts,
      tokenCount(value.totalTokenCount),
      inputTokens,
    ),
    reasoningTokens: thoughts,
    outputAudioTokens: modality(output, "AUDIO"),
    outputImageTokens: modality(output, "IMAGE"),
    raw: value,
  };
}

function outputTokens(candidates: number | null, thoughts: number | null, total: number | null, input: number | null) {
  if (candidates !== null) return candidates + (thoughts ?? 0);
  return total !== null && input !== null ? Math.max(total - input, 0) : thoughts;
}

/** True for usage that counts something: early chunks of a stream carry a traffic type and no counts (recorded 2026). */
export function hasCounts(value: JsonValue | undefined): value is JsonObject {
  return isJsonObject(value) && Object.keys(value).some((name) => name.endsWith("TokenCount"));
}

function modality(lists: readonly (JsonValue | undefined)[], name: string): number | null {
  let sum: number | null = null;
  for (const list of lists) {
    for (const entry of Array.isArray(list) ? list : []) {
      if (isJsonObject(entry) && entry.modality === name) sum = (sum ?? 0) + (tokenCount(entry.tokenCount) ?? 0);
    }
  }
  return sum;
}

/**
 * Writes `usageMetadata`; what is not known is left out, and the whole where nothing is. The format has no word for tokens
 * written to a cache.
 */
export function encodeUsage(usage: Usage, context?: ReplyContext): JsonObject | undefined {
  const { inputTokens, outputTokens, reasoningTokens } = usage;
  const metadata: JsonObject = {};
  if (inputTokens !== null) metadata.promptTokenCount = inputTokens;
  if (usage.cacheReadTokens !== null) metadata.cachedContentTokenCount = usage.cacheReadTokens;
  if (outputTokens !== null) metadata.candidatesTokenCount = Math.max(outputTokens - (reasoningTokens ?? 0), 0);
  if (reasoningTokens !== null) metadata.thoughtsTokenCount = reasoningTokens;
  if (inputTokens !== null && outputTokens !== null) metadata.totalTokenCount = inputTokens + outputTokens;
  const prompt = details(usage.inputAudioTokens, usage.inputImageTokens);
  if (prompt.length > 0) metadata.promptTokensDetails = prompt;
  const candidates = details(usage.outputAudioTokens, usage.outputImageTokens);
  if (candidates.length > 0) metadata.candidatesTokensDetails = candidates;
  if (Object.keys(metadata).length === 0) return undefined;
  return { ...metadata, ...costFields(usage, context, costNames) };
}

function details(audio: number | null, image: number | null): JsonValue[] {
  const list: JsonValue[] = [];
  if (audio !== null) list.push({ modality: "AUDIO", tokenCount: audio });
  if (image !== null) list.push({ modality: "IMAGE", tokenCount: image });
  return list;
}
