import Anthropic from "@anthropic-ai/sdk";
import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../src/index.ts";

let sandbox: Sandbox;
let client: Anthropic;
beforeAll(async () => {
  sandbox = await startSandbox({ paceMs: 0 });
  client = new Anthropic({ apiKey: "any", authToken: null, baseURL: sandbox.baseUrls.anthropic, maxRetries: 0 });
});
afterAll(() => sandbox.close());

const model = "claude-haiku-4-5";
const say = (content: Anthropic.MessageParam["content"]): Anthropic.MessageParam[] => [{ role: "user", content }];
const tool: Anthropic.Tool = {
  name: "get_weather",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

test("answers the same twice, whole and streamed", async () => {
  const body = { model, max_tokens: 500, messages: say("Why is the sky blue?") };
  const [first, again] = [await client.messages.create(body), await client.messages.create(body)];
  expect(again).toEqual(first);
  const streamed = await client.messages.stream(body).finalMessage();
  expect(streamed.content).toEqual(first.content);
  expect(streamed).toMatchObject({ id: first.id, stop_reason: "end_turn" });
  expect(streamed.usage.output_tokens).toBe(first.usage.output_tokens);
  expect(first.content[0]).toMatchObject({ type: "text", text: expect.stringContaining("Why is the sky blue?") });
  const other = await client.messages.create({ ...body, messages: say("Why?") });
  expect(other.id).not.toBe(first.id);
});

test("max_tokens and stop sequences cut", async () => {
  const messages = say("Say exactly: one two three four five");
  const cut = await client.messages.create({ model, max_tokens: 3, messages });
  expect(cut).toMatchObject({
    stop_reason: "max_tokens",
    content: [{ text: "one two three" }],
    usage: { output_tokens: 3 },
  });
  const stopped = await client.messages.create({ model, max_tokens: 99, messages, stop_sequences: ["four"] });
  expect(stopped).toMatchObject({
    stop_reason: "stop_sequence",
    stop_sequence: "four",
    content: [{ text: "one two three " }],
  });
  const empty = await client.messages.create({ model, max_tokens: 99, messages, stop_sequences: ["one"] });
  expect(empty).toMatchObject({ stop_reason: "stop_sequence", content: [] });
});

test("max_tokens may cut a call's arguments", async () => {
  const body = { model, max_tokens: 12, messages: say("The weather in Oslo?"), tools: [tool] };
  const whole = await client.messages.create(body);
  expect(whole).toMatchObject({ stop_reason: "max_tokens", content: [{}, { type: "tool_use", input: {} }] });
  const fragments: string[] = [];
  const stream = client.messages.stream(body).on("inputJson", (fragment) => fragments.push(fragment));
  await stream.done();
  expect(fragments.join("")).toBe('{"city":"Os');
});

test.each([true, false])("parallel tools go round with signed thinking (stream: %s)", async (stream) => {
  const messages = say("Compare the weather in Paris and Rome.");
  const body = {
    model,
    max_tokens: 4_000,
    messages,
    tools: [tool],
    thinking: { type: "enabled" as const, budget_tokens: 1_024 },
  };
  const ask = () => (stream ? client.messages.stream(body).finalMessage() : client.messages.create(body));
  const called = await ask();
  expect(called.stop_reason).toBe("tool_use");
  expect(called.content.map((block) => block.type)).toEqual(["thinking", "text", "tool_use", "tool_use"]);
  const calls = called.content.filter((block) => block.type === "tool_use");
  expect(calls.map((call) => call.input)).toEqual([{ city: "Paris" }, { city: "Rome" }]);
  messages.push({ role: "assistant", content: called.content });
  messages.push({
    role: "user",
    content: calls.map((call, index) => ({
      type: "tool_result",
      tool_use_id: call.id,
      content: index === 0 ? "18 degrees" : [{ type: "text", text: "no such station" }],
      is_error: index === 1,
    })),
  });
  const answered = await ask();
  const text = answered.content.find((block) => block.type === "text")?.text;
  expect(answered.stop_reason).toBe("end_turn");
  expect(text).toContain("get_weather answered: 18 degrees");
  expect(text).toContain("get_weather failed with: no such station");
});

test("thinking that was changed is refused", async () => {
  const thinking = { type: "enabled" as const, budget_tokens: 1_024 };
  const messages = say("Why?");
  const first = await client.messages.create({ model, max_tokens: 2_000, thinking, messages });
  const thought = first.content[0];
  if (thought?.type !== "thinking") throw new Error("no thinking came");
  const goOn = (content: Anthropic.ContentBlockParam[]) =>
    client.messages.create({
      model,
      max_tokens: 2_000,
      thinking,
      messages: [...messages, { role: "assistant", content }, { role: "user", content: "And?" }],
    });
  await expect(goOn(first.content)).resolves.toMatchObject({ stop_reason: "end_turn" });
  const changed = { ...thought, thinking: `${thought.thinking} ` };
  await expect(goOn([changed, ...first.content.slice(1)])).rejects.toBeInstanceOf(Anthropic.BadRequestError);
});

test("structured output parses with the SDK's own helper", async () => {
  const schema = {
    type: "object",
    properties: { title: { type: "string" }, count: { type: "integer" } },
    required: ["title", "count"],
    additionalProperties: false,
  } as const;
  const parsed = await client.messages.parse({
    model,
    max_tokens: 500,
    messages: say("Name 7 things about Oslo"),
    output_config: { format: jsonSchemaOutputFormat(schema) },
  });
  expect(parsed.parsed_output).toEqual({ title: "Oslo", count: 7 });
});

test("images and documents are acknowledged with type and size", async () => {
  const data = Buffer.from("bytes").toString("base64");
  const answer = await client.messages.create({
    model,
    max_tokens: 500,
    messages: say([
      { type: "image", source: { type: "base64", media_type: "image/jpeg", data } },
      { type: "document", source: { type: "base64", media_type: "application/pdf", data } },
      { type: "text", text: "What are these?" },
    ]),
  });
  const text = answer.content[0]?.type === "text" ? answer.content[0].text : "";
  expect(text).toContain("an image (image/jpeg, 5 bytes)");
  expect(text).toContain("a document (application/pdf, 5 bytes)");
});

test("a marked prefix is written to the cache once, and read from then on", async () => {
  const system: Anthropic.TextBlockParam[] = [
    { type: "text", text: "rule ".repeat(1_500), cache_control: { type: "ephemeral", ttl: "1h" } },
  ];
  const ask = async (question: string) =>
    (await client.messages.create({ model, max_tokens: 100, system, messages: say(question) })).usage;
  const [write, read] = [await ask("First?"), await ask("Second?")];
  const size = write.cache_creation_input_tokens ?? 0;
  expect(size).toBeGreaterThan(1_400);
  expect(write.cache_creation).toEqual({ ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: size });
  expect(read).toMatchObject({ cache_read_input_tokens: size, cache_creation_input_tokens: 0 });
  expect(read.input_tokens).toBeLessThan(20);
});

test("tokens can be counted before", async () => {
  const messages = say("How many tokens is this?");
  const { input_tokens } = await client.messages.countTokens({ model, messages, tools: [tool] });
  const { usage } = await client.messages.create({ model, max_tokens: 9, messages, tools: [tool] });
  expect(input_tokens).toBe(usage.input_tokens);
});

test("a refusal is a stop reason", async () => {
  const refused = await client.messages.create({ model, max_tokens: 99, messages: say("[[gw-refuse]]") });
  expect(refused).toMatchObject({ stop_reason: "refusal", content: [], stop_details: { type: "refusal" } });
});

test("errors raise the SDK's own classes", async () => {
  const fail = (status: number) =>
    client.messages.create({ model, max_tokens: 9, messages: say(`[[gw-fault:status=${status}]]`) });
  await expect(fail(429)).rejects.toBeInstanceOf(Anthropic.RateLimitError);
  await expect(fail(529)).rejects.toMatchObject({ status: 529, error: { error: { type: "overloaded_error" } } });
  const keyless = client.models.list({}, { headers: { "x-api-key": null, authorization: null } });
  await expect(keyless).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
});

test("an aborted stream ends at once", async () => {
  const stream = client.messages.stream(
    { model, max_tokens: 99, messages: say("Hello") },
    { headers: { "gw-sandbox-pace-ms": "60000" } },
  );
  stream.on("connect", () => stream.abort());
  await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
});

test("models are listed in Anthropic's form", async () => {
  expect((await client.models.list()).data[0]).toMatchObject({ type: "model", id: "claude-opus-4-6" });
});
