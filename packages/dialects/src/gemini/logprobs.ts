import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";

/**
 * `logprobsResult` as OpenAI chat's `{content: [{token, logprob, bytes, top_logprobs}]}`, or `undefined` when it holds none.
 *
 * @see LogprobsResult in @google/genai 3.1.0; not recorded
 */
export function decodeLogprobs(result: JsonValue | undefined): JsonObject | undefined {
  if (!isJsonObject(result) || !Array.isArray(result.chosenCandidates)) return undefined;
  const top = Array.isArray(result.topCandidates) ? result.topCandidates : [];
  const content = result.chosenCandidates.map((chosen, position) => {
    const step = top[position];
    const others = isJsonObject(step) && Array.isArray(step.candidates) ? step.candidates : [];
    return { ...decodeToken(chosen), top_logprobs: others.map(decodeToken) };
  });
  return content.length === 0 ? undefined : { content };
}

function decodeToken(token: JsonValue): JsonObject {
  const fields = isJsonObject(token) ? token : {};
  return { token: fields.token ?? "", logprob: fields.logProbability ?? 0, bytes: null };
}

/** The reverse of {@link decodeLogprobs}. */
export function encodeLogprobs(logprobs: JsonObject): JsonObject | undefined {
  if (!Array.isArray(logprobs.content)) return undefined;
  const tokens = logprobs.content.filter(isJsonObject);
  return {
    chosenCandidates: tokens.map(encodeToken),
    topCandidates: tokens.map((token) => ({
      candidates: (Array.isArray(token.top_logprobs) ? token.top_logprobs : []).filter(isJsonObject).map(encodeToken),
    })),
  };
}

function encodeToken(token: JsonObject): JsonObject {
  return { token: token.token, logProbability: token.logprob };
}
