import {
  type Capabilities,
  GatewayError,
  type ProviderOptions,
  type ProviderPackage,
  type ProviderWith,
  type TextRequest,
  type WireRequest,
} from "@gw/core";
import {
  checkOptions,
  createProvider,
  type OptionCheck,
  type ProviderDefinition,
  pathSegment,
  type TextRoute,
} from "@gw/provider-kit";
import { refineError } from "./bedrock-errors.ts";
import { bedrockFraming } from "./bedrock-framing.ts";
import { claudeMessages, messagesQuirks } from "./claude-messages.ts";
import { converse } from "./converse/converse.ts";
import { converseQuirks, isClaude } from "./converse/converse-quirks.ts";
import { countTokens } from "./count-tokens.ts";
import { embed } from "./embed.ts";
import { Sigv4Signer } from "./sigv4.ts";

type Api = "auto" | "converse" | "invoke";

/** What {@link bedrock} takes: a Bedrock API key as `apiKey`, or an AWS access key. */
export interface BedrockOptions extends ProviderOptions {
  /** Such as `us-east-1`. */
  readonly region: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** Of temporary credentials. They are used as they are, and not renewed. */
  readonly sessionToken?: string;
  /**
   * Which endpoint the translated lane uses: `converse`, `invoke` in the Messages format, or by the model's id (`auto`): Claude
   * is invoked, all others converse. The ARN of an application inference profile does not tell its model.
   */
  readonly api?: Api;
}

/** What Bedrock's models can do. @see `ConverseRequest`, `CountTokensRequest` in @aws-sdk/client-bedrock-runtime 3.1162 */
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
    audioInput: true,
    videoInput: true,
    usageInStream: true,
    countTokens: true,
  },
  embed: { nativeDialects: [], maxInputs: null, dimensions: true },
};

const region: OptionCheck = (value) =>
  typeof value === "string" && /^[a-z]{2}(?:-[a-z]+)+-\d$/.test(value) ? null : "a region such as us-east-1";
const secret: OptionCheck = (value) =>
  typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? null : "a key of visible ASCII characters";
const optionChecks: Readonly<Record<string, OptionCheck>> = {
  region,
  accessKeyId: secret,
  secretAccessKey: secret,
  sessionToken: secret,
  api: (value) => (value === "converse" || value === "invoke" || value === "auto" ? null : "converse, invoke or auto"),
};

/**
 * Amazon Bedrock as a provider: Claude in its own format, every other model through Converse.
 *
 * @throws {GatewayError} `invalid_request` with the option at fault in `param`.
 */
export function bedrock(options: BedrockOptions): ProviderWith<"text" | "embed" | "native"> {
  checkOptions(options, optionChecks, ["region"]);
  return createProvider(definition(options), options);
}

/** How a gateway loads this package. */
export const providerPackage: ProviderPackage<BedrockOptions> = {
  vendor: "bedrock",
  environment: {
    apiKey: "AWS_BEARER_TOKEN_BEDROCK",
    baseUrl: "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    // An access key of AWS is in many environments for other reasons: prompts go to Bedrock with it only where it is configured.
    options: { region: "AWS_REGION" },
    switchedOnBy: [["apiKey", "region"]],
  },
  create: bedrock,
};

/** @see @aws-sdk/client-bedrock-runtime 3.1162 (paths, credentials); recorded 2025 and 2026 (address) */
function definition(options: BedrockOptions) {
  const { api = "auto" } = options;
  const isInvoked = (model: string) => (api === "auto" ? isClaude(model) : api === "invoke");
  return {
    id: "bedrock",
    capabilities,
    baseUrl: `https://bedrock-runtime.${options.region}.amazonaws.com`,
    ...credentials(options),
    forwardedHeaders: [],
    framing: bedrockFraming,
    refineError,
    text: {
      route: (request, { stream }) =>
        isInvoked(request.model) ? invokeRoute(request, stream) : converseRoute(request, stream),
      countTokens: (request) =>
        countTokens(request, {
          path: pathOf(request.model, "count-tokens"),
          api: isInvoked(request.model) ? "invoke" : "converse",
        }),
    },
    native: {
      "anthropic-messages": {
        codec: claudeMessages,
        quirks: messagesQuirks,
        path: (model, { stream, operation }) =>
          operation === "generate" && (isClaude(model) || api === "invoke") ? invokePath(model, stream) : null,
        hasForeignErrors: true,
      },
    },
    embed: (request) => embed(request, invokePath(request.model, false)),
  } satisfies ProviderDefinition;
}

function invokeRoute({ model }: TextRequest, stream: boolean): TextRoute<object> {
  return { dialect: claudeMessages, quirks: messagesQuirks(model), path: invokePath(model, stream) };
}

// biome-ignore lint/suspicious/noExplicitAny: the quirks belong to the dialect beside them
function converseRoute({ model }: TextRequest, stream: boolean): TextRoute<any> {
  return {
    dialect: converse,
    quirks: converseQuirks(model),
    path: pathOf(model, stream ? "converse-stream" : "converse"),
  };
}

function invokePath(model: string, stream: boolean): string {
  return pathOf(model, stream ? "invoke-with-response-stream" : "invoke");
}

function pathOf(model: string, operation: string): string {
  return `/model/${pathSegment(model)}/${operation}`;
}

/** An API key goes as it is; an access key signs each request. */
function credentials({ apiKey, region, ...options }: BedrockOptions) {
  if (apiKey !== undefined) return { headers: { authorization: `Bearer ${apiKey}` }, secrets: [apiKey] };
  const { accessKeyId, secretAccessKey, sessionToken } = options;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const param = accessKeyId === undefined ? "accessKeyId" : "secretAccessKey";
    throw new GatewayError("invalid_request", `${param} is required, or an apiKey`, { param });
  }
  const access = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  const signer = new Sigv4Signer(access, region, "bedrock");
  return {
    headers: {},
    secrets: [secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])],
    sign: async (request: WireRequest, nowMs: number): Promise<WireRequest> => {
      const { "content-type": contentType = "" } = request.headers;
      const signed = await signer.sign({ ...request, headers: { "content-type": contentType } }, nowMs);
      return { ...request, headers: { ...request.headers, ...signed } };
    },
  };
}
