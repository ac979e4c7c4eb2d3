import { testProvider } from "@gw/provider-testkit";
import { openAICompatible } from "../src/index.ts";

testProvider("A compatible server", {
  create: ({ baseUrl, ...options }) => openAICompatible({ ...options, baseUrl: `${baseUrl}/v1`, api: "chat" }),
  fixtures: new URL("./wire/", import.meta.url),
});
