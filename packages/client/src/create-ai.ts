import { AIError } from "./ai-error.ts";
import { readEvents } from "./read-events.ts";
import type {
  ChatCompletion,
  ChatCompletionChunk,
  EmbeddingList,
  EmbedInput,
  MessagesInput,
  PromptChunk,
  PromptInput,
  PromptResult,
  RunOptions,
} from "./run-types.ts";

/** How to reach a gateway. */
export interface AIOptions {
  /** Where the gateway answers, such as `http://127.0.0.1:8787`. */
  readonly baseURL: string;
  /** A client key of the gateway. */
  readonly apiKey: string;
  /** The network; the platform's `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
}

interface Envelope {
  readonly success?: boolean;
  readonly result?: unknown;
  readonly errors?: readonly { readonly code?: unknown; readonly message?: unknown }[];
}

type Streamed = { readonly stream: true };

/** A gateway's models. Every call rejects with {@link AIError}, or with the reason of an aborted signal. */
export interface AI {
  run(model: string, input: PromptInput & Streamed, options?: RunOptions): Promise<AsyncIterable<PromptChunk>>;
  run(
    model: string,
    input: MessagesInput & Streamed,
    options?: RunOptions,
  ): Promise<AsyncIterable<ChatCompletionChunk>>;
  run(model: string, input: string | PromptInput, options?: RunOptions): Promise<PromptResult>;
  run(model: string, input: MessagesInput, options?: RunOptions): Promise<ChatCompletion>;
  run(model: string, input: EmbedInput, options?: RunOptions): Promise<EmbeddingList>;
}

/** Connects to a gateway. Nothing is sent before the first call. */
export function createAI(connection: AIOptions): AI {
  const url = `${connection.baseURL.replace(/\/+$/, "")}/ai/run`;
  const send = connection.fetch ?? globalThis.fetch;

  async function run(model: string, input: unknown, options: RunOptions = {}): Promise<unknown> {
    const { gateway, metadata, sessionId, strictParams, headers, signal } = options;
    const response = await send(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${connection.apiKey}`,
        ...(sessionId !== undefined && { "gw-session-id": sessionId }),
        ...(strictParams === true && { "gw-strict-params": "true" }),
        ...headers,
      },
      body: JSON.stringify({ model, input, ...(gateway && { options: { gateway } }), ...(metadata && { metadata }) }),
      ...(signal && { signal }),
    }).catch((cause: unknown) => {
      if (signal?.aborted) throw cause;
      throw new AIError("connection_failed", "The gateway could not be reached", { cause });
    });
    const requestId = response.headers.get("gw-request-id");
    if (response.ok && response.body && response.headers.get("content-type")?.startsWith("text/event-stream")) {
      return readEvents(response.body, requestId, signal);
    }
    const reply: Envelope = await (response.json() as Promise<Envelope>).catch((cause: unknown) => {
      if (signal?.aborted) throw cause;
      throw new AIError("reply_malformed", `The gateway answered ${response.status} with something that is not JSON`, {
        status: response.status,
        requestId,
        cause,
      });
    });
    if (response.ok && reply.success === true) return reply.result;
    const error = reply.errors?.[0];
    throw new AIError(
      String(error?.code ?? response.headers.get("gw-error") ?? "reply_malformed"),
      String(error?.message ?? `The gateway answered ${response.status}`),
      { status: response.status, requestId },
    );
  }

  return { run: run as AI["run"] };
}
