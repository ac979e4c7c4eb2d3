import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Sandbox, startSandbox } from "../src/index.ts";

let sandbox: Sandbox;
let client: OpenAI;
beforeAll(async () => {
  sandbox = await startSandbox({ paceMs: 0 });
  client = new OpenAI({ apiKey: "any", baseURL: sandbox.baseUrls.openai, maxRetries: 0 });
});
afterAll(() => sandbox.close());

const model = "gpt-4.1";
const pixel = `data:image/png;base64,${Buffer.from("a small picture").toString("base64")}`;
const weatherTool = {
  type: "function" as const,
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

describe("chat", () => {
  test("answers the same twice, and another prompt otherwise", async () => {
    const ask = (content: string) => client.chat.completions.create({ model, messages: [{ role: "user", content }] });
    const [first, again, other] = [
      await ask("Why is the sky blue?"),
      await ask("Why is the sky blue?"),
      await ask("Why?"),
    ];
    expect({ ...again, created: 0 }).toEqual({ ...first, created: 0 });
    expect(first.choices[0]?.message.content).toContain("Why is the sky blue?");
    expect(other.id).not.toBe(first.id);
    expect(other.choices[0]?.message.content).not.toBe(first.choices[0]?.message.content);
  });

  test("a stream says what the whole answer says", async () => {
    const body = { model, messages: [{ role: "user" as const, content: "Tell me about 你好 and 🤷🏽 in 60 words" }] };
    const whole = await client.chat.completions.create(body);
    const stream = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } });
    const streamed = await stream.finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(streamed.usage).toEqual(whole.usage);
    expect(streamed.id).toBe(whole.id);
    expect(whole.usage?.completion_tokens).toBeGreaterThan(60);
  });

  test("max_tokens cuts at exactly so many tokens, stop before its sequence", async () => {
    const messages = [{ role: "user" as const, content: "Say exactly: one two three four five" }];
    const cut = await client.chat.completions.create({ model, messages, max_tokens: 3 });
    expect(cut.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "one two three" } });
    expect(cut.usage).toMatchObject({ completion_tokens: 3 });
    const stopped = await client.chat.completions.create({ model, messages, stop: [" four", " five"] });
    expect(stopped.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "one two three" } });
  });

  test.each([true, false])("parallel calls are valid, and their results are quoted (stream: %s)", async (stream) => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: "user", content: "Compare the weather in Paris and New York." },
    ];
    const ask = async () => {
      const body = { model, messages, tools: [weatherTool] };
      if (!stream) return (await client.chat.completions.create(body)).choices[0];
      return (await client.chat.completions.stream(body).finalChatCompletion()).choices[0];
    };
    const called = await ask();
    const calls = called?.message.tool_calls ?? [];
    expect(called?.finish_reason).toBe("tool_calls");
    expect(calls.map((call) => call.type === "function" && JSON.parse(call.function.arguments))).toEqual([
      { city: "Paris" },
      { city: "New York" },
    ]);
    expect(new Set(calls.map((call) => call.id)).size).toBe(2);
    messages.push({ role: "assistant", tool_calls: calls });
    for (const [index, call] of calls.entries()) {
      messages.push({ role: "tool", tool_call_id: call.id, content: `${17 + index} degrees` });
    }
    const answered = await ask();
    expect(answered?.finish_reason).toBe("stop");
    expect(answered?.message.content).toMatch(/get_weather answered: 17 degrees\n.*18 degrees/);
  });

  test("tools are called when forced, and only one at a time when asked so", async () => {
    const ask = (extra: object) =>
      client.chat.completions.create({
        model,
        messages: [{ role: "user", content: "Hello" }],
        tools: [weatherTool],
        ...extra,
      });
    expect((await ask({})).choices[0]?.finish_reason).toBe("stop");
    expect((await ask({ tool_choice: "required" })).choices[0]?.message.tool_calls).toHaveLength(1);
    const named = await ask({ tool_choice: { type: "function", function: { name: "get_weather" } } });
    expect(named.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: "get_weather" } });
    const messages = [{ role: "user", content: "The weather in Paris and Rome" }];
    expect((await ask({ messages })).choices[0]?.message.tool_calls).toHaveLength(2);
    expect((await ask({ messages, parallel_tool_calls: false })).choices[0]?.message.tool_calls).toHaveLength(1);
    expect((await ask({ messages, tool_choice: "none" })).choices[0]?.message.tool_calls).toBeUndefined();
  });

  test("structured output parses with the SDK's own helper", async () => {
    const event = z.object({ name: z.string(), kind: z.enum(["talk", "party"]), guests: z.array(z.string()).min(1) });
    const parsed = await client.chat.completions.parse({
      model,
      messages: [{ role: "user", content: "Plan an evening with Alice" }],
      response_format: zodResponseFormat(event, "event"),
    });
    expect(parsed.choices[0]?.message.parsed).toMatchObject({ name: "Alice", guests: expect.any(Array) });
  });

  test("images are acknowledged with type and size, and counted", async () => {
    const content: OpenAI.ChatCompletionContentPart[] = [{ type: "text", text: "What is this?" }];
    const ask = () => client.chat.completions.create({ model, messages: [{ role: "user", content }] });
    const without = await ask();
    content.push({ type: "image_url", image_url: { url: pixel } });
    const answer = await ask();
    expect(answer.choices[0]?.message.content).toContain("an image (image/png, 15 bytes)");
    expect((answer.usage?.prompt_tokens ?? 0) - (without.usage?.prompt_tokens ?? 0)).toBe(258);
  });

  test("a refusal has words of its own", async () => {
    const messages = [{ role: "user" as const, content: "[[gw-refuse]]" }];
    const { choices } = await client.chat.completions.create({ model, messages });
    expect(choices[0]).toMatchObject({
      finish_reason: "stop",
      message: { content: null, refusal: expect.any(String) },
    });
  });

  test("n answers differ, whole and interleaved, and count once for the prompt", async () => {
    const body = { model, n: 2, messages: [{ role: "user" as const, content: "Two ideas" }] };
    const whole = await client.chat.completions.create(body);
    const texts = whole.choices.map((choice) => choice.message.content);
    expect(new Set(texts).size).toBe(2);
    const streamed = await client.chat.completions.stream(body).finalChatCompletion();
    expect(streamed.choices.map((choice) => choice.message.content)).toEqual(texts);
  });

  test("reasoning models count what they thought", async () => {
    const body = { model: "gpt-5", messages: [{ role: "user" as const, content: "Hello" }] };
    const thought = async (effort: "none" | "low" | "high") =>
      (await client.chat.completions.create({ ...body, reasoning_effort: effort })).usage?.completion_tokens_details
        ?.reasoning_tokens ?? -1;
    expect(await thought("none")).toBe(0);
    expect(await thought("high")).toBeGreaterThan(await thought("low"));
  });

  test("log probabilities cover the text", async () => {
    const messages = [{ role: "user" as const, content: "Say exactly: hello world" }];
    const { choices } = await client.chat.completions.create({ model, messages, logprobs: true, top_logprobs: 1 });
    expect(choices[0]?.logprobs?.content?.map(({ token }) => token)).toEqual(["hello", " world"]);
  });

  test("an aborted stream ends at once", async () => {
    const slow = { headers: { "gw-sandbox-pace-ms": "60000" } };
    const body = { model, stream: true as const, messages: [{ role: "user" as const, content: "Hello" }] };
    const stream = await client.chat.completions.create(body, slow);
    const chunks = [];
    for await (const chunk of stream) {
      chunks.push(chunk);
      stream.controller.abort();
    }
    expect(chunks).toHaveLength(1);
  });
});

describe("responses", () => {
  test("whole and streamed answers agree, with reasoning between", async () => {
    const body = {
      model: "gpt-5",
      input: "What is a lighthouse?",
      reasoning: { effort: "low", summary: "auto" },
    } as const;
    const whole = await client.responses.parse(body);
    const streamed = await client.responses.stream(body).finalResponse();
    expect(streamed.output).toEqual(whole.output);
    expect(streamed.usage).toEqual(whole.usage);
    expect(whole.output.map((item) => item.type)).toEqual(["reasoning", "message"]);
    expect(whole.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0);
    expect(whole.output_text).toContain("What is a lighthouse?");
  });

  test("tools go round with sealed reasoning, which must come back unchanged", async () => {
    const tools: OpenAI.Responses.Tool[] = [
      {
        type: "function",
        name: "get_weather",
        strict: true,
        parameters: {
          type: "object",
          properties: { city: { type: "string" } },
          required: ["city"],
          additionalProperties: false,
        },
      },
    ];
    const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "The weather in Oslo?" }];
    const ask = () =>
      client.responses.create({ model: "gpt-5", input, tools, store: false, include: ["reasoning.encrypted_content"] });
    const called = await ask();
    const call = called.output.find((item) => item.type === "function_call");
    expect(JSON.parse(call?.arguments ?? "")).toEqual({ city: "Oslo" });
    input.push(...(called.output as OpenAI.Responses.ResponseInput), {
      type: "function_call_output",
      call_id: call?.call_id ?? "",
      output: "snow",
    });
    expect((await ask()).output_text).toContain("get_weather answered: snow");
    const reasoning = input.find((item) => item.type === "reasoning");
    if (reasoning?.type !== "reasoning") throw new Error("no reasoning item came");
    reasoning.encrypted_content = `A${reasoning.encrypted_content?.slice(1)}`;
    await expect(ask()).rejects.toMatchObject({ status: 400, code: "invalid_encrypted_content" });
  });

  test("an answer can be gone on from and fetched by its id", async () => {
    const first = await client.responses.create({ model, input: "My name is Ada" });
    const second = await client.responses.create({ model, input: "And?", previous_response_id: first.id });
    expect(second.usage?.input_tokens).toBeGreaterThan(
      (first.usage?.input_tokens ?? 0) + (first.usage?.output_tokens ?? 0),
    );
    expect((await client.responses.retrieve(first.id)).output_text).toBe(first.output_text);
    await expect(client.responses.create({ model, input: "x", previous_response_id: "resp_0" })).rejects.toMatchObject({
      status: 400,
      code: "previous_response_not_found",
    });
    await expect(client.responses.retrieve("resp_0")).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  test("structured output, bounds and refusals", async () => {
    const schema = {
      type: "object",
      properties: { ok: { type: "boolean" } },
      required: ["ok"],
      additionalProperties: false,
    };
    const format = { type: "json_schema" as const, name: "check", strict: true, schema };
    const parsed = await client.responses.parse({ model, input: "Check", text: { format } });
    expect(parsed.output_parsed).toEqual({ ok: expect.any(Boolean) });
    const cut = await client.responses.create({ model, input: "Tell me everything", max_output_tokens: 16 });
    expect(cut).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
    expect(cut).toMatchObject({ output: [{ status: "incomplete" }], usage: { output_tokens: 16 } });
    const refused = await client.responses.create({ model, input: "[[gw-refuse]]" });
    expect(refused.output[0]).toMatchObject({ content: [{ type: "refusal" }] });
  });

  test("tokens of an input can be counted", async () => {
    const { usage } = await client.responses.create({ model, input: "Count me" });
    expect((await client.responses.inputTokens.count({ model, input: "Count me" })).input_tokens).toBe(
      usage?.input_tokens,
    );
  });
});

describe("embeddings", () => {
  test("are unit vectors, closer for texts that share words", async () => {
    const input = ["the cat sat on the mat", "a cat sat on a mat", "quarterly revenue grew"];
    const { data, usage } = await client.embeddings.create({ model: "text-embedding-3-small", input });
    const [a, b, c] = data.map(({ embedding }) => embedding) as [number[], number[], number[]];
    const dot = (left: number[], right: number[]) =>
      left.reduce((sum, value, axis) => sum + value * (right[axis] ?? 0), 0);
    expect(a).toHaveLength(1_536);
    expect(dot(a, a)).toBeCloseTo(1, 4);
    expect(dot(a, b)).toBeGreaterThan(dot(a, c) + 0.2);
    expect(usage).toEqual({ prompt_tokens: 16, total_tokens: 16 });
  });

  test("take dimensions, tokens and both encodings", async () => {
    const body = { model: "text-embedding-3-small", input: "hello", dimensions: 8 };
    const [plain, packed] = [
      await client.embeddings.create({ ...body, encoding_format: "float" }),
      await client.embeddings.create(body),
    ];
    expect(plain.data[0]?.embedding).toHaveLength(8);
    expect(packed.data[0]?.embedding).toEqual(plain.data[0]?.embedding);
    const tokens = await client.embeddings.create({ ...body, input: [[1, 2, 3], [4]] });
    expect(tokens).toMatchObject({ data: { length: 2 }, usage: { prompt_tokens: 4 } });
  });
});

test("another sandbox gives the same answers, ids and token counts", async () => {
  const other = await startSandbox({ paceMs: 0 });
  const twin = new OpenAI({ apiKey: "other", baseURL: other.baseUrls.openai, maxRetries: 0 });
  const body = { model: "gpt-5", input: "The weather in Oslo?", reasoning: { summary: "auto" } } as const;
  const [one, two] = [await client.responses.create(body), await twin.responses.create(body)];
  expect([two.id, two.output, two.usage]).toEqual([one.id, one.output, one.usage]);
  await other.close();
});

test("models are listed, and every name is answered", async () => {
  expect((await client.models.list()).data.map(({ id }) => id)).toContain("gpt-5.5");
  expect(await client.models.retrieve("made-up")).toMatchObject({ id: "made-up", object: "model" });
});

test("a missing key is OpenAI's 401", async () => {
  const keyless = client.models.list({ headers: { authorization: null } });
  await expect(keyless).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
});
