/** Other names of providers, and what the catalogue calls them. */
export const providerNames: Readonly<Record<string, string>> = {
  grok: "xai",
  "x-ai": "xai",
  "google-ai-studio": "google",
  gemini: "google",
  claude: "anthropic",
  "aws-bedrock": "bedrock",
  "amazon-bedrock": "bedrock",
};
