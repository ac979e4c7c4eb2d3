import { isGatewayError, type JsonObject, type JsonValue, TextCollector, type TextResult } from "@gw/core";
import type { Frame } from "../../src/frame.ts";
import { openAIChat } from "../../src/openai-chat/openai-chat.ts";

/** The code that running something fails with, or `none`. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isGatewayError(error)) return error.code;
    throw error;
  }
  return "none";
}

/** A chunk of one choice. */
export function chunk(delta: JsonObject | null, rest: JsonObject = {}): Frame {
  const choice = { index: 0, ...(delta !== null && { delta }), finish_reason: null, ...rest };
  return { data: JSON.stringify({ id: "chatcmpl-1", model: "m", choices: [choice] }) };
}

/** The terminator. */
export const done: Frame = { data: "[DONE]" };
/** A chunk that ends the answer. */
export const stop = chunk({}, { finish_reason: "stop" });

/** The answer that frames add up to. */
export function fold(frames: readonly Frame[]): TextResult {
  const decoder = openAIChat.streamDecoder();
  const collector = new TextCollector();
  for (const frame of frames) for (const event of decoder.push(frame)) collector.push(event);
  for (const event of decoder.end()) collector.push(event);
  return collector.result();
}

/** A fragment of a tool call. */
export function call(index: number | null, id: string | null, name: string | null, args: JsonValue): JsonObject {
  return { index, id, type: "function", function: { name, arguments: args } };
}
