import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";

export default defineConfig(
  library({
    index: "src/index.ts",
    cli: "src/cli.ts",
    "token-worker": "src/money/token-worker.ts",
  }),
);
