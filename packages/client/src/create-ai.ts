import { AIError } from "./ai-error.ts";
import { readEvents } from "./read-events.ts";
import { resumingFetch } from "./resuming-fetch.ts";
import type {
  ChatCompletion,
  ChatCompletionChunk,
  EmbeddingList,
  EmbedInput,
  MessagesInput,
  PromptChunk,
  PromptInput,
  PromptResult,
  ResumeOptions,
  RunOptions,
  RunStream,
} from "./run-types.ts";

/** How to reach a gateway. */
export interface AIOptions {
  /** Where the gateway answers, such as `http://127.0.0.1:8787`. */
  readonly baseURL: string;
  /** A client key of the gateway. */
  readonly apiKey: string;
  /** The network; {@link resumingFetch} by default. */
  readonly fetch?: typeof globalThis.fetch;
}

interface Failure {
  readonly code?: unknown;
  readonly message?: unknown;
}

interface Envelope {
  readonly success?: boolean;
  readonly result?: unknown;
  readonly errors?: readonly Failure[];
  readonly error?: Failure;
}

type Streamed = { readonly stream: true };

/** A gateway's models. Every call rejects with {@link AIError}, or with the reason of an aborted signal. */
export interface AI {
  run(model: string, input: PromptInput & Streamed, options?: RunOptions): Promise<RunStream<PromptChunk>>;
  run(model: string, input: MessagesInput & Streamed, options?: RunOptions): Promise<RunStream<ChatCompletionChunk>>;
  run(model: string, input: string | PromptInput, options?: RunOptions): Promise<PromptResult>;
  run(model: string, input: MessagesInput, options?: RunOptions): Promise<ChatCompletion>;
  run(model: string, input: EmbedInput, options?: RunOptions): Promise<EmbeddingList>;
  /**
   * Reads on in a stream that was begun earlier, by this program or by another with the same key: what is kept, then what comes.
   * Leaving its loop does not stop the call; {@link AI.cancel} does.
   */
  resume<Chunk = ChatCompletionChunk>(streamId: string, place: ResumeOptions): Promise<RunStream<Chunk>>;
  /** Stops the call behind a stream. One that has ended stays as it is. */
  cancel(streamId: string, options?: { readonly signal?: AbortSignal }): Promise<void>;
}

/** Connects to a gateway. Nothing is sent before the first call. */
export function createAI(connection: AIOptions): AI {
  const baseUrl = connection.baseURL.replace(/\/+$/, "");
  const fetch = connection.fetch ?? resumingFetch();

  async function send(path: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
    const headers = { authorization: `Bearer ${connection.apiKey}`, ...(init.headers as Record<string, string>) };
    const response = await fetch(`${baseUrl}${path}`, { ...init, headers, ...(signal && { signal }) }).catch(
      (cause: unknown) => {
        if (signal?.aborted) throw cause;
        throw new AIError("connection_failed", "The gateway could not be reached", { cause });
      },
    );
    if (response.ok) return response;
    const reply = await readReply(response, signal);
    throw failureOf(response, reply.errors?.[0] ?? reply.error);
  }

  async function run(model: string, input: unknown, options: RunOptions = {}): Promise<unknown> {
    const { gateway, metadata, sessionId, strictParams, headers, signal } = options;
    const init = {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(sessionId !== undefined && { "gw-session-id": sessionId }),
        ...(strictParams === true && { "gw-strict-params": "true" }),
        ...headers,
      },
      body: JSON.stringify({ model, input, ...(gateway && { options: { gateway } }), ...(metadata && { metadata }) }),
    };
    const response = await send("/ai/run", init, signal);
    if (response.body && response.headers.get("content-type")?.startsWith("text/event-stream")) {
      return streamOf(response, response.body, null, signal);
    }
    const reply = await readReply(response, signal);
    if (reply.success === true) return reply.result;
    throw failureOf(response, reply.errors?.[0]);
  }

  return {
    run: run as AI["run"],
    async resume<Chunk>(streamId: string, { lastEventId, signal }: ResumeOptions) {
      const headers: Record<string, string> = lastEventId === null ? {} : { "last-event-id": String(lastEventId) };
      const response = await send(`/v1/streams/${streamId}`, { headers }, signal);
      // 204: nothing comes after that event.
      return streamOf<Chunk>(response, response.body ?? new Blob([]).stream(), { lastEventId }, signal);
    },
    async cancel(streamId, { signal } = {}) {
      const response = await send(`/v1/streams/${streamId}/cancel`, { method: "POST" }, signal);
      await response.body?.cancel();
    },
  };
}

function streamOf<Chunk>(
  response: Response,
  body: ReadableStream<Uint8Array>,
  resumed: { readonly lastEventId: number | null } | null,
  signal: AbortSignal | undefined,
): RunStream<Chunk> {
  const requestId = response.headers.get("gw-request-id");
  let lastEventId = resumed?.lastEventId ?? null;
  const onEvent = (id: number): void => {
    lastEventId = id;
  };
  const chunks = readEvents<Chunk>(body, { requestId, signal, resumed: resumed !== null, onEvent });
  return {
    id: response.headers.get("gw-stream-id"),
    get lastEventId() {
      return lastEventId;
    },
    [Symbol.asyncIterator]: () => chunks,
  };
}

async function readReply(response: Response, signal: AbortSignal | undefined): Promise<Envelope> {
  try {
    return (await response.json()) as Envelope;
  } catch (cause) {
    if (signal?.aborted) throw cause;
    const message = `The gateway answered ${response.status} with something that is not JSON`;
    throw new AIError("reply_malformed", message, { ...factsOf(response), cause });
  }
}

function failureOf(response: Response, error: Failure | undefined): AIError {
  return new AIError(
    String(error?.code ?? response.headers.get("gw-error") ?? "reply_malformed"),
    String(error?.message ?? `The gateway answered ${response.status}`),
    factsOf(response),
  );
}

function factsOf({ status, headers }: Response): { readonly status: number; readonly requestId: string | null } {
  return { status, requestId: headers.get("gw-request-id") };
}
