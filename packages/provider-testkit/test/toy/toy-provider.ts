import { Agent } from "node:http";
import { gunzipSync } from "node:zlib";
import { GatewayError, isGatewayError, type JsonObject, type JsonValue } from "@gw/core";
import type {
  AttemptTimeouts,
  Call,
  Capabilities,
  EmbedRequest,
  EmbedResult,
  ParamNote,
  Provider,
  TextEvent,
  TextRequest,
  TextResult,
  WireHeaders,
} from "@gw/core/types";
import type { Flaw } from "./flaw.ts";
import { dataOf, eventBlocks, type OpenReply, post, readAll } from "./toy-http.ts";
import { openNative } from "./toy-native.ts";
import { codeOf, newState, ToyDecoder, toyBody, toyResult, toyUsage } from "./toy-wire.ts";

export interface ToyOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly timeouts: Partial<AttemptTimeouts>;
  readonly flaw?: Flaw | null;
  readonly text?: Partial<NonNullable<Capabilities["text"]>>;
}

/** What the toy's parts share. */
export interface Toy {
  readonly flaw: Flaw | null;
  open(path: string, body: string, call: Call, headers?: WireHeaders): Promise<OpenReply>;
  /** Runs a call; whatever it throws names the provider and holds no key. */
  guarded<Result>(run: () => Promise<Result>): Promise<Result>;
  clean(error: unknown): unknown;
}

const defaults: AttemptTimeouts = { connectTimeoutMs: 5_000, firstContentTimeoutMs: 60_000, idleTimeoutMs: 60_000 };

/** A provider that keeps the contract with nothing but core and Node, or breaks it in one way on request. */
export function toy(options: ToyOptions): Provider {
  const flaw = options.flaw ?? null;
  const agent = new Agent({ keepAlive: true });
  const capabilities: Capabilities = {
    text: {
      nativeDialects: ["toy"],
      streaming: true,
      tools: true,
      parallelTools: true,
      forcedTool: true,
      structuredOutput: true,
      reasoning: true,
      imageInput: true,
      documentInput: false,
      audioInput: false,
      videoInput: false,
      usageInStream: true,
      countTokens: true,
      ...options.text,
    },
    embed: { nativeDialects: ["toy-embed"], maxInputs: null, dimensions: false },
  };
  const redact = (text: string) => text.replaceAll(options.apiKey, "***");
  const clean = (error: unknown): unknown => {
    if (!isGatewayError(error)) return error;
    const { upstream, requestId, retryAfterMs } = error;
    return new GatewayError(error.code, redact(error.message), {
      provider: "toy",
      ...(retryAfterMs !== null && { retryAfterMs }),
      ...(requestId !== null && { requestId: redact(requestId) }),
      ...(upstream !== null && {
        upstream: {
          status: upstream.status,
          headers: flaw === "leaks the key in the upstream headers" ? upstream.headers : {},
          body: flaw === "leaks the key in the upstream body" ? upstream.body : redact(upstream.body),
        },
      }),
      ...(flaw === "leaks the key in the cause" && { cause: new Error(`key ${options.apiKey}`) }),
    });
  };

  const self: Toy = {
    flaw,
    clean,
    guarded: async (run) => {
      try {
        return await run();
      } catch (error) {
        throw clean(error);
      }
    },
    open: async (path, body, call, headers = {}) => {
      const url = `${options.baseUrl}${flaw === "sends another path" ? "/other" : path}`;
      const send = () =>
        post(url, body, {
          headers: { ...headers, "x-toy-key": options.apiKey },
          call,
          timeouts: { ...defaults, ...options.timeouts },
          agent,
          flaw,
        });
      let reply = await send();
      if (flaw === "retries by itself" && reply.status >= 500) {
        await readAll(reply.bytes);
        reply = await send();
      }
      if (flaw !== "tells no head") call.onReplyHead?.(reply.status, reply.headers);
      if (reply.status < 400) return reply;
      throw await errorOf(reply, flaw);
    },
  };

  const generate = (request: TextRequest, call: Call = {}): Promise<TextResult> =>
    self.guarded(async () => {
      const reply = await self.open("/answer", encoded(request, false, call), call);
      return toyResult(parsed(await wholeBody(reply), flaw), flaw);
    });

  // The mistake of keeping a stream's state where the next stream finds it.
  let shared = newState();
  let underWay = 0;
  const stateOf = () => {
    if (flaw !== "mixes streams") return newState();
    if (underWay === 0) shared = newState();
    return shared;
  };

  async function* stream(request: TextRequest, call: Call = {}, early?: Promise<OpenReply>): AsyncGenerator<TextEvent> {
    const state = stateOf();
    underWay += 1;
    try {
      const reply = await (early ?? self.open("/answer", encoded(request, true, call), call));
      checkType(reply, flaw);
      const decoder = new ToyDecoder(flaw, state);
      for await (const block of eventBlocks(reply.bytes, flaw)) {
        const data = dataOf(block);
        if (data === null) continue;
        for (const event of decoder.push(data)) {
          if (event.type.endsWith("-delta")) reply.contentSeen();
          yield event;
        }
      }
      yield* decoder.end();
    } catch (error) {
      throw clean(error);
    } finally {
      underWay -= 1;
    }
  }

  function encoded(request: TextRequest, streamed: boolean, call: Call): string {
    checkMedia(request, capabilities, flaw);
    const notes = notesOf(request);
    if (call.strictParams && notes[0] !== undefined && flaw !== "ignores strictParams")
      throw new GatewayError("unsupported_parameter", "Not known here", { param: notes[0].param });
    if (notes.length > 0 && flaw !== "reports nothing") call.onNotes?.(notes);
    return JSON.stringify(toyBody(request, streamed, flaw));
  }

  const simple = async (path: string, body: JsonObject, call: Call) => {
    const reply = await self.open(path, JSON.stringify(body), call);
    return parsed(await wholeBody(reply), flaw) as JsonObject;
  };

  return {
    id: "toy",
    capabilities,
    text: {
      generate,
      stream: (request, call = {}) => {
        const early = flaw === "sends at once" ? self.open("/answer", encoded(request, true, call), call) : undefined;
        early?.catch(() => {});
        return stream(request, call, early);
      },
      ...(capabilities.text?.countTokens && {
        countTokens: (request: TextRequest, call: Call = {}) =>
          self.guarded(async () => ({
            inputTokens: Number((await simple("/count", toyBody(request, false, flaw), call)).count),
          })),
      }),
    },
    embed: (request: EmbedRequest, call: Call = {}) =>
      self.guarded(async () =>
        embedResult(await simple("/embed", { ...request } as unknown as JsonObject, call), flaw),
      ),
    native: {
      dialects: ["toy", "toy-embed"],
      open: (request, call) => self.guarded(() => openNative(self, request, call)),
    },
    close: async () => agent.destroy(),
  };
}

async function errorOf(reply: OpenReply, flaw: Flaw | null): Promise<GatewayError> {
  const body = (await readAll(reply.bytes)).toString("utf8");
  const retryAfterMs = retryAfter(reply.headers, flaw);
  return new GatewayError(codeOf(reply.status, flaw), `Status ${reply.status}`, {
    upstream: { status: reply.status, headers: reply.headers, body },
    ...(retryAfterMs !== null && { retryAfterMs }),
    ...(reply.headers["x-request-id"] !== undefined && { requestId: reply.headers["x-request-id"] }),
  });
}

function retryAfter(headers: WireHeaders, flaw: Flaw | null): number | null {
  if (headers["retry-after-ms"] !== undefined && flaw !== "ignores retry-after-ms")
    return Number(headers["retry-after-ms"]);
  const text = headers["retry-after"];
  if (text === undefined) return null;
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  return flaw === "ignores retry-after dates" ? null : Date.parse(text) - Date.now();
}

/** The whole body, unzipped where the head says so. */
export async function wholeBody(reply: OpenReply): Promise<Buffer> {
  const bytes = await readAll(reply.bytes);
  if (reply.headers["content-encoding"] !== "gzip") return bytes;
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new GatewayError("reply_malformed", "The body is not gzip", { cause });
  }
}

/** @throws {GatewayError} `reply_malformed` for a page in place of a stream. */
export function checkType(reply: OpenReply, flaw: Flaw | null): void {
  if (reply.headers["content-type"]?.startsWith("text/html") && flaw !== "reads HTML as an answer")
    throw new GatewayError("reply_malformed", "The reply is a page");
}

/** @throws {GatewayError} `reply_malformed` when the text is not JSON. */
export function parsed(bytes: Buffer, flaw: Flaw | null): JsonValue {
  try {
    return JSON.parse(bytes.toString("utf8")) as JsonValue;
  } catch {
    if (flaw === "accepts any body") return null;
    throw new GatewayError("reply_malformed", "The reply is not JSON");
  }
}

function checkMedia(request: TextRequest, { text }: Capabilities, flaw: Flaw | null): void {
  const can: Readonly<Record<string, boolean | undefined>> = {
    image: text?.imageInput || flaw === "sends images that it cannot send",
    document: text?.documentInput,
    audio: text?.audioInput,
    video: text?.videoInput,
  };
  const used = request.messages.flatMap((message) => message.content.map((part) => part.type));
  const refused = used.find((type) => can[type] === false) ?? (request.tools && !text?.tools ? "tools" : undefined);
  if (refused !== undefined) throw new GatewayError("unsupported_capability", `No ${refused} here`);
  if (request.responseFormat && !text?.structuredOutput)
    throw new GatewayError("unsupported_capability", "No schema here");
}

function notesOf(request: TextRequest): ParamNote[] {
  const options = Object.entries(request.providerOptions ?? {}).filter(([dialect]) => dialect !== "toy");
  return options.flatMap(([dialect, fields]) =>
    Object.keys(fields).map((param) => ({ param, outcome: "dropped" as const, detail: `only ${dialect} has it` })),
  );
}

function embedResult(body: JsonObject, flaw: Flaw | null): EmbedResult {
  const vectors = body.vectors as unknown as { at: number; v: number[] }[];
  const inOrder = flaw === "embeds in the order of the reply" ? vectors : vectors.toSorted((a, b) => a.at - b.at);
  return { model: String(body.model), embeddings: inOrder.map(({ v }) => v), usage: toyUsage(body.usage, flaw) };
}
