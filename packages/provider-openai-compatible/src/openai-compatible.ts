import type { EmbedRequest, EmbedResult, ProviderOptions, ProviderPackage, ProviderWith } from "@gw/core/types";
import { type OpenAIChatQuirks, openAIChat, openAIEmbeddings, openAIResponses } from "@gw/dialects";
import {
  checkOptions,
  createProvider,
  type NativeRoute,
  type OptionCheck,
  type ProviderDefinition,
  type SimpleExchange,
} from "@gw/provider-kit";
import { capabilities } from "./capabilities.ts";

/** What {@link openAICompatible} takes. */
export interface OpenAICompatibleOptions extends ProviderOptions {
  /** With the `/v1` or whatever stands before `/chat/completions`. */
  readonly baseUrl: string;
  /** `none`, the default, where the server asks for no key. */
  readonly apiKey?: string;
  /**
   * What the server has: chat completions, the Responses endpoint, or (`auto`, the default) both, of which the translated lane
   * takes chat completions.
   */
  readonly api?: "chat" | "responses" | "auto";
  /**
   * Models that the server offers, for a gateway's list and routes. Nothing is checked against it: a model that is not in it is
   * asked for all the same.
   */
  readonly models?: readonly (string | { readonly id: string })[];
  /** How the server departs from the chat completions format. */
  readonly quirks?: Partial<OpenAIChatQuirks>;
}

const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

const optionChecks: Readonly<Record<string, OptionCheck>> = {
  api: (value) => (value === "chat" || value === "responses" || value === "auto" ? null : "chat, responses or auto"),
  models: (value) =>
    Array.isArray(value) && value.every((model) => typeof (isObject(model) ? model.id : model) === "string")
      ? null
      : "a list of model ids, or of objects with an id",
  quirks: (value) => (isObject(value) ? null : "an object"),
};

/**
 * Any server that speaks OpenAI's formats: vLLM, Ollama, llama.cpp, LM Studio, hosted APIs.
 *
 * @throws {GatewayError} `invalid_request` with the option at fault in `param`.
 */
export function openAICompatible(options: OpenAICompatibleOptions): ProviderWith<"text" | "embed" | "native"> {
  checkOptions(options, optionChecks, ["baseUrl"]);
  return createProvider(definition(options), options);
}

/** How a gateway loads this package: it has an address of its own, so no environment variable switches it on. */
export const providerPackage: ProviderPackage<OpenAICompatibleOptions> = {
  vendor: "openai-compatible",
  environment: null,
  create: openAICompatible,
};

function definition({ api = "auto", apiKey = "none", baseUrl, quirks }: OpenAICompatibleOptions) {
  const hasKey = apiKey !== "none";
  // Older servers only know this field, and the newer ones still do (vLLM, llama.cpp, Ollama; recorded 2025 and 2026).
  const chatQuirks: OpenAIChatQuirks = { maxTokensField: "max_tokens", ...quirks };
  const native: Record<string, NativeRoute> = {
    ...(api !== "responses" && {
      "openai-chat": {
        codec: openAIChat,
        quirks: () => chatQuirks,
        path: (_model, { operation }) => (operation === "generate" ? "/chat/completions" : null),
      } satisfies NativeRoute<OpenAIChatQuirks>,
    }),
    ...(api !== "chat" && {
      "openai-responses": {
        codec: openAIResponses,
        quirks: () => ({}),
        path: (_model, { operation }) => (operation === "generate" ? "/responses" : null),
      } satisfies NativeRoute,
    }),
    "openai-embeddings": {
      codec: openAIEmbeddings,
      quirks: () => ({}),
      path: (_model, { operation }) => (operation === "generate" ? "/embeddings" : null),
    } satisfies NativeRoute,
  };
  return {
    id: "openai-compatible",
    capabilities: capabilities(Object.keys(native).filter((dialect) => dialect !== "openai-embeddings")),
    baseUrl,
    headers: hasKey ? { authorization: `Bearer ${apiKey}` } : {},
    secrets: hasKey ? [apiKey] : [],
    forwardedHeaders: [],
    text: {
      route: () =>
        api === "responses"
          ? { dialect: openAIResponses, quirks: {}, path: "/responses" }
          : { dialect: openAIChat, quirks: chatQuirks, path: "/chat/completions" },
    },
    native,
    embed,
  } satisfies ProviderDefinition;
}

function embed(request: EmbedRequest): SimpleExchange<EmbedResult> {
  return {
    path: "/embeddings",
    ...openAIEmbeddings.encodeRequest(request),
    read: openAIEmbeddings.decodeResult,
    decodeError: openAIEmbeddings.decodeError,
  };
}
