import type { GatewayError, Transport, WireRequest } from "@gw/core";
import { expect, test } from "vitest";
import { type AnthropicOptions, anthropic, providerPackage } from "../src/index.ts";

test.each<[object, string]>([
  [{}, "apiKey"],
  [{ apiKey: "k", api: "messages" }, "api"],
])("the options %j are wrong in %s", (options, param) => {
  expect(() => anthropic(options as AnthropicOptions)).toThrow(
    expect.objectContaining({ code: "invalid_request", param } satisfies Partial<GatewayError>),
  );
});

test("is loaded by name", () => {
  expect(providerPackage).toMatchObject({
    vendor: "anthropic",
    environment: { apiKey: "ANTHROPIC_API_KEY", baseUrl: "ANTHROPIC_BASE_URL" },
  });
  expect(providerPackage.create({ apiKey: "k" }).id).toBe("anthropic");
});

test("the caller's beta switches and version go on, its credentials do not", async () => {
  const sent: WireRequest[] = [];
  const transport: Transport = {
    send: async (request) => {
      sent.push(request);
      throw new Error("enough");
    },
    close: async () => {},
  };
  const raw = '{"model":"claude-sonnet-5","max_tokens":1,"messages":[]}';
  const opening = anthropic({ apiKey: "k", transport }).native?.open(
    {
      dialect: "anthropic-messages",
      operation: "generate",
      model: "claude-sonnet-5",
      stream: false,
      raw: Buffer.from(raw),
      body: JSON.parse(raw),
      headers: { "anthropic-beta": "a,b", "anthropic-version": "2024-01-01", "x-api-key": "caller" },
    },
    {},
  );
  await opening?.catch(() => {});
  expect(sent[0]).toMatchObject({
    url: "https://api.anthropic.com/v1/messages",
    headers: { "anthropic-beta": "a,b", "anthropic-version": "2024-01-01", "x-api-key": "k" },
  });
});
