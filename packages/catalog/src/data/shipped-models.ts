import type { CatalogModel } from "../catalog-model.ts";
import anthropic from "./anthropic.gen.json" with { type: "json" };
import bedrock from "./bedrock.gen.json" with { type: "json" };
import google from "./google.gen.json" with { type: "json" };
import openai from "./openai.gen.json" with { type: "json" };

/** The rows that come with the package; `tools/sync-catalog.ts` writes them. */
export const shippedModels = [...openai, ...anthropic, ...google, ...bedrock] as readonly CatalogModel[];
