import OpenAI from "openai";
import { ResponsesToolRunner, runnerFunction } from "openai/helpers/responses-tool-runner";
import { zodResponsesFunction, zodTextFormat } from "openai/helpers/zod";
import { imageBase64, pdfBase64, planSchema, weatherInput, weatherOf } from "./fixtures.ts";
import { openAIErrors, openAIFailure } from "./openai-chat-driver.ts";
import type { Answer, Ask, Connection, SdkDriver } from "./sdk-driver.ts";

/** `openai`, responses. Nothing is stored: the SDK sends all of the conversation, sealed reasoning included. */
export function openAIResponsesDriver({ url, apiKey }: Connection): SdkDriver {
  const client = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
  return {
    name: "openai responses",
    home: "openai",
    finishes: { stop: "completed", length: "incomplete", stopSequence: null },
    raises: openAIErrors,
    returnsSeals: { openai: true, anthropic: true, google: true },
    async ask(ask) {
      return answerOf(await client.responses.parse(bodyOf(ask), optionsOf(ask)), 1);
    },
    async stream(ask, onText) {
      let pieces = 0;
      const stream = client.responses.stream(bodyOf(ask), optionsOf(ask));
      for await (const event of stream) {
        if (event.type !== "response.output_text.delta") continue;
        pieces += 1;
        onText?.(event.delta);
      }
      return answerOf(await stream.finalResponse(), pieces);
    },
    async useTools(ask, stream) {
      const cities: string[] = [];
      const tool = zodResponsesFunction({
        name: "get_weather",
        parameters: weatherInput,
        function: ({ city }) => {
          cities.push(city);
          return weatherOf(city);
        },
      });
      const runner = new ResponsesToolRunner({ functions: [runnerFunction(tool)] });
      const { output } = await runner.run(client, bodyOf(ask), { stream });
      return { text: textOf(output), cities };
    },
    async parse(ask) {
      const format = zodTextFormat(planSchema, "plan");
      return (await client.responses.parse({ ...bodyOf(ask), text: { format } })).output_parsed;
    },
    failure: openAIFailure,
  };
}

function optionsOf(ask: Ask) {
  return ask.signal === undefined ? {} : { signal: ask.signal };
}

function bodyOf(ask: Ask) {
  const input: OpenAI.Responses.ResponseInputItem[] = ask.turns.map((text, index) =>
    index % 2 === 0 ? { role: "user", content: contentOf(text, ask) } : { role: "assistant", content: text },
  );
  return {
    model: ask.model,
    input,
    store: false,
    include: ["reasoning.encrypted_content" as const],
    ...(ask.system !== undefined && { instructions: ask.system }),
    ...(ask.maxTokens !== undefined && { max_output_tokens: ask.maxTokens }),
    ...(ask.reasoning === true && { reasoning: { effort: "high" as const, summary: "auto" as const } }),
  };
}

function contentOf(text: string, { attachment }: Ask): string | OpenAI.Responses.ResponseInputContent[] {
  if (attachment === undefined) return text;
  const part: OpenAI.Responses.ResponseInputContent =
    attachment === "image"
      ? { type: "input_image", image_url: `data:image/png;base64,${imageBase64}`, detail: "auto" }
      : { type: "input_file", filename: "small.pdf", file_data: `data:application/pdf;base64,${pdfBase64}` };
  return [{ type: "input_text", text }, part];
}

function textOf(output: readonly OpenAI.Responses.ResponseOutputItem[]): string {
  return output
    .flatMap((item) => (item.type === "message" ? item.content : []))
    .map((part) => (part.type === "output_text" ? part.text : ""))
    .join("");
}

function answerOf(response: OpenAI.Responses.Response, pieces: number): Answer {
  const summaries = response.output.flatMap((item) => (item.type === "reasoning" ? item.summary : []));
  return {
    text: textOf(response.output),
    finish: response.status,
    inputTokens: response.usage?.input_tokens,
    outputTokens: response.usage?.output_tokens,
    reasoningTokens: response.usage?.output_tokens_details.reasoning_tokens,
    thinking: summaries.map(({ text }) => text).join(""),
    pieces,
  };
}
