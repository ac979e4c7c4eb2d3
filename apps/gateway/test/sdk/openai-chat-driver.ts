import OpenAI from "openai";
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import { imageBase64, pdfBase64, planSchema, weatherInput, weatherOf } from "./fixtures.ts";
import type { Answer, Ask, Connection, SdkDriver, SdkFailure } from "./sdk-driver.ts";

/** `openai`, chat completions. */
export function openAIChatDriver({ url, apiKey }: Connection): SdkDriver {
  const client = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
  const { completions } = client.chat;
  return {
    name: "openai chat",
    home: "openai",
    finishes: { stop: "stop", length: "length", stopSequence: "stop" },
    raises: openAIErrors,
    // Its loop rebuilds each message from the fields that OpenAI's own format has.
    returnsSeals: { openai: false, anthropic: false, google: false },
    async ask(ask) {
      return answerOf(await completions.create(bodyOf(ask), optionsOf(ask)), 1);
    },
    async stream(ask, onText) {
      let pieces = 0;
      let thinking = "";
      const stream = completions.stream({ ...bodyOf(ask), stream_options: { include_usage: true } }, optionsOf(ask));
      for await (const chunk of stream) {
        const delta = chunk.choices[0]?.delta as { content?: string; reasoning_content?: string } | undefined;
        thinking += delta?.reasoning_content ?? "";
        if (!delta?.content) continue;
        pieces += 1;
        onText?.(delta.content);
      }
      return { ...answerOf(await stream.finalChatCompletion(), pieces), thinking };
    },
    async useTools(ask, stream) {
      const cities: string[] = [];
      const tool = zodFunction({
        name: "get_weather",
        parameters: weatherInput,
        function: ({ city }) => {
          cities.push(city);
          return weatherOf(city);
        },
      });
      const body = { ...bodyOf(ask), tools: [tool] };
      const runner = stream ? completions.runTools({ ...body, stream: true }) : completions.runTools(body);
      return { text: (await runner.finalContent()) ?? "", cities };
    },
    async parse(ask) {
      const parsed = await completions.parse({
        ...bodyOf(ask),
        response_format: zodResponseFormat(planSchema, "plan"),
      });
      return parsed.choices[0]?.message.parsed;
    },
    failure: openAIFailure,
  };
}

/** An error of the `openai` package. */
export function openAIFailure(error: unknown): SdkFailure {
  if (!(error instanceof OpenAI.APIError)) throw error;
  return {
    raised: error.constructor.name,
    status: error.status,
    code: error.headers?.get("gw-error") ?? error.code,
    retryAfter: error.headers?.get("retry-after") ?? null,
  };
}

/** What the `openai` package raises. */
export const openAIErrors: SdkDriver["raises"] = {
  400: "BadRequestError",
  401: "AuthenticationError",
  404: "NotFoundError",
  429: "RateLimitError",
  503: "InternalServerError",
};

function optionsOf(ask: Ask) {
  return ask.signal === undefined ? {} : { signal: ask.signal };
}

function bodyOf(ask: Ask) {
  const messages: OpenAI.ChatCompletionMessageParam[] = ask.turns.map((text, index) =>
    index % 2 === 0 ? { role: "user", content: contentOf(text, ask) } : { role: "assistant", content: text },
  );
  if (ask.system !== undefined) messages.unshift({ role: "system", content: ask.system });
  return {
    model: ask.model,
    messages,
    ...(ask.stop !== undefined && { stop: [...ask.stop] }),
    ...(ask.maxTokens !== undefined && { max_completion_tokens: ask.maxTokens }),
    ...(ask.reasoning === true && { reasoning_effort: "high" as const }),
  };
}

function contentOf(text: string, { attachment }: Ask): string | OpenAI.ChatCompletionContentPart[] {
  if (attachment === undefined) return text;
  const part: OpenAI.ChatCompletionContentPart =
    attachment === "image"
      ? { type: "image_url", image_url: { url: `data:image/png;base64,${imageBase64}` } }
      : { type: "file", file: { filename: "small.pdf", file_data: `data:application/pdf;base64,${pdfBase64}` } };
  return [{ type: "text", text }, part];
}

function answerOf(completion: OpenAI.ChatCompletion, pieces: number): Answer {
  const [choice] = completion.choices;
  const message = choice?.message as { content?: string | null; reasoning_content?: string } | undefined;
  return {
    text: message?.content ?? "",
    finish: choice?.finish_reason,
    inputTokens: completion.usage?.prompt_tokens,
    outputTokens: completion.usage?.completion_tokens,
    reasoningTokens: completion.usage?.completion_tokens_details?.reasoning_tokens,
    thinking: message?.reasoning_content ?? "",
    pieces,
  };
}
