import { GatewayError, type JsonObject, type TextEvent, type TextResult, type Usage } from "@gw/core";
import { type Frame, openAIChat, type StreamEncoder, type TextDialect } from "@gw/dialects";
import { translateText } from "../lanes/translate-text.ts";
import { type DecodedCall, streamOf } from "../pipeline/decode.ts";
import { paramName } from "./text-endpoint.ts";

/**
 * A prompt without a conversation: `{prompt}` or `{input: "text"}` in, `{response, usage}` out.
 *
 * No vendor speaks it, so it is always translated. Parameters beside the prompt are those of OpenAI chat, and two that stand
 * beside `input` where OpenAI itself has it: `instructions` and `max_output_tokens`. A stream is `{"response": "..."}` chunks, a
 * last one with the usage, and `[DONE]`.
 */
export function runPrompt(model: string, input: JsonObject): DecodedCall {
  const { prompt, input: text, instructions = null, max_output_tokens: bound, ...parameters } = input;
  if (instructions !== null && typeof instructions !== "string") {
    throw new GatewayError("invalid_request", "instructions must be a string", { param: "instructions" });
  }
  const system = instructions === null ? [] : [{ role: "system", content: instructions }];
  return promptCall(model, {
    ...(bound !== undefined && { max_tokens: bound }),
    ...parameters,
    model,
    messages: [...system, { role: "user", content: prompt ?? text ?? "" }],
  });
}

function promptCall(model: string, body: JsonObject): DecodedCall {
  return {
    modality: "text",
    operation: "generate",
    dialect: "run-prompt",
    model,
    stream: streamOf(body),
    raw: new Uint8Array(),
    body,
    framing: "sse",
    paramName: (neutral) => paramName(openAIChat, neutral),
    withBody: (next) => promptCall(model, next),
    translate: async (target, call, context) =>
      translateText(promptDialect, openAIChat.decodeRequest(body), target, call, context),
  };
}

const promptDialect: TextDialect = { ...openAIChat, encodeResult, streamEncoder };

function encodeResult(result: TextResult): JsonObject {
  const toolCalls = result.content.filter((part) => part.type === "tool-call");
  const spoken = result.content.filter((part) => part.type === "text" || part.type === "refusal");
  return {
    response: spoken.map((part) => part.text).join(""),
    ...(toolCalls.length > 0 && {
      tool_calls: toolCalls.map((part) => ({ id: part.id, name: part.name, arguments: part.arguments })),
    }),
    finish_reason: result.finishReason,
    usage: encodeUsage(result.usage),
  };
}

function encodeUsage(usage: Usage): JsonObject {
  const { inputTokens, outputTokens } = usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens === null || outputTokens === null ? null : inputTokens + outputTokens,
  };
}

function streamEncoder(): StreamEncoder {
  const calls = new Map<number, { id: string; name: string; arguments: string }>();
  return {
    push(event: TextEvent): Frame[] {
      switch (event.type) {
        case "text-delta":
        case "refusal-delta":
          return [frame({ response: event.text })];
        case "tool-call-start":
          calls.set(event.index, { id: event.id, name: event.name, arguments: "" });
          return [];
        case "tool-call-delta": {
          const call = calls.get(event.index);
          if (call !== undefined) call.arguments += event.arguments;
          return [];
        }
        case "response-end":
          return [
            ...(calls.size > 0 ? [frame({ response: "", tool_calls: [...calls.values()] })] : []),
            frame({ response: "", finish_reason: event.finishReason, usage: encodeUsage(event.usage) }),
            { data: "[DONE]" },
          ];
        default:
          return [];
      }
    },
  };
}

function frame(chunk: JsonObject): Frame {
  return { data: JSON.stringify(chunk) };
}
