import { GatewayError, isJsonObject, type JsonValue, TextCollector, type TextResult } from "@gw/core";
import { decodeLogprobs } from "./logprobs.ts";
import { ReplyReader } from "./reply-reader.ts";

/**
 * Reads a whole reply: the same reading as of a stream of one chunk, or of several where the reply to a request for a stream
 * was a list of them. A prompt that was blocked is an answer without content, finished by `content_filter`.
 *
 * @throws {GatewayError} the vendor's error when the body is one; `reply_malformed` when it holds no answer
 */
export function decodeResult(body: JsonValue): TextResult {
  const reader = new ReplyReader();
  const collector = new TextCollector();
  const chunks = Array.isArray(body) ? body : [body];
  for (const chunk of chunks) for (const event of reader.read(chunk)) collector.push(event);
  const candidates = chunks.flatMap((chunk) =>
    isJsonObject(chunk) && Array.isArray(chunk.candidates) ? chunk.candidates.slice(0, 1) : [],
  );
  if (candidates.length === 0 && !reader.finished)
    throw new GatewayError("reply_malformed", "The reply holds no candidate and no reason why");
  for (const event of reader.end()) collector.push(event);
  // Of one chunk they are those of all its texts together.
  const [candidate, ...more] = candidates;
  const logprobs = more.length === 0 && isJsonObject(candidate) ? decodeLogprobs(candidate.logprobsResult) : undefined;
  return { ...collector.result(), ...(logprobs !== undefined && { logprobs }) };
}
