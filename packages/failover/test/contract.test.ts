import { GatewayError, type Provider } from "@gw/core";
import { openAICompatible } from "@gw/provider-openai-compatible";
import { type CreateOptions, testProvider } from "@gw/provider-testkit";
import { afterAll, expect } from "vitest";
import { failover } from "../src/index.ts";
import { scriptedProvider } from "./scripted-provider.ts";

// A failover keeps the contract of its targets. Its attempts are bounded, as the contract counts requests and wants each error
// as it is.
const fixtures = new URL("../../provider-openai-compatible/test/wire/", import.meta.url);
const target = ({ baseUrl, ...options }: CreateOptions) =>
  openAICompatible({ ...options, baseUrl: `${baseUrl}/v1`, api: "chat" });

testProvider("failover of one provider", {
  create: (options) => failover([target(options)], { id: "openai-compatible", maxAttempts: 1 }),
  fixtures,
  skip: [
    {
      reason: "A failover of which every target rests says when one takes calls again",
      tests: ["errors: without a hint retryAfterMs is null"],
    },
  ],
});

const script = { error: new GatewayError("model_not_found", "not here"), events: [], batches: [] };
const { asked, text, embed, native } = scriptedProvider("elsewhere", script);

testProvider("failover to the second provider", {
  create: (options) => {
    const second = target(options);
    const first: Provider = {
      id: "elsewhere",
      capabilities: second.capabilities,
      text: { generate: text.generate, stream: text.stream },
      embed,
      native: { dialects: second.native.dialects, open: native.open },
      close: async () => {},
    };
    return failover([first, second], { id: "openai-compatible", maxAttempts: 2 });
  },
  fixtures,
});

afterAll(() => {
  expect(asked.length).toBeGreaterThan(100);
});
