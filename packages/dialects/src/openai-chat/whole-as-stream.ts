import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import type { Frame } from "../frame.ts";
import { terminator } from "./stream-decoder.ts";

/**
 * The whole answer of a server that was asked for a stream, as the stream it could have been: one chunk with all that was
 * said, and one with the usage where the caller asked for it.
 *
 * @param request the caller's body
 */
export function wholeAsStream(answer: JsonValue, request: JsonObject): Frame[] {
  const { choices, usage, ...head } = isJsonObject(answer) ? answer : {};
  const said = Array.isArray(choices) ? choices.filter(isJsonObject) : [];
  const chunks: JsonObject[] = [{ ...head, object: "chat.completion.chunk", choices: said.map(asChunkChoice) }];
  const options = request.stream_options;
  if (usage !== undefined && isJsonObject(options) && options.include_usage === true) {
    chunks.push({ ...head, object: "chat.completion.chunk", choices: [], usage });
  }
  return [...chunks.map((chunk) => ({ data: JSON.stringify(chunk) })), { data: terminator }];
}

/** A whole answer has ended, whether or not it says why. */
function asChunkChoice({ message, ...choice }: JsonObject): JsonObject {
  return { ...choice, delta: asDelta(message), finish_reason: choice.finish_reason ?? "stop" };
}

/** Clients tell the calls of a stream apart by their index. */
function asDelta(message: JsonValue | undefined): JsonObject {
  if (!isJsonObject(message)) return {};
  if (!Array.isArray(message.tool_calls)) return message;
  const calls = message.tool_calls.map((call, index) => (isJsonObject(call) ? { index, ...call } : call));
  return { ...message, tool_calls: calls };
}
