import { GatewayError, isJsonObject, type JsonValue, type TextRequest } from "@gw/core";
import { openAIResponses } from "@gw/dialects";
import type { SimpleExchange } from "@gw/provider-kit";
import { modelQuirks } from "./model-family.ts";

// Everything else is about the answer. @see openai SDK 7.55 `InputTokenCountParams`
const counted = new Set([
  "model",
  "input",
  "instructions",
  "conversation",
  "previous_response_id",
  "parallel_tool_calls",
  "reasoning",
  "text",
  "tool_choice",
  "tools",
  "truncation",
]);

/**
 * Asks how many tokens a request has, in the form of the Responses endpoint: chat completions has no such question.
 *
 * @see recorded 2026: `{"object": "response.input_tokens", "input_tokens": 9}`
 */
export function countTokens(request: TextRequest): SimpleExchange<{ readonly inputTokens: number }> {
  const { body, notes } = openAIResponses.encodeRequest(request, { stream: false }, modelQuirks(request));
  return {
    path: "/responses/input_tokens",
    body: Object.fromEntries(Object.entries(body).filter(([name]) => counted.has(name))),
    notes,
    read,
    decodeError: openAIResponses.decodeError,
  };
}

function read(body: JsonValue): { readonly inputTokens: number } {
  if (!isJsonObject(body) || typeof body.input_tokens !== "number")
    throw new GatewayError("reply_malformed", "The vendor's count has no input_tokens");
  return { inputTokens: body.input_tokens };
}
