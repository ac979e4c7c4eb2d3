import type { EmbedRequest, FunctionTool, ResponseFormat, TextRequest, ToolChoice, UserPart } from "@gw/core/types";

/** The smallest image: one transparent pixel, PNG, in base64. */
export const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

const weather: FunctionTool = {
  type: "function",
  name: "weather",
  description: "The weather in a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

/** Words from the system and the user, and a bound: what `request.text` and `request.text.stream` answer to. */
export function textRequest(model: string): TextRequest {
  return {
    model,
    messages: [
      { role: "system", content: [{ type: "text", text: "Be brief." }] },
      { role: "user", content: [{ type: "text", text: "Grüße! 你好" }] },
    ],
    maxOutputTokens: 64,
  };
}

/** Two calls with their results in the history: what `request.tools` answers to. */
export function toolsRequest(model: string, toolChoice: ToolChoice): TextRequest {
  return {
    model,
    messages: [
      { role: "user", content: [{ type: "text", text: "Oslo or Rome?" }] },
      {
        role: "assistant",
        content: [
          { type: "tool-call", id: "call_a", name: "weather", arguments: '{"city":"Oslo"}' },
          { type: "tool-call", id: "call_b", name: "weather", arguments: '{"city":"Rome"}' },
        ],
      },
      {
        role: "tool",
        content: [
          { type: "tool-result", toolCallId: "call_a", toolName: "weather", content: [{ type: "text", text: "snow" }] },
          { type: "tool-result", toolCallId: "call_b", toolName: "weather", content: [{ type: "text", text: "sun" }] },
        ],
      },
    ],
    tools: [weather],
    toolChoice,
    maxOutputTokens: 64,
  };
}

/** An answer in a given form: what `request.json-schema` answers to. */
export function jsonSchemaRequest(model: string): TextRequest {
  const responseFormat: ResponseFormat = {
    type: "json-schema",
    name: "city",
    schema: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
    strict: true,
  };
  return {
    model,
    messages: [{ role: "user", content: [{ type: "text", text: "Name a city." }] }],
    responseFormat,
    maxOutputTokens: 64,
  };
}

/** Words and something to look at or listen to. With {@link imagePart}: what `request.image` answers to. */
export function mediaRequest(model: string, part: UserPart): TextRequest {
  return {
    model,
    messages: [{ role: "user", content: [{ type: "text", text: "What is this?" }, part] }],
    maxOutputTokens: 64,
  };
}

export const imagePart: UserPart = {
  type: "image",
  source: { type: "base64", mediaType: "image/png", data: pixel },
};

/** Two texts: what `request.embed` answers to. */
export function embedRequest(model: string): EmbedRequest {
  return { model, input: ["alpha", "beta"] };
}
