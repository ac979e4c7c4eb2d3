import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { createAI } from "@gw/client";
import { streamText } from "ai";
import OpenAI from "openai";
import { adminKey } from "../streams/stream-gateway.ts";

/** How a reader reaches the gateway, and when it stops. */
export interface ReaderOptions {
  readonly url: string;
  /** `undefined` where the SDK is to use its own. */
  readonly fetch: typeof globalThis.fetch;
  readonly signal?: AbortSignal;
  /** Told of each piece of text; `false` leaves the loop. */
  readonly onText?: (text: string) => boolean;
}

type Reader = (options: ReaderOptions) => Promise<string>;

const model = "house/m";
const prompt = "Say something.";
const messages = [{ role: "user" as const, content: prompt }];

async function gather<Item>(
  items: AsyncIterable<Item>,
  textOf: (item: Item) => string | null | undefined,
  { onText }: ReaderOptions,
): Promise<string> {
  let text = "";
  for await (const item of items) {
    const piece = textOf(item);
    if (!piece) continue;
    text += piece;
    if (onText?.(piece) === false) break;
  }
  return text;
}

/** Each asks for the same stream and gives its text, as users of the SDK would write it. */
export const sdkReaders: Readonly<Record<string, Reader>> = {
  "openai chat": async (options) => {
    const { url, fetch, signal } = options;
    const client = new OpenAI({ apiKey: adminKey, baseURL: `${url}/v1`, fetch });
    const stream = await client.chat.completions.create(
      { model, messages, stream: true },
      { ...(signal && { signal }) },
    );
    return gather(stream, (chunk) => chunk.choices[0]?.delta.content, options);
  },
  "openai responses": async (options) => {
    const { url, fetch, signal } = options;
    const client = new OpenAI({ apiKey: adminKey, baseURL: `${url}/v1`, fetch });
    const stream = await client.responses.create({ model, input: prompt, stream: true }, { ...(signal && { signal }) });
    return gather(stream, (event) => (event.type === "response.output_text.delta" ? event.delta : ""), options);
  },
  "@anthropic-ai/sdk": async (options) => {
    const { url, fetch, signal } = options;
    const client = new Anthropic({ apiKey: adminKey, authToken: null, baseURL: url, fetch });
    const body = { model, max_tokens: 100, messages, stream: true as const };
    const stream = await client.messages.create(body, { ...(signal && { signal }) });
    return gather(
      stream,
      (event) => (event.type === "content_block_delta" && event.delta.type === "text_delta" ? event.delta.text : ""),
      options,
    );
  },
  "@ai-sdk/openai-compatible": async (options) => {
    const { url, fetch, signal } = options;
    const house = createOpenAICompatible({ name: "gw", apiKey: adminKey, baseURL: `${url}/v1`, fetch });
    const { textStream } = streamText({
      model: house(model),
      prompt,
      onError: () => {},
      ...(signal && { abortSignal: signal }),
    });
    return gather(textStream, (text) => text, options);
  },
  "@ai-sdk/anthropic": async (options) => {
    const { url, fetch, signal } = options;
    const house = createAnthropic({ apiKey: adminKey, baseURL: `${url}/v1`, fetch });
    const { textStream } = streamText({
      model: house(model),
      prompt,
      maxOutputTokens: 100,
      onError: () => {},
      ...(signal && { abortSignal: signal }),
    });
    return gather(textStream, (text) => text, options);
  },
  // It takes no `fetch`, and uses the platform's.
  "@google/genai": async (options) => {
    const { url, fetch, signal } = options;
    const platform = globalThis.fetch;
    globalThis.fetch = fetch;
    try {
      const client = new GoogleGenAI({ apiKey: adminKey, httpOptions: { baseUrl: url } });
      const config = signal === undefined ? {} : { abortSignal: signal };
      const stream = await client.models.generateContentStream({ model, contents: prompt, config });
      return await gather(stream, (chunk) => chunk.text, options);
    } finally {
      globalThis.fetch = platform;
    }
  },
  "@gw/client": async (options) => {
    const { url, fetch, signal } = options;
    const ai = createAI({ baseURL: url, apiKey: adminKey, fetch });
    const stream = await ai.run(model, { prompt, stream: true }, { ...(signal && { signal }) });
    return gather(stream, ({ response }) => response, options);
  },
};
