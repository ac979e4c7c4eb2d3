import {
  ApiError,
  type CallableTool,
  type Content,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
  ThinkingLevel,
} from "@google/genai";
import { z } from "zod";
import { imageBase64, pdfBase64, planSchema, weatherInput, weatherOf } from "./fixtures.ts";
import type { Answer, Ask, Connection, SdkDriver } from "./sdk-driver.ts";

/** `@google/genai`. */
export function googleDriver({ url, apiKey }: Connection): SdkDriver {
  const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } });
  return {
    name: "google",
    home: "google",
    finishes: { stop: "STOP", length: "MAX_TOKENS", stopSequence: "STOP" },
    raises: { 400: "ApiError", 401: "ApiError", 404: "ApiError", 429: "ApiError", 503: "ApiError" },
    returnsSeals: { openai: true, anthropic: true, google: true },
    async ask(ask) {
      return answerOf([await client.models.generateContent(paramsOf(ask))], 1);
    },
    async stream(ask, onText) {
      const chunks: GenerateContentResponse[] = [];
      let pieces = 0;
      for await (const chunk of await client.models.generateContentStream(paramsOf(ask))) {
        chunks.push(chunk);
        const text = textOf(chunk);
        if (text === "") continue;
        pieces += 1;
        onText?.(text);
      }
      return answerOf(chunks, pieces);
    },
    async useTools(ask, stream) {
      const cities: string[] = [];
      const params = paramsOf(ask);
      const withTool = { ...params, config: { ...params.config, tools: [weatherTool(cities)] } };
      if (!stream) return { text: textOf(await client.models.generateContent(withTool)), cities };
      let text = "";
      for await (const chunk of await client.models.generateContentStream(withTool)) text += textOf(chunk);
      return { text, cities };
    },
    async parse(ask) {
      const params = paramsOf(ask);
      const response = await client.models.generateContent({
        ...params,
        config: {
          ...params.config,
          responseMimeType: "application/json",
          responseJsonSchema: z.toJSONSchema(planSchema),
        },
      });
      return planSchema.parse(JSON.parse(textOf(response)));
    },
    failure(error) {
      if (!(error instanceof ApiError)) throw error;
      // The SDK gives the body as the message.
      const body = JSON.parse(error.message) as { error?: { status?: string } };
      return { raised: error.constructor.name, status: error.status, code: body.error?.status, retryAfter: null };
    },
  };
}

function weatherTool(cities: string[]): CallableTool {
  return {
    tool: async () => ({
      functionDeclarations: [{ name: "get_weather", parametersJsonSchema: z.toJSONSchema(weatherInput) }],
    }),
    callTool: async (calls) =>
      calls.map(({ id, name, args }): Part => {
        const { city } = weatherInput.parse(args);
        cities.push(city);
        return {
          functionResponse: {
            ...(id !== undefined && { id }),
            name: name ?? "",
            response: { output: weatherOf(city) },
          },
        };
      }),
  };
}

function paramsOf(ask: Ask) {
  const contents: Content[] = ask.turns.map((text, index) => ({
    role: index % 2 === 0 ? "user" : "model",
    parts: index % 2 === 0 ? [...attachmentOf(ask), { text }] : [{ text }],
  }));
  return {
    model: ask.model,
    contents,
    config: {
      ...(ask.system !== undefined && { systemInstruction: ask.system }),
      ...(ask.stop !== undefined && { stopSequences: [...ask.stop] }),
      ...(ask.maxTokens !== undefined && { maxOutputTokens: ask.maxTokens }),
      ...(ask.reasoning === true && {
        thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.HIGH },
      }),
      ...(ask.signal !== undefined && { abortSignal: ask.signal }),
    },
  };
}

function attachmentOf({ attachment }: Ask): Part[] {
  if (attachment === undefined) return [];
  return attachment === "image"
    ? [{ inlineData: { mimeType: "image/png", data: imageBase64 } }]
    : [{ inlineData: { mimeType: "application/pdf", data: pdfBase64 } }];
}

function partsOf(response: GenerateContentResponse): Part[] {
  return response.candidates?.[0]?.content?.parts ?? [];
}

function textOf(response: GenerateContentResponse): string {
  return partsOf(response)
    .map((part) => (part.thought === true ? "" : (part.text ?? "")))
    .join("");
}

function answerOf(chunks: readonly GenerateContentResponse[], pieces: number): Answer {
  const last = chunks.at(-1);
  const usage = last?.usageMetadata;
  const thoughts = usage?.thoughtsTokenCount ?? 0;
  return {
    text: chunks.map(textOf).join(""),
    finish: last?.candidates?.[0]?.finishReason,
    inputTokens: usage?.promptTokenCount,
    outputTokens: (usage?.candidatesTokenCount ?? 0) + thoughts,
    reasoningTokens: thoughts,
    thinking: chunks
      .flatMap(partsOf)
      .map((part) => (part.thought === true ? (part.text ?? "") : ""))
      .join(""),
    pieces,
  };
}
