import Anthropic from "@anthropic-ai/sdk";
import { type Content, GoogleGenAI, ThinkingLevel } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { gatewayKey, type StartedGateway, startGateway } from "./started-gateway.ts";
import { sealsIn, vendorOf } from "./wire-facts.ts";

let started: StartedGateway;
let openai: OpenAI;
let anthropic: Anthropic;
let google: GoogleGenAI;
beforeAll(async () => {
  started = await startGateway();
  const { url } = started;
  openai = new OpenAI({ apiKey: gatewayKey, baseURL: `${url}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: gatewayKey, authToken: null, baseURL: url, maxRetries: 0 });
  google = new GoogleGenAI({ apiKey: gatewayKey, httpOptions: { baseUrl: url } });
});
afterAll(() => started.close());
beforeEach(() => started.upstream.forget());

const models = ["openai/gpt-5.5", "anthropic/claude-sonnet-5", "google/gemini-3.5-flash"];
const question = "The weather in Paris?";
const schema = {
  type: "object" as const,
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

/**
 * The whole history goes along, as each format asks for: reasoning, sealed or not, the call, its result.
 * `[first, second]`: the model that calls the tool, and the one that reads the result.
 */
const conversations: Readonly<Record<string, (first: string, second: string) => Promise<unknown>>> = {
  "openai chat": async (first, second) => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: question }];
    const tools = [{ type: "function" as const, function: { name: "get_weather", parameters: schema } }];
    const ask = async (model: string) =>
      (await openai.chat.completions.create({ model, messages, tools, reasoning_effort: "high" })).choices[0]?.message;
    const called = await ask(first);
    const [call] = called?.tool_calls ?? [];
    if (called === undefined || call === undefined) throw new Error("no call came");
    messages.push(called, { role: "tool", tool_call_id: call.id, content: "mild" });
    return (await ask(second))?.content;
  },
  "openai responses": async (first, second) => {
    const input: OpenAI.Responses.ResponseInputItem[] = [{ role: "user", content: question }];
    const ask = (model: string) =>
      openai.responses.create({
        model,
        input,
        tools: [{ type: "function", name: "get_weather", strict: true, parameters: schema }],
        store: false,
        include: ["reasoning.encrypted_content"],
        reasoning: { effort: "high", summary: "auto" },
      });
    const { output } = await ask(first);
    const call = output.find((item) => item.type === "function_call");
    if (call === undefined) throw new Error("no call came");
    input.push(...(output as OpenAI.Responses.ResponseInputItem[]), {
      type: "function_call_output",
      call_id: call.call_id,
      output: "mild",
    });
    return (await ask(second)).output_text;
  },
  anthropic: async (first, second) => {
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: question }];
    const ask = (model: string) =>
      anthropic.messages.create({
        model,
        max_tokens: 4_000,
        messages,
        tools: [{ name: "get_weather", input_schema: schema }],
        thinking: { type: "adaptive" },
      });
    const { content } = await ask(first);
    const call = content.find((block) => block.type === "tool_use");
    if (call === undefined) throw new Error("no call came");
    messages.push(
      { role: "assistant", content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "mild" }] },
    );
    return (await ask(second)).content.find((block) => block.type === "text")?.text;
  },
  google: async (first, second) => {
    const contents: Content[] = [{ role: "user", parts: [{ text: question }] }];
    const config = {
      tools: [{ functionDeclarations: [{ name: "get_weather", parametersJsonSchema: schema }] }],
      thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.HIGH },
    };
    const ask = (model: string) => google.models.generateContent({ model, contents, config });
    const { candidates, functionCalls } = await ask(first);
    const { id = "", name = "" } = functionCalls?.[0] ?? {};
    contents.push(candidates?.[0]?.content ?? {}, {
      role: "user",
      parts: [{ functionResponse: { id, name, response: { output: "mild" } } }],
    });
    return (await ask(second)).text;
  },
};

describe.each(Object.entries(conversations))("%s", (client, converse) => {
  const pairs = models.flatMap((first) => models.map((second) => [first, second] as const));
  test.each(pairs)("%s calls the tool, %s reads the result", async (first, second) => {
    expect(await converse(first, second)).toMatch(/get_weather answered: .*mild/);
    const [asked, answered] = started.upstream.calls;
    expect([vendorOf(asked), vendorOf(answered)]).toEqual([first.split("/")[0], second.split("/")[0]]);
    // What one vendor sealed is not shown to another, and neither is the gateway's wrapping.
    const sent = JSON.stringify(answered?.body);
    expect(sent).not.toContain("gwEnv");
    // But for the signature of a call in chat completions: its form is Google's own, and servers of that format pass it too.
    if (first === second || (client === "openai chat" && second.startsWith("openai/"))) return;
    for (const seal of sealsIn(asked?.reply ?? "")) expect(sent).not.toContain(seal);
  });
});

describe("thinking by a budget", () => {
  test.each(["openai chat", "openai responses", "google"])(
    "%s has to bring it back, or goes on without",
    async (client) => {
      const model = "anthropic/claude-haiku-4-5";
      expect(await conversations[client]?.(model, model)).toMatch(/get_weather answered: .*mild/);
      const [asked, answered] = started.upstream.calls;
      expect(asked?.body.thinking).toMatchObject({ type: "enabled" });
      expect(answered?.body.thinking).toMatchObject({ type: "enabled" });
      expect(JSON.stringify(answered?.body.messages)).toContain('"signature"');
    },
  );

  test("a history that lost it goes on without", async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: "user", content: question },
      {
        role: "assistant",
        tool_calls: [{ id: "c1", type: "function", function: { name: "get_weather", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "c1", content: "mild" },
    ];
    const tools = [{ type: "function" as const, function: { name: "get_weather", parameters: schema } }];
    const { data, response } = await openai.chat.completions
      .create({ model: "anthropic/claude-haiku-4-5", messages, tools, reasoning_effort: "high" })
      .withResponse();
    expect(data.choices[0]?.message.content).toContain("get_weather answered: mild");
    expect(response.headers.get("gw-params")).toBe("reasoning_effort=dropped");
  });
});

describe("refusals", () => {
  test.each(models)("%s: each client is told in its own words", async (model) => {
    const content = "[[gw-refuse]]";
    const chat = await openai.chat.completions.create({ model, messages: [{ role: "user", content }] });
    const response = await openai.responses.create({ model, input: content });
    const message = await anthropic.messages.create({ model, max_tokens: 99, messages: [{ role: "user", content }] });
    const gemini = await google.models.generateContent({ model, contents: content });
    const saysSo = model.startsWith("openai/");
    // Only OpenAI's models refuse in words; the others just stop.
    expect(chat.choices[0]).toMatchObject(
      saysSo
        ? { finish_reason: "stop", message: { refusal: expect.any(String) } }
        : { finish_reason: "content_filter" },
    );
    expect(response).toMatchObject(
      saysSo
        ? { status: "completed", output: expect.arrayContaining([expect.objectContaining({ type: "message" })]) }
        : { status: "incomplete", incomplete_details: { reason: "content_filter" } },
    );
    expect(message.stop_reason).toBe("refusal");
    const blocked = gemini.promptFeedback?.blockReason ?? gemini.candidates?.[0]?.finishReason;
    expect(blocked).toBe(model.startsWith("google/") ? "PROHIBITED_CONTENT" : "SAFETY");
  });
});
