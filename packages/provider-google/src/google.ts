import type {
  Capabilities,
  EmbedRequest,
  EmbedResult,
  ProviderOptions,
  ProviderPackage,
  ProviderWith,
} from "@gw/core/types";
import {
  decodeGeminiCountTokens,
  decodeGeminiEmbed,
  encodeGeminiCountTokens,
  encodeGeminiEmbed,
  gemini,
} from "@gw/dialects";
import {
  checkOptions,
  createProvider,
  type ProviderDefinition,
  pathSegment,
  type SimpleExchange,
} from "@gw/provider-kit";
import { modelQuirks } from "./model-quirks.ts";

/** What {@link google} takes. */
export interface GoogleOptions extends ProviderOptions {
  readonly apiKey: string;
}

/** What the Gemini API can do with text and embeddings. @see `Models` in @google/genai 3.1.0 */
const capabilities: Capabilities = {
  text: {
    nativeDialects: ["gemini"],
    streaming: true,
    tools: true,
    parallelTools: true,
    forcedTool: true,
    structuredOutput: true,
    reasoning: true,
    imageInput: true,
    documentInput: true,
    audioInput: true,
    videoInput: true,
    usageInStream: true,
    countTokens: true,
  },
  embed: { nativeDialects: [], maxInputs: null, dimensions: true },
};

/**
 * Google's Gemini API as a provider.
 *
 * @throws {GatewayError} `invalid_request` with the option at fault in `param`.
 */
export function google(options: GoogleOptions): ProviderWith<"text" | "embed" | "native"> {
  checkOptions(options, {}, ["apiKey"]);
  return createProvider(definition(options), options);
}

/** How a gateway loads this package. */
export const providerPackage: ProviderPackage<GoogleOptions> = {
  vendor: "google",
  environment: { apiKey: "GEMINI_API_KEY", baseUrl: "GOOGLE_GEMINI_BASE_URL" },
  create: google,
};

/** @see `GoogleGenAI` and `Models` in @google/genai 3.1.0 (address, header, paths) */
function definition({ apiKey }: GoogleOptions) {
  return {
    id: "google",
    capabilities,
    baseUrl: "https://generativelanguage.googleapis.com",
    // Never in the URL, where logs would keep it.
    headers: { "x-goog-api-key": apiKey },
    secrets: [apiKey],
    forwardedHeaders: [],
    text: {
      route: ({ model }, { stream }) => ({
        dialect: gemini,
        quirks: modelQuirks(model),
        path: stream ? `${modelPath(model)}:streamGenerateContent?alt=sse` : `${modelPath(model)}:generateContent`,
      }),
      countTokens: (request) => ({
        path: `${modelPath(request.model)}:countTokens`,
        ...encodeGeminiCountTokens(request, modelQuirks(request.model)),
        read: decodeGeminiCountTokens,
        decodeError: gemini.decodeError,
      }),
    },
    native: {
      gemini: {
        codec: gemini,
        quirks: modelQuirks,
        path: (model, { stream, operation }) => {
          if (operation === "count-tokens") return `${modelPath(model)}:countTokens`;
          return stream ? `${modelPath(model)}:streamGenerateContent?alt=sse` : `${modelPath(model)}:generateContent`;
        },
      },
    },
    embed,
  } satisfies ProviderDefinition;
}

/** `gemini-2.5-pro`, `models/gemini-2.5-pro` and `tunedModels/mine` are all names of models. */
function modelPath(model: string): string {
  const name = model.includes("/") ? model : `models/${model}`;
  return `/v1beta/${name.split("/").map(pathSegment).join("/")}`;
}

function embed(request: EmbedRequest): SimpleExchange<EmbedResult> {
  return {
    path: `${modelPath(request.model)}:batchEmbedContents`,
    ...encodeGeminiEmbed(request),
    read: decodeGeminiEmbed,
    decodeError: gemini.decodeError,
  };
}
