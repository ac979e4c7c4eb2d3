import { GatewayError, isJsonObject, type JsonValue, TextCollector, type TextResult } from "@gw/core";
import { decodeLogprobs } from "./logprobs.ts";
import { ReplyReader } from "./reply-reader.ts";

/**
 * Reads a whole reply: the same reading as of a stream of one chunk. A prompt that was blocked is an answer without content,
 * finished by `content_filter`.
 *
 * @throws {GatewayError} the vendor's error when the body is one; `reply_malformed` when it holds no answer
 */
export function decodeResult(body: JsonValue): TextResult {
  const reader = new ReplyReader();
  const collector = new TextCollector();
  for (const event of reader.read(body)) collector.push(event);
  const candidate = isJsonObject(body) && Array.isArray(body.candidates) ? body.candidates[0] : undefined;
  if (candidate === undefined && !reader.finished)
    throw new GatewayError("reply_malformed", "The reply holds no candidate and no reason why");
  for (const event of reader.end()) collector.push(event);
  const logprobs = isJsonObject(candidate) ? decodeLogprobs(candidate.logprobsResult) : undefined;
  return { ...collector.result(), ...(logprobs !== undefined && { logprobs }) };
}
