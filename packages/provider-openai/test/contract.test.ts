import { testProvider } from "@gw/provider-testkit";
import { type Api, openai } from "../src/index.ts";

const fixtures = new URL("./wire/", import.meta.url);

for (const [api, dialect] of [
  ["chat", "openai-chat"],
  ["responses", "openai-responses"],
] satisfies [Api, string][]) {
  testProvider(`OpenAI by ${api}`, {
    create: ({ baseUrl, ...options }) =>
      openai({ ...options, baseUrl: `${baseUrl}/v1`, api, organization: "org-contract" }),
    fixtures,
    dialect,
    skip: [
      {
        reason: "chat completions has no endpoint that counts tokens",
        tests: ["native openai-chat: a token count passes as it is"],
      },
    ],
  });
}
