import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
  APICallError,
  generateText,
  isStepCount,
  type LanguageModel,
  type LanguageModelUsage,
  type ModelMessage,
  Output,
  streamText,
  tool,
} from "ai";
import { imageBase64, pdfBase64, planSchema, weatherInput, weatherOf } from "./fixtures.ts";
import type { Answer, Ask, Connection, SdkDriver } from "./sdk-driver.ts";

/** The AI SDK with `@ai-sdk/openai-compatible`. */
export function aiSdkCompatibleDriver({ url, apiKey }: Connection): SdkDriver {
  const provider = createOpenAICompatible({
    name: "gw",
    apiKey,
    baseURL: `${url}/v1`,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  // It keeps readable reasoning, and a call's signature where it is Google's.
  return driver("ai-sdk compatible", "openai", provider, { openai: false, anthropic: false, google: true });
}

/** The AI SDK with `@ai-sdk/anthropic`. */
export function aiSdkAnthropicDriver({ url, apiKey }: Connection): SdkDriver {
  const provider = createAnthropic({ apiKey, baseURL: `${url}/v1` });
  return driver("ai-sdk anthropic", "anthropic", provider, { openai: true, anthropic: true, google: true });
}

function driver(
  name: string,
  home: SdkDriver["home"],
  provider: (model: string) => LanguageModel,
  returnsSeals: SdkDriver["returnsSeals"],
): SdkDriver {
  const paramsOf = (ask: Ask) => ({
    model: provider(ask.model),
    maxRetries: 0,
    messages: messagesOf(ask),
    ...(ask.system !== undefined && { system: ask.system }),
    ...(ask.stop !== undefined && { stopSequences: [...ask.stop] }),
    ...(ask.maxTokens !== undefined && { maxOutputTokens: ask.maxTokens }),
    ...(ask.reasoning === true && { reasoning: "high" as const }),
    ...(ask.signal !== undefined && { abortSignal: ask.signal }),
  });
  return {
    name,
    home,
    finishes: { stop: "stop", length: "length", stopSequence: "stop" },
    raises: {
      400: "AI_APICallError",
      401: "AI_APICallError",
      404: "AI_APICallError",
      429: "AI_APICallError",
      503: "AI_APICallError",
    },
    returnsSeals,
    async ask(ask) {
      const { text, finishReason, usage, reasoningText } = await generateText(paramsOf(ask));
      return answerOf(text, finishReason, usage, reasoningText, 1);
    },
    async stream(ask, onText) {
      let pieces = 0;
      const failures: unknown[] = [];
      const onError = ({ error }: { readonly error: unknown }) => void failures.push(error);
      const result = streamText({ ...paramsOf(ask), onError });
      for await (const text of result.textStream) {
        pieces += 1;
        onText?.(text);
      }
      if (failures.length > 0) throw failures[0];
      ask.signal?.throwIfAborted();
      const [text, finish, usage, thinking] = await Promise.all([
        result.text,
        result.finishReason,
        result.usage,
        result.reasoningText,
      ]);
      return answerOf(text, finish, usage, thinking, pieces);
    },
    async useTools(ask, stream) {
      const cities: string[] = [];
      const get_weather = tool({
        description: "Tells the weather",
        inputSchema: weatherInput,
        execute: ({ city }) => {
          cities.push(city);
          return weatherOf(city);
        },
      });
      const params = { ...paramsOf(ask), tools: { get_weather }, stopWhen: isStepCount(5) };
      if (!stream) return { text: (await generateText(params)).text, cities };
      const failures: unknown[] = [];
      const onError = ({ error }: { readonly error: unknown }) => void failures.push(error);
      const result = streamText({ ...params, onError });
      await result.consumeStream();
      if (failures.length > 0) throw failures[0];
      return { text: await result.text, cities };
    },
    async parse(ask) {
      return (await generateText({ ...paramsOf(ask), output: Output.object({ schema: planSchema }) })).output;
    },
    failure(error) {
      if (!APICallError.isInstance(error)) throw error;
      const headers = error.responseHeaders ?? {};
      return {
        raised: error.name,
        status: error.statusCode,
        code: headers["gw-error"],
        retryAfter: headers["retry-after"] ?? null,
      };
    },
  };
}

function messagesOf(ask: Ask): ModelMessage[] {
  return ask.turns.map((text, index): ModelMessage => {
    if (index % 2 === 1) return { role: "assistant", content: text };
    if (ask.attachment === undefined) return { role: "user", content: text };
    const [mediaType, data] = ask.attachment === "image" ? ["image/png", imageBase64] : ["application/pdf", pdfBase64];
    return {
      role: "user",
      content: [
        { type: "text", text },
        { type: "file", mediaType, data },
      ],
    };
  });
}

function answerOf(
  text: string,
  finish: string,
  usage: LanguageModelUsage,
  thinking: string | undefined,
  pieces: number,
): Answer {
  return {
    text,
    finish,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    reasoningTokens: usage.outputTokenDetails.reasoningTokens,
    thinking: thinking ?? "",
    pieces,
  };
}
