import type { AssistantPart, JsonObject, TextResult } from "@gw/core/types";
import type { ReplyContext } from "../text-dialect.ts";
import { openAIResponsesId, ownOptions } from "./dialect-id.ts";
import { encodeOutputItem, outputItemId, signatureItem } from "./encode-output.ts";
import { finishedResponse } from "./response-shell.ts";

/** A whole answer as a response object, with the fields that the official SDK's types demand. */
export function encodeResult(result: TextResult, context: ReplyContext): JsonObject {
  const output: JsonObject[] = [];
  for (const part of withLogprobs(result)) {
    const item = encodeOutputItem(part, outputItemId(part, context.id, output.length));
    if (item !== null) output.push(item);
    const signature = part.type === "tool-call" ? signatureItem(part, context.id, output.length) : null;
    if (signature !== null) output.push(signature);
  }
  return finishedResponse(context, output, result).response;
}

/** Log probabilities belong to the answer in other formats, and to its text here. */
function withLogprobs(result: TextResult): readonly AssistantPart[] {
  const entries = result.logprobs?.content;
  const position = result.content.findIndex((part) => part.type === "text");
  const text = result.content[position];
  if (!Array.isArray(entries) || text === undefined || ownOptions(text).logprobs !== undefined) return result.content;
  const own = { ...ownOptions(text), logprobs: entries };
  const providerOptions = { ...text.providerOptions, [openAIResponsesId]: own };
  return result.content.with(position, { ...text, providerOptions });
}
