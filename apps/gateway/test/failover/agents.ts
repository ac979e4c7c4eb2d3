import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { adminKey } from "../robustness/running-gateway.ts";

/** Runs an agent to its last words, every other call as a stream. `onCall` is told the number of each call before it. */
export type Agent = (url: string, model: string, onCall: (call: number) => Promise<void>) => Promise<AgentRun>;

/** What an agent did. */
export interface AgentRun {
  /** The numbers of the steps, as the tool was given them. */
  readonly steps: readonly number[];
  readonly lastWords: string;
}

const parameters = {
  type: "object" as const,
  properties: { number: { type: "integer" } },
  required: ["number"],
  additionalProperties: false,
};
const prompt = { role: "user" as const, content: "Take nine steps." };

/** By the `openai` package. It repeats nothing by itself. */
export const openAIAgent: Agent = async (url, model, onCall) => {
  const { completions } = new OpenAI({ baseURL: `${url}/v1`, apiKey: adminKey, maxRetries: 0 }).chat;
  const messages: OpenAI.ChatCompletionMessageParam[] = [prompt];
  const tools = [{ type: "function" as const, function: { name: "step", parameters } }];
  const steps: number[] = [];
  for (let call = 0; ; call += 1) {
    await onCall(call);
    const asked = { model, messages, tools };
    const completion =
      call % 2 === 0 ? await completions.create(asked) : await completions.stream(asked).finalChatCompletion();
    const message = completion.choices[0]?.message as OpenAI.ChatCompletionMessage;
    messages.push(message);
    if (message.tool_calls === undefined) return { steps, lastWords: message.content ?? "" };
    for (const used of message.tool_calls) {
      if (used.type === "function") steps.push(JSON.parse(used.function.arguments).number);
      messages.push({ role: "tool", tool_call_id: used.id, content: "taken" });
    }
  }
};

/** By the `@anthropic-ai/sdk` package. It repeats nothing by itself. */
export const anthropicAgent: Agent = async (url, model, onCall) => {
  const anthropic = new Anthropic({ baseURL: url, apiKey: adminKey, authToken: null, maxRetries: 0 });
  const messages: Anthropic.MessageParam[] = [prompt];
  const tools = [{ name: "step", input_schema: parameters }];
  const steps: number[] = [];
  for (let call = 0; ; call += 1) {
    await onCall(call);
    const asked = { model, max_tokens: 100, messages, tools };
    const { content } =
      call % 2 === 0 ? await anthropic.messages.create(asked) : await anthropic.messages.stream(asked).finalMessage();
    messages.push({ role: "assistant", content });
    const uses = content.filter((block) => block.type === "tool_use");
    if (uses.length === 0) return { steps, lastWords: content.find((block) => block.type === "text")?.text ?? "" };
    steps.push(...uses.map(({ input }) => (input as { number: number }).number));
    const results = uses.map(({ id }) => ({ type: "tool_result" as const, tool_use_id: id, content: "taken" }));
    messages.push({ role: "user", content: results });
  }
};
