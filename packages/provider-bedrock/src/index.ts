export { type BedrockOptions, bedrock, providerPackage } from "./bedrock.ts";
