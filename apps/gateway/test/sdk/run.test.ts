import { type AI, AIError, createAI, resumingFetch } from "@gw/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { gatewayKey, type StartedGateway, startGateway } from "./started-gateway.ts";

let started: StartedGateway;
beforeAll(async () => {
  started = await startGateway();
});
afterAll(() => started.close());
beforeEach(() => started.upstream.forget());

const models = ["openai/gpt-4.1", "anthropic/claude-haiku-4-5", "google/gemini-2.5-flash-lite"];
const places: readonly (readonly [string, () => AI["run"]])[] = [
  ["over HTTP", () => createAI({ baseURL: started.url, apiKey: gatewayKey }).run],
  ["in process", () => started.gateway.run],
];
const chunksBeforeStall: Readonly<Record<string, number>> = {
  "openai/gpt-4.1": 13,
  "anthropic/claude-haiku-4-5": 11,
  "google/gemini-2.5-flash-lite": 14,
};
const exactly = "Say exactly: one two three";

async function collect<Chunk>(stream: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

describe.each(places)("ai.run %s", (_place, runOf) => {
  describe.each(models)("%s", (model) => {
    test("a prompt, in each of its forms", async () => {
      const usage = { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 };
      for (const input of [exactly, { prompt: exactly }, { input: exactly }] as const) {
        const answer = await runOf()(model, input);
        expect(answer).toEqual({ response: "one two three", finish_reason: "stop", usage });
      }
      expect(await runOf()(model, { prompt: exactly, max_tokens: 2 })).toMatchObject({
        response: "one two",
        finish_reason: "length",
      });
    });

    test("what stands beside a text as input", async () => {
      const input = { input: exactly, instructions: "Be brief", max_output_tokens: 2 };
      expect(await runOf()(model, input)).toMatchObject({ response: "one two", finish_reason: "length" });
      expect(JSON.stringify(started.upstream.calls[0]?.body)).toContain("Be brief");
      const refused = runOf()(model, { input: exactly, instructions: ["Be brief"] });
      await expect(refused).rejects.toMatchObject({ code: "invalid_request", status: 400 });
    });

    test("messages", async () => {
      const { choices } = await runOf()(model, {
        messages: [
          { role: "system", content: "Be brief" },
          { role: "user", content: exactly },
        ],
      });
      expect(choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "one two three" } });
    });

    test("streams of both", async () => {
      const prompted = await collect(await runOf()(model, { prompt: exactly, stream: true }));
      expect(prompted.map(({ response }) => response)).toEqual(["one", " two", " three", ""]);
      expect(prompted.at(-1)).toMatchObject({ finish_reason: "stop", usage: { completion_tokens: 3 } });
      const messages = [{ role: "user" as const, content: exactly }];
      const chatted = await collect(await runOf()(model, { messages, stream: true }));
      expect(chatted.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("one two three");
    });

    test("a tool call", async () => {
      const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
      const tools = [{ type: "function", function: { name: "get_weather", parameters } }];
      const input = { prompt: "The weather in Oslo?", tools };
      const call = { id: expect.any(String), name: "get_weather", arguments: '{"city":"Oslo"}' };
      expect(await runOf()(model, input)).toMatchObject({ finish_reason: "tool_calls", tool_calls: [call] });
      const chunks = await collect(await runOf()(model, { ...input, stream: true }));
      expect(chunks.flatMap(({ tool_calls }) => tool_calls ?? [])).toEqual([call]);
    });

    test("errors have codes", async () => {
      const failed = runOf()(model, { prompt: "[[gw-fault:status=503]]" });
      await expect(failed).rejects.toBeInstanceOf(AIError);
      await expect(failed).rejects.toMatchObject({
        code: "overloaded",
        status: 503,
        requestId: expect.stringMatching(/^req_/),
      });
      await expect(runOf()(`nobody-${model}`, exactly)).rejects.toMatchObject({ code: "model_not_found", status: 404 });
      await expect(runOf()(model, {} as { prompt: string })).rejects.toMatchObject({
        code: "invalid_request",
        status: 400,
      });
      const strict = runOf()(model, { prompt: exactly, top_k: 5, logit_bias: { "5": 1 } }, { strictParams: true });
      await expect(strict).rejects.toMatchObject({ code: "unsupported_parameter", status: 400 });
    });

    test("a stream that breaks off is an error, after what came", async () => {
      const pieces: string[] = [];
      const read = async () => {
        const input = { prompt: "[[gw-fault:cut=12]] Tell me about lighthouses", stream: true as const };
        for await (const { response } of await runOf()(model, input)) pieces.push(response);
      };
      await expect(read()).rejects.toMatchObject({ code: "stream_truncated" });
      expect(pieces.length).toBeGreaterThan(2);
    });

    test.each(["abort", "leave"])("the vendor's call ends with the caller's %s", async (way) => {
      const abort = new AbortController();
      const arrived = started.upstream.nextCall();
      const input = { prompt: "[[gw-fault:stall=14]] Tell me about lighthouses", stream: true as const };
      const stream = await runOf()(model, input, { signal: abort.signal });
      let chunks = 0;
      const read = async () => {
        for await (const _chunk of stream) {
          chunks += 1;
          if (way === "abort") abort.abort();
          // Nothing more comes after it: whoever waits for the vendor's next word would wait long.
          else if (chunks === chunksBeforeStall[model]) return;
        }
      };
      if (way === "abort") await expect(read()).rejects.toMatchObject({ name: "AbortError" });
      else await read();
      expect(await (await arrived).cut).toBe(true);
    });

    test("an abort before the answer ends the vendor's call", async () => {
      const abort = new AbortController();
      const arrived = started.upstream.nextCall();
      const asked = runOf()(model, "[[gw-fault:delay=60000]] Hello", { signal: abort.signal });
      const refused = expect(asked).rejects.toMatchObject({ name: "AbortError" });
      const call = await arrived;
      abort.abort();
      await refused;
      expect(await call.cut).toBe(true);
    });
  });

  test("embeddings", async () => {
    const list = await runOf()("openai/text-embedding-3-small", { text: ["the cat", "sat"], dimensions: 8 });
    expect(list.data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
    expect(list.usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
  });

  test("metadata and the session are kept with the call", async () => {
    await runOf()("openai/gpt-4.1", exactly, {
      gateway: { id: "default" },
      metadata: { teamId: "AI" },
      sessionId: "s1",
    });
    const logs = await fetch(`${started.url}/admin/v1/logs`, { headers: { authorization: `Bearer ${gatewayKey}` } });
    const { data } = (await logs.json()) as { data: readonly object[] };
    expect(data[0]).toMatchObject({ metadata: { teamId: "AI" }, session_id: "s1", model: "openai/gpt-4.1" });
  });
});

test("over HTTP a key is asked for", async () => {
  const { run } = createAI({ baseURL: started.url, apiKey: "gw_unknown" });
  await expect(run("openai/gpt-4.1", exactly)).rejects.toMatchObject({ code: "invalid_api_key", status: 401 });
  const nowhere = createAI({
    baseURL: "http://127.0.0.1:9",
    apiKey: gatewayKey,
    fetch: resumingFetch({ maxReconnects: 1 }),
  });
  await expect(nowhere.run("openai/gpt-4.1", exactly)).rejects.toMatchObject({
    code: "connection_failed",
    status: null,
  });
});
