import type { ErrorForm } from "./dialect-errors.ts";

/** One address of the data plane, with a request that it answers. */
export interface EndpointUnderTest {
  readonly name: string;
  readonly form: ErrorForm;
  /** The path for a model; without one in the path, the model stands in the body. */
  path(model: string): string;
  /** A good body. */
  body(model: string): Record<string, unknown>;
  /** Models of the three configured providers: the first does not speak this endpoint's dialect. */
  readonly translated: string;
  readonly native: string;
  /** A model that cannot do what the endpoint is for. */
  readonly incapable: string;
  readonly modelInPath?: true;
}

const messages = [{ role: "user", content: "Say exactly: fine" }];
const contents = [{ role: "user", parts: [{ text: "Say exactly: fine" }] }];

const openai = "openai/gpt-5.4-mini";
const anthropic = "anthropic/claude-sonnet-5";
const google = "google/gemini-2.5-flash";
const embedding = "openai/text-embedding-3-small";

const onChat = { translated: anthropic, native: openai, incapable: embedding };

const chat: EndpointUnderTest = {
  name: "chat completions",
  form: "chat",
  path: () => "/v1/chat/completions",
  body: (model) => ({ model, messages }),
  ...onChat,
};
const responses: EndpointUnderTest = {
  name: "responses",
  form: "responses",
  path: () => "/v1/responses",
  body: (model) => ({ model, input: "Say exactly: fine" }),
  ...onChat,
};
const messagesEndpoint: EndpointUnderTest = {
  name: "messages",
  form: "messages",
  path: () => "/v1/messages",
  body: (model) => ({ model, max_tokens: 64, messages }),
  translated: openai,
  native: anthropic,
  incapable: embedding,
};
const countTokens: EndpointUnderTest = {
  name: "count_tokens",
  form: "messages",
  path: () => "/v1/messages/count_tokens",
  body: (model) => ({ model, messages }),
  translated: openai,
  native: anthropic,
  incapable: embedding,
};
const geminiEndpoint = (method: string): EndpointUnderTest => ({
  name: method,
  form: "gemini",
  path: (model) => `/v1beta/models/${model}:${method}`,
  body: () => ({ contents }),
  translated: anthropic,
  native: google,
  incapable: embedding,
  modelInPath: true,
});
const embeddings: EndpointUnderTest = {
  name: "embeddings",
  form: "chat",
  path: () => "/v1/embeddings",
  body: (model) => ({ model, input: "fine" }),
  translated: "google/gemini-embedding-001",
  native: embedding,
  incapable: openai,
};
const run: EndpointUnderTest = {
  name: "run",
  form: "run",
  path: () => "/ai/run",
  body: (model) => ({ model, input: "Say exactly: fine" }),
  ...onChat,
};
const runModel: EndpointUnderTest = {
  name: "run with the model in the path",
  form: "run",
  path: (model) => `/ai/run/${model}`,
  body: () => ({ messages }),
  modelInPath: true,
  ...onChat,
};

/** Every address of the data plane that asks a model. */
export const endpoints = {
  chat,
  responses,
  messages: messagesEndpoint,
  countTokens,
  generate: geminiEndpoint("generateContent"),
  stream: geminiEndpoint("streamGenerateContent"),
  geminiCount: geminiEndpoint("countTokens"),
  embeddings,
  run,
  runModel,
};
