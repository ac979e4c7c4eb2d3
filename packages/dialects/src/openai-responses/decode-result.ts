import { isJsonObject, type JsonObject, type JsonValue, type TextResult } from "@gw/core";
import { decodeItem } from "./decode-item.ts";
import { decodeEnding, noSigns, readSigns } from "./ending.ts";
import { errorInside, malformed } from "./errors.ts";

/**
 * A whole reply.
 *
 * @throws {GatewayError} the vendor's error for an error body or a failed response; `reply_malformed` for anything that is not
 * a finished response
 */
export function decodeResult(body: JsonValue): TextResult {
  if (!isJsonObject(body)) throw malformed("The reply is not an object");
  if (!Array.isArray(body.output)) throw body.error ? errorInside(body) : malformed("The reply has no output");
  const responseId = typeof body.id === "string" ? body.id : null;
  const signs = noSigns();
  const items = body.output.map((item): JsonObject => {
    if (!isJsonObject(item)) throw malformed("An output item is not an object");
    readSigns(item, signs);
    return item;
  });
  const ending = decodeEnding(body, signs);
  const logprobs = logprobsOf(items);
  return {
    id: responseId,
    model: typeof body.model === "string" ? body.model : null,
    content: items.flatMap((item, outputIndex) => decodeItem(item, { responseId, outputIndex })),
    ...ending,
    ...(logprobs.length > 0 && { logprobs: { content: logprobs } }),
  };
}

/** Each entry has the form of the chat dialect's (recorded 2026), so that the list is theirs. */
function logprobsOf(items: readonly JsonObject[]): JsonValue[] {
  const entries: JsonValue[] = [];
  for (const item of items) {
    if (item.type !== "message" || !Array.isArray(item.content)) continue;
    for (const part of item.content) {
      if (isJsonObject(part) && Array.isArray(part.logprobs)) entries.push(...part.logprobs);
    }
  }
  return entries;
}
