import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { imageBase64, pdfBase64, planSchema, weatherInput, weatherOf } from "./fixtures.ts";
import type { Answer, Ask, Connection, SdkDriver } from "./sdk-driver.ts";

/** `@anthropic-ai/sdk`. */
export function anthropicDriver({ url, apiKey }: Connection): SdkDriver {
  const client = new Anthropic({ apiKey, authToken: null, baseURL: url, maxRetries: 0 });
  return {
    name: "anthropic",
    home: "anthropic",
    finishes: { stop: "end_turn", length: "max_tokens", stopSequence: "stop_sequence" },
    raises: {
      400: "BadRequestError",
      401: "AuthenticationError",
      404: "NotFoundError",
      429: "RateLimitError",
      503: "ServiceUnavailableError",
    },
    returnsSeals: { openai: true, anthropic: true, google: true },
    async ask(ask) {
      return answerOf(await client.messages.create(bodyOf(ask), optionsOf(ask)), 1);
    },
    async stream(ask, onText) {
      let pieces = 0;
      const stream = client.messages.stream(bodyOf(ask), optionsOf(ask));
      stream.on("text", (text) => {
        pieces += 1;
        onText?.(text);
      });
      return answerOf(await stream.finalMessage(), pieces);
    },
    async useTools(ask, stream) {
      const cities: string[] = [];
      const tool = betaZodTool({
        name: "get_weather",
        description: "Tells the weather",
        inputSchema: weatherInput,
        run: ({ city }) => {
          cities.push(city);
          return weatherOf(city);
        },
      });
      const body = { ...bodyOf(ask), tools: [tool] };
      const message = stream
        ? await client.beta.messages.toolRunner({ ...body, stream: true })
        : await client.beta.messages.toolRunner(body);
      return { text: textOf(message.content), cities };
    },
    async parse(ask) {
      const output_config = { format: zodOutputFormat(planSchema) };
      return (await client.messages.parse({ ...bodyOf(ask), output_config })).parsed_output;
    },
    failure(error) {
      if (!(error instanceof Anthropic.APIError)) throw error;
      const body = error.error as { error?: { code?: string } } | undefined;
      return {
        raised: error.constructor.name,
        status: error.status,
        code: error.headers?.get("gw-error") ?? body?.error?.code,
        retryAfter: error.headers?.get("retry-after") ?? null,
      };
    },
  };
}

function optionsOf(ask: Ask) {
  return ask.signal === undefined ? {} : { signal: ask.signal };
}

function bodyOf(ask: Ask) {
  const messages: Anthropic.MessageParam[] = ask.turns.map((text, index) =>
    index % 2 === 0 ? { role: "user", content: contentOf(text, ask) } : { role: "assistant", content: text },
  );
  return {
    model: ask.model,
    max_tokens: ask.maxTokens ?? 4_000,
    messages,
    ...(ask.system !== undefined && { system: ask.system }),
    ...(ask.stop !== undefined && { stop_sequences: [...ask.stop] }),
    ...(ask.reasoning === true && {
      thinking: { type: "adaptive" as const, display: "summarized" as const },
      output_config: { effort: "high" as const },
    }),
  };
}

function contentOf(text: string, { attachment }: Ask): string | Anthropic.ContentBlockParam[] {
  if (attachment === undefined) return text;
  const block: Anthropic.ContentBlockParam =
    attachment === "image"
      ? { type: "image", source: { type: "base64", media_type: "image/png", data: imageBase64 } }
      : { type: "document", source: { type: "base64", media_type: "application/pdf", data: pdfBase64 } };
  return [block, { type: "text", text }];
}

function textOf(content: readonly { readonly type: string; readonly text?: string }[]): string {
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

function answerOf(message: Anthropic.Message, pieces: number): Answer {
  return {
    text: textOf(message.content as readonly { readonly type: string; readonly text?: string }[]),
    finish: message.stop_reason,
    inputTokens: message.usage.input_tokens,
    outputTokens: message.usage.output_tokens,
    reasoningTokens: message.usage.output_tokens_details?.thinking_tokens,
    thinking: message.content.map((block) => (block.type === "thinking" ? block.thinking : "")).join(""),
    pieces,
  };
}
