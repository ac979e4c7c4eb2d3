import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { configSchema } from "../../src/index.ts";

const file = join(import.meta.dirname, "../../gateway.schema.json");
const published = JSON.parse(readFileSync(file, "utf8")) as object;
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(published);

const example = `
# yaml-language-server: $schema=node_modules/@gw/gateway/gateway.schema.json
providers:
  openai:      { apiKey: "\${OPENAI_API_KEY}" }
  anthropic:   { apiKey: "\${ANTHROPIC_API_KEY}", baseUrl: "http://127.0.0.1:9001" }
  second:      { package: "@gw/provider-openai", api: responses, apiKey: "..." }
  house-vllm:
    package: "@gw/provider-openai-compatible"
    baseUrl: "http://10.0.0.5:8000/v1"
    apiKey: none
    models: [qwen3-32b, { id: llama-4, price: { inputUsdPerMillion: 0.2, outputUsdPerMillion: 0.6 } }]
models:
  fast: openai/gpt-5.4-mini
  "anthropic/claude-opus-4-6":
    offers: [ { provider: bedrock, model: "anthropic.claude-opus-4-6-v1:0" } ]
routes:
  smart:
    targets: [ anthropic/claude-sonnet-5, openai/gpt-5.5 ]
  split:
    targets: [ { model: openai/gpt-5.5, weight: 9 }, { model: fast, weight: 1, when: { metadata: { plan: [ free, trial ] } } } ]
    require: { region: [ eu, ch ], trainsOnData: false }
`;

describe("the published JSON Schema of gateway.yaml", () => {
  it("is what the gateway checks; run this test with -u to write it anew", async () => {
    const schema = z.toJSONSchema(configSchema, { io: "input" });
    await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(file);
  });

  it("describes every setting", () => {
    const { properties } = published as { properties: Record<string, { description?: string }> };
    expect(Object.entries(properties).filter(([, { description }]) => !description)).toEqual([]);
  });

  it.each([
    ["the documentation's example", parse(example)],
    ["nothing", {}],
    [
      "every setting",
      {
        $schema: "gateway.schema.json",
        host: "0.0.0.0",
        port: 0,
        providers: {},
        models: {},
        routes: {},
        maxAttempts: 100,
        metrics: "public",
        maxBodyBytes: 1,
        deadlineMs: 86_400_000,
        commitAfterMs: 1,
        heartbeatMs: 1,
        stalledReaderMs: 1,
        shutdownGraceMs: 0,
        connectTimeoutMs: 1,
        firstContentTimeoutMs: 1,
        idleTimeoutMs: 1,
      },
    ],
    ["options of a provider's package", { providers: { a: { quirks: { maxTokensField: "max_tokens" } } } }],
    [
      "bounds of one provider",
      { providers: { a: { connectTimeoutMs: 1, firstContentTimeoutMs: 2, idleTimeoutMs: 3 } } },
    ],
    ["several keys", { providers: { a: { apiKeys: ["k", { key: "l", weight: 0.5 }, { key: "m" }] } } }],
    [
      "the policy of a provider",
      { providers: { a: { region: "eu", zeroDataRetention: true, trainsOnData: false, quantization: "fp8" } } },
    ],
    [
      "everything of a route",
      {
        routes: {
          r: {
            targets: ["m", { model: "n", weight: 0, when: { metadata: { a: 1 }, stream: true, modality: ["text"] } }],
            order: "fastest",
            splitBy: "user",
            require: { region: "eu", zeroDataRetention: true, trainsOnData: false },
            deadlineMs: 1,
            maxAttempts: 1,
            connectTimeoutMs: 1,
            firstContentTimeoutMs: 1,
            idleTimeoutMs: 1,
          },
        },
      },
    ],
  ])("agrees with the gateway: good is %s", (_name, config) => {
    expect([validate(config), configSchema.safeParse(config).success]).toEqual([true, true]);
  });

  it.each([
    ["a list", []],
    ["an unknown setting", { prots: 80 }],
    ["a port of text", { port: "8787" }],
    ["a port out of range", { port: 65_536 }],
    ["half a port", { port: 1.5 }],
    ["an empty host", { host: "" }],
    ["providers in a list", { providers: [{ apiKey: "k" }] }],
    ["a provider's name with a slash", { providers: { "a/b": {} } }],
    ["a provider of nothing", { providers: { a: null } }],
    ["an empty key", { providers: { a: { apiKey: "" } } }],
    ["a key that is no text", { providers: { a: { apiKey: 7 } } }],
    ["a key beside several", { providers: { a: { apiKey: "k", apiKeys: ["l"] } } }],
    ["no keys", { providers: { a: { apiKeys: [] } } }],
    ["a key without a share", { providers: { a: { apiKeys: [{ key: "k", weight: 0 }] } } }],
    ["a route without targets", { routes: { r: { targets: [] } } }],
    ["a route's name with a slash", { routes: { "r/s": { targets: ["m"] } } }],
    ["an order that nobody knows", { routes: { r: { targets: ["m"], order: "best" } } }],
    ["a weight below 0", { routes: { r: { targets: [{ model: "m", weight: -1 }] } } }],
    ["a condition that nobody knows", { routes: { r: { targets: [{ model: "m", when: { moon: "full" } }] } } }],
    ["a condition on a list", { routes: { r: { targets: [{ model: "m", when: { metadata: { a: [["b"]] } } }] } } }],
    ["no attempts", { maxAttempts: 0 }],
    ["a base URL that is none", { providers: { a: { baseUrl: "nowhere" } } }],
    ["a base URL of another protocol", { providers: { a: { baseUrl: "ftp://a" } } }],
    [
      "a model without an id",
      { providers: { a: { models: [{ price: { inputUsdPerMillion: 1, outputUsdPerMillion: 1 } }] } } },
    ],
    ["half a price", { providers: { a: { models: [{ id: "m", price: { inputUsdPerMillion: 1 } }] } } }],
    [
      "a price below 0",
      { providers: { a: { models: [{ id: "m", price: { inputUsdPerMillion: -1, outputUsdPerMillion: 1 } }] } } },
    ],
    ["a bound of 0", { idleTimeoutMs: 0 }],
    ["a bound of more than a day", { providers: { a: { idleTimeoutMs: 86_400_001 } } }],
    ["an alias of nothing", { models: { fast: "" } }],
    ["no offers", { models: { m: { offers: [] } } }],
    ["an offer without a model", { models: { m: { offers: [{ provider: "a" }] } } }],
    ["metrics for some", { metrics: "private" }],
    ["a body of nothing", { maxBodyBytes: 0 }],
    ["a grace below 0", { shutdownGraceMs: -1 }],
  ])("agrees with the gateway: bad is %s", (_name, config) => {
    expect([validate(config), configSchema.safeParse(config).success]).toEqual([false, false]);
  });

  it("takes a reference to the environment for a base URL, as the file has it", () => {
    expect(validate({ providers: { a: { baseUrl: "${HOUSE_URL}/v1" } } })).toBe(true);
  });
});
