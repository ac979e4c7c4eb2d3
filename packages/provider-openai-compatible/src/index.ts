export { type OpenAICompatibleOptions, openAICompatible, providerPackage } from "./openai-compatible.ts";
