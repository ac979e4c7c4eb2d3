import { readFileSync } from "node:fs";
import Anthropic, { APIError } from "@anthropic-ai/sdk";
import { type ScriptedReply, startUpstream, type Upstream } from "@gw/provider-testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createGateway, type Gateway } from "../../src/index.ts";

// One provider, two kinds of model: some speak the caller's format themselves, behind binary framing, the others do not.

const claude = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const nova = "bedrock/us.amazon.nova-2-lite-v1:0";
const contentType = "application/vnd.amazon.eventstream";
const wire = (file: string) =>
  readFileSync(new URL(`../../../../packages/provider-bedrock/test/wire/${file}`, import.meta.url));
const stream = (file: string): ScriptedReply => ({ headers: { "content-type": contentType }, body: wire(file) });
const question = { max_tokens: 64, messages: [{ role: "user" as const, content: "Hi" }] };

let upstream: Upstream;
let gateway: Gateway;
let reply: ScriptedReply;
let lanes: (string | null)[];
let client: Anthropic;

beforeEach(async () => {
  upstream = await startUpstream(() => reply);
  const provider = {
    baseUrl: upstream.url,
    region: "us-east-1",
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "sk-lane",
  };
  gateway = await createGateway({ config: { providers: { bedrock: provider } }, sandbox: "off", environment: {} });
  lanes = [];
  client = new Anthropic({
    baseURL: "http://gateway.test",
    apiKey: "in-process",
    maxRetries: 0,
    fetch: async (...request) => {
      const response = await gateway.fetch(...request);
      lanes.push(response.headers.get("gw-lane"));
      return response;
    },
  });
});
afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

describe.each([
  { model: claude, lane: "native", name: "messages" },
  { model: nova, lane: "translated", name: "converse" },
])("$model", ({ model, lane, name }) => {
  test("streams words, calls and thinking to the official SDK", async () => {
    const heard = [];
    for (const part of ["text", "tools-parallel", "reasoning"]) {
      reply = stream(`${name}-${part}.eventstream`);
      heard.push(await client.messages.stream({ model, ...question }).finalMessage());
    }
    const [words, calls, thinking] = heard.map(({ content }) => content);
    expect(words).toMatchObject([{ type: "text", text: "Grüße! 你好 👋" }]);
    expect(calls?.filter(({ type }) => type === "tool_use")).toMatchObject([
      { name: "weather", input: { city: "Oslo" } },
      { name: "weather", input: { city: "Rome" } },
    ]);
    expect(thinking).toMatchObject([
      { type: "thinking", thinking: "Let me see." },
      { type: "text", text: "Yes." },
    ]);
    expect(heard[0]).toMatchObject({ stop_reason: "end_turn", usage: { output_tokens: 15 } });
    expect(lanes).toEqual([lane, lane, lane]);
    expect(upstream.requests[0]?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//);
  });

  test("answers whole, and counts tokens", async () => {
    reply = { body: wire(`${name}-text.json`) };
    expect(await client.messages.create({ model, ...question })).toMatchObject({
      content: [{ type: "text", text: "Grüße! 你好 👋" }],
      usage: { input_tokens: 12, cache_read_input_tokens: 2000, cache_creation_input_tokens: 100, output_tokens: 9 },
    });
    reply = { body: wire(`${name}-count-tokens.json`) };
    expect(await client.messages.countTokens({ model, messages: question.messages })).toEqual({ input_tokens: 17 });
    expect(lanes[0]).toBe(lane);
  });

  test("a refusal reaches the SDK as an error of its own", async () => {
    reply = {
      status: 429,
      headers: { "x-amzn-errortype": "ThrottlingException:http://x/" },
      body: wire("error-429.json"),
    };
    const error = await client.messages.create({ model, ...question }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status: 429, error: { type: "error", error: { type: "rate_limit_error" } } });
  });
});
