import type { GatewayError, Transport, WireRequest } from "@gw/core";
import { expect, test } from "vitest";
import { type OpenAICompatibleOptions, openAICompatible, providerPackage } from "../src/index.ts";

const baseUrl = "http://10.0.0.5:8000/v1";

test.each<[object, string]>([
  [{}, "baseUrl"],
  [{ baseUrl: "10.0.0.5" }, "baseUrl"],
  [{ baseUrl, api: "messages" }, "api"],
  [{ baseUrl, models: "qwen" }, "models"],
  [{ baseUrl, models: [{ name: "qwen" }] }, "models"],
  [{ baseUrl, quirks: [] }, "quirks"],
  [{ baseUrl, key: "k" }, "key"],
])("the options %j are wrong in %s", (options, param) => {
  expect(() => openAICompatible(options as OpenAICompatibleOptions)).toThrow(
    expect.objectContaining({ code: "invalid_request", param } satisfies Partial<GatewayError>),
  );
});

test("is loaded by name, and by no environment variable", () => {
  expect(providerPackage).toMatchObject({ vendor: "openai-compatible", environment: null });
  expect(providerPackage.create({ baseUrl, id: "house", models: ["a", { id: "b" }] }).id).toBe("house");
});

test.each<[Partial<OpenAICompatibleOptions>, readonly string[], string]>([
  [{}, ["openai-chat", "openai-responses", "openai-embeddings"], "/chat/completions"],
  [{ api: "chat" }, ["openai-chat", "openai-embeddings"], "/chat/completions"],
  [{ api: "responses" }, ["openai-responses", "openai-embeddings"], "/responses"],
])("%j speaks %j and sends to %s", async (options, dialects, path) => {
  const sent: WireRequest[] = [];
  const transport: Transport = {
    send: async (request) => {
      sent.push(request);
      throw new Error("enough");
    },
    close: async () => {},
  };
  const provider = openAICompatible({ baseUrl, transport, ...options });
  expect(provider.native?.dialects).toEqual(dialects);
  await provider.text?.generate({ model: "m", messages: [] }).catch(() => {});
  expect(sent[0]?.url).toBe(baseUrl + path);
  expect(sent[0]?.headers).not.toHaveProperty("authorization");
});

test("the server's ways are told by its owner", async () => {
  const sent: WireRequest[] = [];
  const transport: Transport = {
    send: async (request) => {
      sent.push(request);
      throw new Error("enough");
    },
    close: async () => {},
  };
  for (const quirks of [{}, { maxTokensField: "max_completion_tokens", refusedParams: ["seed"] }] as const) {
    const provider = openAICompatible({ baseUrl, apiKey: "k", transport, quirks });
    await provider.text?.generate({ model: "m", messages: [], maxOutputTokens: 5, seed: 1 }).catch(() => {});
  }
  expect(sent.map(({ body }) => JSON.parse(body as string))).toEqual([
    { model: "m", messages: [], max_tokens: 5, seed: 1 },
    { model: "m", messages: [], max_completion_tokens: 5 },
  ]);
  expect(sent[0]?.headers.authorization).toBe("Bearer k");
});
