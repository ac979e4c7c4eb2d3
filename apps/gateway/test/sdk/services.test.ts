import Anthropic from "@anthropic-ai/sdk";
import { ApiError, GoogleGenAI, type Model } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { gatewayKey, type StartedGateway, startGateway } from "./started-gateway.ts";

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

describe("token counts", () => {
  const tools = [{ name: "get_weather", input_schema: { type: "object" as const, properties: {} } }];
  const messages = [{ role: "user" as const, content: "Why is the sky blue?" }];

  test.each(models)("%s: @anthropic-ai/sdk", async (model) => {
    const bare = await anthropic.messages.countTokens({ model, messages });
    expect(bare.input_tokens).toBe(10);
    const full = await anthropic.messages.countTokens({ model, messages, tools, system: "Be brief" });
    expect(full.input_tokens).toBeGreaterThan(25);
    expect(started.upstream.calls.map(({ path }) => path)).toHaveLength(2);
  });

  test.each(models)("%s: @google/genai", async (model) => {
    expect((await google.models.countTokens({ model, contents: "Why is the sky blue?" })).totalTokens).toBe(10);
    const unknown = google.models.countTokens({ model: "nobody/x", contents: "?" });
    await expect(unknown).rejects.toMatchObject({ status: 404, message: expect.stringContaining("model_not_found") });
    await expect(unknown).rejects.toBeInstanceOf(ApiError);
  });
});

describe("embeddings", () => {
  test.each([
    ["openai/text-embedding-3-small", "native", 3],
    // Google says nothing of usage, and OpenAI's type demands a number.
    ["google/gemini-embedding-001", "translated", 0],
  ])("%s", async (model, lane, tokens) => {
    const body = { model, input: ["the cat", "sat"], dimensions: 8 };
    const { data, response } = await openai.embeddings.create(body).withResponse();
    expect(response.headers.get("gw-lane")).toBe(lane);
    expect(data.data.map(({ embedding, index }) => [index, embedding.length])).toEqual([
      [0, 8],
      [1, 8],
    ]);
    expect(data.usage).toEqual({ prompt_tokens: tokens, total_tokens: tokens });
    // The SDK asks for base64 by itself; numbers are the same.
    const floats = await openai.embeddings.create({ ...body, encoding_format: "float" });
    expect(floats.data[0]?.embedding).toHaveLength(8);
    expect(floats.data[0]?.embedding).toEqual(data.data[0]?.embedding.map((value) => expect.closeTo(value, 6)));
  });

  test("a chat model has none", async () => {
    const asked = openai.embeddings.create({ model: "anthropic/claude-sonnet-5", input: "x" });
    await expect(asked).rejects.toMatchObject({ status: 400, code: "unsupported_capability" });
  });
});

describe("models", () => {
  test("openai", async () => {
    const listed = (await openai.models.list()).data;
    expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining(models));
    expect(listed.find(({ id }) => id === "openai/gpt-5.5")).toMatchObject({
      object: "model",
      created: Date.parse("2026-04-23") / 1_000,
      owned_by: "openai",
      context_tokens: 1_050_000,
      offers: [{ provider: "openai", model: "gpt-5.5" }],
    });
    expect(await openai.models.retrieve("anthropic/claude-opus-4.6")).toMatchObject({
      id: "anthropic/claude-opus-4-6",
    });
    await expect(openai.models.retrieve("nobody/x")).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  test("anthropic", async () => {
    const listed: Anthropic.ModelInfo[] = [];
    for await (const model of anthropic.models.list()) listed.push(model);
    expect(listed.find(({ id }) => id === "anthropic/claude-sonnet-5")).toMatchObject({
      type: "model",
      display_name: "anthropic/claude-sonnet-5",
      created_at: "2026-06-30T00:00:00.000Z",
    });
    expect(await anthropic.models.retrieve("openai/gpt-5.5")).toMatchObject({ id: "openai/gpt-5.5", type: "model" });
  });

  test("google, under either version of its paths", async () => {
    const listed: Model[] = [];
    for await (const model of await google.models.list()) listed.push(model);
    const expected = {
      name: "models/google/gemini-3.5-flash",
      outputTokenLimit: 65_536,
      supportedActions: expect.arrayContaining(["generateContent", "countTokens"]),
    };
    expect(listed.find(({ name }) => name === expected.name)).toMatchObject(expected);
    expect(await google.models.get({ model: "google/gemini-3.5-flash" })).toMatchObject(expected);
    await expect(google.models.get({ model: "nobody/x" })).rejects.toMatchObject({ status: 404 });
    const beta = await fetch(`${started.url}/v1beta/models?key=${gatewayKey}`);
    expect(await beta.json()).toMatchObject({
      models: expect.arrayContaining([expect.objectContaining({ name: expected.name })]),
    });
    const keyless = await fetch(`${started.url}/v1beta/models`);
    expect([keyless.status, await keyless.json()]).toMatchObject([
      401,
      { error: { code: 401, status: "invalid_api_key" } },
    ]);
    const wrongMethod = await fetch(`${started.url}/v1beta/models/${models[0]}:generateContent`);
    expect([wrongMethod.status, wrongMethod.headers.get("allow")]).toEqual([405, "POST"]);
  });
});
