import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createGateway } from "../../src/index.ts";
import { gatewayKey, type StartedGateway, startGateway, vendorKey } from "./started-gateway.ts";

let started: StartedGateway;
let openai: OpenAI;
let anthropic: Anthropic;
beforeAll(async () => {
  started = await startGateway();
  openai = new OpenAI({ apiKey: gatewayKey, baseURL: `${started.url}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: gatewayKey, authToken: null, baseURL: started.url, maxRetries: 0 });
});
afterAll(() => started.close());
beforeEach(() => started.upstream.forget());

const messages = [{ role: "user" as const, content: "Say exactly: one two" }];

function gatewayHeaders(response: Response): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("gw-")));
}

describe("headers", () => {
  test.each([
    ["openai/gpt-4.1", "native", "openai", "gpt-4.1"],
    ["anthropic/claude-opus-4.6", "translated", "anthropic", "claude-opus-4-6"],
    ["gemini-3.5-flash", "translated", "google", "gemini-3.5-flash"],
  ])("%s: %s", async (model, lane, provider, sent) => {
    const expected = {
      "gw-request-id": expect.stringMatching(/^req_\w{20,}$/),
      "gw-lane": lane,
      "gw-provider": provider,
      "gw-model": sent,
      "gw-attempts": "1",
    };
    const whole = await openai.chat.completions.create({ model, messages }).asResponse();
    expect(gatewayHeaders(whole)).toEqual({ ...expected, "gw-cost-usd": expect.stringMatching(/^0\.\d+$/) });
    const stream = await openai.chat.completions.create({ model, messages, stream: true }).asResponse();
    expect(gatewayHeaders(stream)).toEqual({ ...expected, "gw-stream-id": expect.stringMatching(/^st_\w{20,}$/) });
    expect(stream.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    await stream.body?.cancel();
  });

  test("a gateway without keys answers from the sandbox, and says so", async () => {
    const gateway = await createGateway({ sandbox: "on", adminKey: gatewayKey, environment: {} });
    const { url } = await gateway.listen({ port: 0 });
    const client = new OpenAI({ apiKey: gatewayKey, baseURL: `${url}/v1`, maxRetries: 0 });
    const answer = client.chat.completions.create({ model: "anthropic/claude-sonnet-5", messages });
    const { data, response } = await answer.withResponse();
    expect(data.choices[0]?.message.content).toBe("one two");
    expect(gatewayHeaders(response)["gw-sandbox"]).toBe("true");
    await gateway.close();
  });

  test("an error carries its code and where it came from", async () => {
    const failed = openai.chat.completions.create({
      model: "google/gemini-3.5-flash",
      messages: [{ role: "user", content: "[[gw-fault:status=503]]" }],
    });
    const error = await failed.then(
      () => null,
      (raised: InstanceType<typeof OpenAI.APIError>) => raised,
    );
    expect(Object.fromEntries(error?.headers ?? [])).toMatchObject({
      "gw-error": "overloaded",
      "gw-provider": "google",
      "gw-lane": "translated",
      "gw-request-id": expect.stringMatching(/^req_/),
    });
  });
});

describe("parameters that the target does not take", () => {
  const odd = { temperature: 0.5, seed: 1, logit_bias: { "5": 1 }, n: 2 };

  test("are reported by the names that the caller knows", async () => {
    const { response } = await openai.chat.completions
      .create({ model: "anthropic/claude-sonnet-5", messages, ...odd })
      .withResponse();
    const params = response.headers.get("gw-params")?.split(", ").toSorted();
    expect(params).toEqual(["logit_bias=dropped", "n=dropped", "seed=dropped", "temperature=dropped"]);
    const [call] = started.upstream.calls;
    expect(Object.keys(call?.body ?? {}).toSorted()).toEqual(["max_tokens", "messages", "model"]);
  });

  test("are reported in a stream's head too", async () => {
    const { response, data } = await anthropic.messages
      .create({ model: "openai/gpt-5.5", max_tokens: 99, messages, stop_sequences: ["x"], stream: true })
      .withResponse();
    expect(response.headers.get("gw-params")).toBe("stop_sequences=dropped");
    data.controller.abort();
  });

  test("parts of a parameter are reported under its name", async () => {
    const { response } = await anthropic.messages
      .create({
        model: "google/gemini-3.5-flash",
        max_tokens: 4_000,
        system: [{ type: "text", text: "Be brief", cache_control: { type: "ephemeral" } }],
        messages,
        thinking: { type: "enabled", budget_tokens: 2_000 },
      })
      .withResponse();
    expect(response.headers.get("gw-params")).toBe("cache_control=dropped, thinking=mapped");
    const cached = anthropic.messages.create({
      model: "openai/gpt-4.1",
      max_tokens: 99,
      messages: [{ role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }] }],
    });
    expect((await cached.asResponse()).headers.get("gw-params")).toBe("messages.cache_control=dropped");
  });

  test("parts of a tool are reported as such: the tool itself was sent", async () => {
    const tool = { name: "now", input_schema: { type: "object" as const }, strict: true, input_examples: [{}] };
    const { response } = await anthropic.messages
      .create({ model: "google/gemini-3.5-flash", max_tokens: 99, messages, tools: [tool] })
      .withResponse();
    const params = response.headers.get("gw-params")?.split(", ").toSorted();
    expect(params).toEqual(["tools.input_examples=dropped", "tools.strict=dropped"]);
  });

  test("a wish to see reasoning is none that could be refused", async () => {
    const { openai: baseUrl } = started.upstream.baseUrls;
    const house = { package: "@gw/provider-openai-compatible", apiKey: vendorKey, baseUrl };
    const gateway = await createGateway({ adminKey: gatewayKey, config: { providers: { house } } });
    const { url } = await gateway.listen({ port: 0 });
    const client = new Anthropic({ apiKey: gatewayKey, authToken: null, baseURL: url, maxRetries: 0 });
    const body = { model: "house/gpt-4.1", max_tokens: 99, messages, output_config: { effort: "high" as const } };
    const strict = { headers: { "gw-strict-params": "true" } };
    const { data, response } = await client.messages.create(body, strict).withResponse();
    expect(data.content).toMatchObject([{ type: "text", text: "one two" }]);
    expect(response.headers.get("gw-params")).toBeNull();
    await gateway.close();
  });

  test.each([
    ["anthropic/claude-sonnet-5", { logit_bias: { "5": 1 } }, "logit_bias"],
    ["anthropic/claude-sonnet-5", { temperature: 0.5 }, "temperature"],
    ["google/gemini-3.5-flash", { parallel_tool_calls: false }, "parallel_tool_calls"],
  ])("are refused by %s under gw-strict-params: %j", async (model, fields, param) => {
    for (const stream of [false, true]) {
      const strict = { headers: { "gw-strict-params": "true" } };
      const asked = openai.chat.completions.create({ model, messages, ...fields, stream }, strict);
      await expect(asked).rejects.toMatchObject({ status: 400, code: "unsupported_parameter", param });
    }
    expect(started.upstream.calls).toEqual([]);
  });

  test("nothing is refused where everything is taken", async () => {
    const strict = { headers: { "gw-strict-params": "true" } };
    const fields = { max_completion_tokens: 50, temperature: 0.5, stop: ["x"] };
    const model = "google/gemini-3.5-flash";
    const { response } = await openai.chat.completions.create({ model, messages, ...fields }, strict).withResponse();
    expect(response.headers.get("gw-params")).toBeNull();
  });

  test("a conversation that is kept elsewhere cannot be gone on with", async () => {
    const asked = openai.responses.create({
      model: "anthropic/claude-sonnet-5",
      input: "And?",
      previous_response_id: "resp_1",
    });
    await expect(asked).rejects.toMatchObject({
      status: 400,
      code: "unsupported_capability",
      param: "previous_response_id",
    });
  });

  test("the vendor's own previous_response_id passes through", async () => {
    const model = "openai/gpt-4.1";
    const first = await openai.responses.create({ model, input: "My name is Ada" });
    const second = await openai.responses.create({ model, input: "And?", previous_response_id: first.id });
    expect(second.usage?.input_tokens).toBeGreaterThan(first.usage?.input_tokens ?? 0);
    expect(started.upstream.calls[1]?.body.previous_response_id).toBe(first.id);
  });
});

describe("usage chunks", () => {
  test.each(["openai/gpt-4.1", "anthropic/claude-sonnet-5", "google/gemini-3.5-flash"])(
    "%s: only for callers who ask",
    async (model) => {
      const chunksWith = async (options?: OpenAI.ChatCompletionStreamOptions) => {
        const body = { model, messages, stream: true as const, ...(options && { stream_options: options }) };
        const chunks: OpenAI.ChatCompletionChunk[] = [];
        for await (const chunk of await openai.chat.completions.create(body)) chunks.push(chunk);
        return chunks.filter(({ usage }) => (usage ?? null) !== null);
      };
      expect(await chunksWith()).toEqual([]);
      expect(await chunksWith({ include_usage: true })).toMatchObject([{ choices: [], usage: { prompt_tokens: 9 } }]);
    },
  );
});
