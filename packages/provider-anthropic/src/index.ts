export { type AnthropicOptions, anthropic, providerPackage } from "./anthropic.ts";
