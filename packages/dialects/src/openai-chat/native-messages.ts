import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import { isForeignDetail } from "./reasoning-details.ts";

/**
 * The messages of a caller without what the gateway put into them when it translated another vendor's earlier answer, or
 * `null` where they hold nothing of it. Strict servers refuse fields that they do not know.
 */
export function nativeMessages(messages: JsonValue | undefined): JsonValue[] | null {
  if (!Array.isArray(messages)) return null;
  let changed = false;
  const own = messages.map((message) => {
    if (!isJsonObject(message) || message.role !== "assistant") return message;
    const cleaned = withoutForeignCalls(withoutForeignReasoning(message));
    if (cleaned !== message) changed = true;
    return cleaned;
  });
  return changed ? own : null;
}

function withoutForeignReasoning(message: JsonObject): JsonObject {
  if (!Array.isArray(message.reasoning_details)) return message;
  const own = message.reasoning_details.filter((item) => !isJsonObject(item) || !isForeignDetail(item));
  if (own.length === message.reasoning_details.length) return message;
  // The plain text says the same again.
  const { reasoning_details: _details, reasoning_content: _text, ...rest } = message;
  return own.length === 0 ? rest : { ...rest, reasoning_details: own };
}

function withoutForeignCalls(message: JsonObject): JsonObject {
  if (!Array.isArray(message.tool_calls)) return message;
  const calls = message.tool_calls.map((call) => (isJsonObject(call) ? withoutEnvelope(call) : call));
  return calls.every((call, index) => call === (message.tool_calls as JsonValue[])[index])
    ? message
    : { ...message, tool_calls: calls };
}

function withoutEnvelope(call: JsonObject): JsonObject {
  const { extra_content, ...rest } = call;
  if (!isJsonObject(extra_content) || extra_content.gw === undefined) return call;
  const { gw: _envelope, ...others } = extra_content;
  return Object.keys(others).length === 0 ? rest : { ...rest, extra_content: others };
}
