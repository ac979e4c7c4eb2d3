export type { Api } from "./choose-api.ts";
export { type OpenAIOptions, openai, providerPackage } from "./openai.ts";
