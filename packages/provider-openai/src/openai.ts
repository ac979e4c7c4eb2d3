import type {
  EmbedRequest,
  EmbedResult,
  ProviderOptions,
  ProviderPackage,
  ProviderWith,
  TextRequest,
} from "@gw/core/types";
import { openAIChat, openAIEmbeddings, openAIResponses } from "@gw/dialects";
import {
  checkOptions,
  createProvider,
  type OptionCheck,
  type ProviderDefinition,
  type SimpleExchange,
  type TextRoute,
} from "@gw/provider-kit";
import { capabilities } from "./capabilities.ts";
import { type Api, chooseApi } from "./choose-api.ts";
import { countTokens } from "./count-tokens.ts";
import { modelQuirks } from "./model-family.ts";

/** What {@link openai} takes. */
export interface OpenAIOptions extends ProviderOptions {
  readonly apiKey: string;
  /**
   * The endpoint of the translated lane. `auto`, the default, is what the model and the request need, else chat completions;
   * the native lane uses the caller's own.
   */
  readonly api?: Api | "auto";
  /** Sent as `OpenAI-Organization`. */
  readonly organization?: string;
  /** Sent as `OpenAI-Project`. */
  readonly project?: string;
}

const oneHeader: OptionCheck = (value) =>
  typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? null : "an id of visible ASCII characters";

const optionChecks: Readonly<Record<string, OptionCheck>> = {
  api: (value) => (value === "chat" || value === "responses" || value === "auto" ? null : "chat, responses or auto"),
  organization: oneHeader,
  project: oneHeader,
};

/**
 * OpenAI as a provider.
 *
 * @throws {GatewayError} `invalid_request` with the option at fault in `param`.
 */
export function openai(options: OpenAIOptions): ProviderWith<"text" | "embed" | "native"> {
  checkOptions(options, optionChecks, ["apiKey"]);
  return createProvider(definition(options), options);
}

/** How a gateway loads this package. */
export const providerPackage: ProviderPackage<OpenAIOptions> = {
  vendor: "openai",
  environment: { apiKey: "OPENAI_API_KEY", baseUrl: "OPENAI_BASE_URL" },
  create: openai,
};

/** @see `OpenAI` in openai SDK 7.55 (address, headers) */
function definition({ api = "auto", apiKey, organization, project }: OpenAIOptions) {
  return {
    id: "openai",
    capabilities,
    baseUrl: "https://api.openai.com/v1",
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(organization !== undefined && { "openai-organization": organization }),
      ...(project !== undefined && { "openai-project": project }),
    },
    secrets: [apiKey],
    forwardedHeaders: ["openai-beta"],
    text: { route: (request) => route(api === "auto" ? chooseApi(request) : api, request), countTokens },
    native: {
      "openai-chat": {
        codec: openAIChat,
        quirks: () => ({}),
        path: (_model, { operation }) => (operation === "generate" ? "/chat/completions" : null),
      },
      "openai-responses": {
        codec: openAIResponses,
        quirks: () => ({}),
        path: (_model, { operation }) => (operation === "generate" ? "/responses" : "/responses/input_tokens"),
      },
      "openai-embeddings": {
        codec: openAIEmbeddings,
        quirks: () => ({}),
        path: (_model, { operation }) => (operation === "generate" ? "/embeddings" : null),
      },
    },
    embed,
  } satisfies ProviderDefinition;
}

// biome-ignore lint/suspicious/noExplicitAny: the quirks belong to the dialect beside them
function route(api: Api, request: TextRequest): TextRoute<any> {
  const quirks = modelQuirks(request);
  return api === "chat"
    ? { dialect: openAIChat, quirks, path: "/chat/completions" }
    : { dialect: openAIResponses, quirks, path: "/responses" };
}

function embed(request: EmbedRequest): SimpleExchange<EmbedResult> {
  return {
    path: "/embeddings",
    ...openAIEmbeddings.encodeRequest(request),
    read: openAIEmbeddings.decodeResult,
    decodeError: openAIEmbeddings.decodeError,
  };
}
