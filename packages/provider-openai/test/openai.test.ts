import type { GatewayError, Transport, WireRequest } from "@gw/core";
import { expect, test } from "vitest";
import { type OpenAIOptions, openai, providerPackage } from "../src/index.ts";

test.each<[object, string]>([
  [{}, "apiKey"],
  [{ apiKey: "k", api: "completions" }, "api"],
  [{ apiKey: "k", organization: "a b" }, "organization"],
  [{ apiKey: "k", project: "" }, "project"],
  [{ apiKey: "k", baseURL: "https://a.test" }, "baseURL"],
])("the options %j are wrong in %s", (options, param) => {
  expect(() => openai(options as OpenAIOptions)).toThrow(
    expect.objectContaining({ code: "invalid_request", param } satisfies Partial<GatewayError>),
  );
});

test("is loaded by name", () => {
  expect(providerPackage).toMatchObject({
    vendor: "openai",
    environment: { apiKey: "OPENAI_API_KEY", baseUrl: "OPENAI_BASE_URL" },
  });
  expect(providerPackage.create({ apiKey: "k", id: "second" }).id).toBe("second");
});

test("auto sends a request to the endpoint that it needs", async () => {
  const sent: WireRequest[] = [];
  const transport: Transport = {
    send: async (request) => {
      sent.push(request);
      throw new Error("enough");
    },
    close: async () => {},
  };
  const { text } = openai({ apiKey: "k", transport, project: "p1" });
  const messages = [{ role: "user", content: [{ type: "text", text: "hi" }] }] as const;
  for (const model of ["gpt-4.1", "gpt-5-pro"]) await text?.generate({ model, messages }).catch(() => {});
  expect(sent.map(({ url }) => url)).toEqual([
    "https://api.openai.com/v1/chat/completions",
    "https://api.openai.com/v1/responses",
  ]);
  expect(sent[0]?.headers).toMatchObject({ authorization: "Bearer k", "openai-project": "p1" });
});
