import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";

export default defineConfig(library({ index: "src/index.ts", types: "src/types.ts", schemas: "src/schemas/index.ts" }));
