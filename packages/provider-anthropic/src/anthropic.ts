import type { Capabilities, ProviderOptions, ProviderPackage, ProviderWith } from "@gw/core/types";
import { anthropicMessages, claudeQuirks, decodeCountTokens, encodeCountTokens } from "@gw/dialects";
import { checkOptions, createProvider, type ProviderDefinition } from "@gw/provider-kit";

/** What {@link anthropic} takes. */
export interface AnthropicOptions extends ProviderOptions {
  readonly apiKey: string;
}

/** What Anthropic can do with text. @see `MessageCreateParams` and `MessageCountTokensParams` in @anthropic-ai/sdk 1.10 */
const capabilities: Capabilities = {
  text: {
    nativeDialects: ["anthropic-messages"],
    streaming: true,
    tools: true,
    parallelTools: true,
    forcedTool: true,
    structuredOutput: true,
    reasoning: true,
    imageInput: true,
    documentInput: true,
    audioInput: false,
    videoInput: false,
    usageInStream: true,
    countTokens: true,
  },
};

/**
 * Anthropic as a provider.
 *
 * @throws {GatewayError} `invalid_request` with the option at fault in `param`.
 */
export function anthropic(options: AnthropicOptions): ProviderWith<"text" | "native"> {
  checkOptions(options, {}, ["apiKey"]);
  return createProvider(definition(options), options);
}

/** How a gateway loads this package. */
export const providerPackage: ProviderPackage<AnthropicOptions> = {
  vendor: "anthropic",
  environment: { apiKey: "ANTHROPIC_API_KEY", baseUrl: "ANTHROPIC_BASE_URL" },
  create: anthropic,
};

/** @see https://platform.claude.com/docs/en/api/migration-2026-10-21 (read 2026-11-29): address, headers, versions */
function definition({ apiKey }: AnthropicOptions) {
  return {
    id: "anthropic",
    capabilities,
    baseUrl: "https://api.anthropic.com",
    headers: { "x-api-key": apiKey, "anthropic-version": "2023-06-01" },
    secrets: [apiKey],
    forwardedHeaders: ["anthropic-beta", "anthropic-version"],
    text: {
      route: ({ model }) => ({ dialect: anthropicMessages, quirks: claudeQuirks(model), path: "/v1/messages" }),
      countTokens: (request) => ({
        path: "/v1/messages/count_tokens",
        ...encodeCountTokens(request, claudeQuirks(request.model)),
        read: decodeCountTokens,
        decodeError: anthropicMessages.decodeError,
      }),
    },
    native: {
      "anthropic-messages": {
        codec: anthropicMessages,
        quirks: claudeQuirks,
        path: (_model, { operation }) => (operation === "generate" ? "/v1/messages" : "/v1/messages/count_tokens"),
      },
    },
  } satisfies ProviderDefinition;
}
