import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";

export default defineConfig({
  ...library(["src/index.ts", "src/platform-transport.ts", "src/platform-transport.fetch.ts"]),
  // Resolved where the package is used: its conditions choose the transport.
  external: ["#platform-transport"],
});
