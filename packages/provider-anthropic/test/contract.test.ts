import { fetchTransport } from "@gw/provider-kit";
import { testProvider } from "@gw/provider-testkit";
import { anthropic } from "../src/index.ts";

const fixtures = new URL("./wire/", import.meta.url);

testProvider("Anthropic", { create: anthropic, fixtures });
testProvider("Anthropic over fetch", {
  create: (options) => anthropic({ ...options, transport: fetchTransport() }),
  fixtures,
});
