import { testProvider } from "@gw/provider-testkit";
import { toy } from "./toy/toy-provider.ts";

testProvider("a provider that keeps the contract", {
  create: toy,
  fixtures: new URL("./wire/", import.meta.url),
});
