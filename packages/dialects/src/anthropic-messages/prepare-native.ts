import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import type { NativePreparation } from "../text-dialect.ts";
import { envelopeIn } from "./decode-blocks.ts";

/**
 * What must differ in a body that goes to the vendor as it came: the model's id, and the history where it holds what another
 * vendor thought, sealed by the gateway in an earlier turn. The vendor could not verify it and would refuse the request.
 */
export function prepareNative(request: { readonly body: JsonObject; readonly model: string }): NativePreparation {
  const messages = withoutEnvelopes(request.body.messages);
  return {
    set: { model: request.model, ...(messages !== null && { messages }) },
    remove: [],
    hideUsage: false,
  };
}

/** The messages without sealed blocks, or `null` when there are none. */
function withoutEnvelopes(messages: JsonValue | undefined): JsonValue[] | null {
  if (!Array.isArray(messages)) return null;
  let found = false;
  const kept: JsonValue[] = [];
  for (const message of messages) {
    if (!isJsonObject(message) || message.role !== "assistant" || !Array.isArray(message.content)) {
      kept.push(message);
      continue;
    }
    const content = message.content.filter((block) => !isJsonObject(block) || envelopeIn(block) === null);
    if (content.length < message.content.length) found = true;
    if (content.length > 0 || message.content.length === 0) kept.push({ ...message, content });
  }
  return found ? kept : null;
}
