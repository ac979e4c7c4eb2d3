import type { JsonObject } from "@gw/core/types";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readExchange, skipReason } from "./corpus.ts";
import { address, type ReplayedGateway, startReplayedGateway } from "./replayed-gateway.ts";

// biome-ignore lint/suspicious/noExplicitAny: JSON off the wire
type Raw = any;

const counts = [
  ["anthropic-anthropic-messages", "anthropic/count_tokens__claude-haiku-4-5__plain.json", "input_tokens"],
  ["google-gemini", "google/count_tokens__gemini-3-5-flash__plain.json", "totalTokens"],
  ["openai", "openai/count_tokens__gpt-5-4-nano__plain.json", "input_tokens"],
] as const;

describe.skipIf(skipReason !== "")(`counts and embeddings of another vendor${skipReason}`, () => {
  let gateway: ReplayedGateway;
  beforeAll(async () => {
    gateway = await startReplayedGateway([
      { vendor: "openai", format: "openai-chat" },
      { vendor: "anthropic", format: "anthropic-messages" },
      { vendor: "google", format: "gemini" },
    ]);
  });
  afterAll(() => gateway.close());

  const ask = async (path: string, body: JsonObject, file: string): Promise<Raw> => {
    const { response } = readExchange(file);
    gateway.vendor.answer({ status: 200, headers: {}, bytes: Buffer.from(JSON.stringify(response.body)) });
    const reply = await gateway.call(path, body);
    expect([reply.status, reply.headers.get("gw-lane")]).toEqual([200, "translated"]);
    return JSON.parse(reply.text);
  };

  test.each(counts.filter(([provider]) => !provider.startsWith("anthropic")))(
    "a caller of messages learns what %s counts",
    async (provider, file, field) => {
      const { path, fields } = address("anthropic-messages", `${provider}/m`, {
        stream: false,
        operation: "count-tokens",
      });
      const body = await ask(path, { ...fields, messages: [{ role: "user", content: "How many?" }] }, file);
      expect(body).toEqual({ input_tokens: (readExchange(file).response.body as Raw)[field] });
    },
  );

  test.each(counts.filter(([provider]) => !provider.startsWith("google")))(
    "a caller of Gemini learns what %s counts",
    async (provider, file, field) => {
      const { path } = address("gemini", `${provider}/m`, { stream: false, operation: "count-tokens" });
      const body = await ask(path, { contents: [{ role: "user", parts: [{ text: "How many?" }] }] }, file);
      expect(body.totalTokens).toBe((readExchange(file).response.body as Raw)[field]);
    },
  );

  test("embeddings arrive as numbers or as base64, as the caller asks", async () => {
    const file = "google/embeddings__gemini-embedding-001__plain.json";
    const { request, response } = readExchange(file);
    const [{ content, outputDimensionality: dimensions }] = (request.body as Raw).requests;
    const body = { model: "google-gemini/gemini-embedding-001", input: content.parts[0].text, dimensions };
    const expected = (response.body as Raw).embeddings[0].values;

    const numbers = await ask("/v1/embeddings", body, file);
    expect(JSON.parse(gateway.vendor.received().body)).toEqual(request.body);
    expect(numbers.data).toEqual([{ object: "embedding", index: 0, embedding: expected }]);

    const packed = await ask("/v1/embeddings", { ...body, encoding_format: "base64" }, file);
    const bytes = Buffer.from(packed.data[0].embedding, "base64");
    const unpacked = expected.map((_value: number, index: number) => bytes.readFloatLE(index * 4));
    expect(unpacked).toEqual(expected.map(Math.fround));
  });
});
