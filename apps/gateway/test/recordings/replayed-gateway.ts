import type { JsonObject } from "@gw/core/types";
import { createGateway } from "../../src/index.ts";
import type { Recording, TextFormat, WireFormat } from "./corpus.ts";
import { type ReplayServer, startReplayServer } from "./replay-server.ts";

const adminKey = "gw_replay_admin_key_0123456789abcdef";

/** What a caller got. */
export interface CallerReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A gateway over HTTP whose every provider is the replay server. */
export interface ReplayedGateway extends AsyncDisposable {
  readonly vendor: ReplayServer;
  call(path: string, body: JsonObject | string): Promise<CallerReply>;
  close(): Promise<void>;
}

/** How to reach the vendor of a recording: through a provider that passes its format on, or one that translates. */
export interface ProviderChoice {
  readonly native: string;
  readonly translated: string;
}

/** The providers' names for a recording. */
export function providersFor({ vendor, format }: Pick<Recording, "vendor" | "format">): ProviderChoice {
  switch (format) {
    case "anthropic-messages":
    case "gemini":
      return { native: `${vendor}-${format}`, translated: `${vendor}-${format}` };
    case "openai-responses":
      return { native: vendor, translated: `${vendor}-responses` };
    default:
      return { native: vendor, translated: `${vendor}-chat` };
  }
}

/**
 * Starts the gateway with providers for the vendors of these recordings. Those that translate speak one endpoint only, so that
 * a caller of the neighbouring OpenAI format is translated too.
 */
export async function startReplayedGateway(
  recordings: readonly Pick<Recording, "vendor" | "format">[],
): Promise<ReplayedGateway> {
  const vendor = await startReplayServer();
  const providers: Record<string, JsonObject> = {};
  for (const recording of recordings) {
    const { native, translated } = providersFor(recording);
    providers[native] = providerFor(recording, vendor.origin, native);
    providers[translated] ??= providerFor(recording, vendor.origin, translated);
  }
  // A caller of one OpenAI format and the other endpoint of the same vendor: its own package would pass both on.
  for (const api of ["chat", "responses"]) {
    providers[`only-${api}`] = {
      package: "@gw/provider-openai-compatible",
      baseUrl: `${vendor.origin}/v1`,
      api,
      apiKey: "sk-replay-upstream-key",
    };
  }
  // Each recording is one attempt, and none is held against the next.
  const config = { providers, maxAttempts: 1, breaker: { failuresInRow: 1_000_000, minCalls: 1_000_000 } };
  const gateway = await createGateway({ config, adminKey, sandbox: "off", environment: {} });
  const { url } = await gateway.listen({ host: "127.0.0.1", port: 0 });
  const close = async (): Promise<void> => {
    await gateway.close();
    vendor.close();
  };
  return {
    vendor,
    close,
    [Symbol.asyncDispose]: close,
    async call(path, body) {
      const response = await fetch(url + path, {
        method: "POST",
        headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
  };
}

function providerFor(
  { vendor, format }: Pick<Recording, "vendor" | "format">,
  origin: string,
  name: string,
): JsonObject {
  const apiKey = "sk-replay-upstream-key";
  if (format === "anthropic-messages") return { package: "@gw/provider-anthropic", apiKey, baseUrl: origin };
  if (format === "gemini") return { package: "@gw/provider-google", apiKey, baseUrl: origin };
  const api = /-(chat|responses)$/.exec(name)?.[1];
  return {
    package: vendor === "openai" ? "@gw/provider-openai" : "@gw/provider-openai-compatible",
    apiKey,
    baseUrl: `${origin}/v1`,
    ...(api !== undefined && { api }),
  };
}

/** Where a caller of a format sends a request, and with which model in the body. */
export function address(
  format: WireFormat,
  model: string,
  { stream, operation = "generate" }: { readonly stream: boolean; readonly operation?: Recording["operation"] },
): { readonly path: string; readonly fields: JsonObject } {
  switch (format) {
    case "openai-chat":
      return { path: "/v1/chat/completions", fields: { model } };
    case "openai-responses":
      return { path: "/v1/responses", fields: { model } };
    case "openai-embeddings":
      return { path: "/v1/embeddings", fields: { model } };
    case "anthropic-messages":
      return { path: operation === "generate" ? "/v1/messages" : "/v1/messages/count_tokens", fields: { model } };
    case "gemini": {
      const method =
        operation === "count-tokens" ? "countTokens" : stream ? "streamGenerateContent?alt=sse" : "generateContent";
      return { path: `/v1beta/models/${model}:${method}`, fields: {} };
    }
  }
}

/** A short question in a caller's format. */
export function question(format: TextFormat, stream: boolean): JsonObject {
  switch (format) {
    case "openai-chat":
      return {
        messages: [{ role: "user", content: "Say something." }],
        ...(stream && { stream, stream_options: { include_usage: true } }),
      };
    case "openai-responses":
      return { input: "Say something.", ...(stream && { stream }) };
    case "anthropic-messages":
      return { max_tokens: 1_024, messages: [{ role: "user", content: "Say something." }], ...(stream && { stream }) };
    case "gemini":
      return { contents: [{ role: "user", parts: [{ text: "Say something." }] }] };
  }
}
