import {
  type Call,
  GatewayError,
  type NativeFrame,
  type NativeLane,
  type NativeReply,
  type NativeRequest,
  type Observation,
  reportNotes,
  unknownUsage,
  type WireReply,
} from "@gw/core";
import type { Frame, ReplyObserver } from "@gw/dialects";
import type { Attempt } from "./attempt.ts";
import type { NativeRoute } from "./provider-definition.ts";
import { isJsonReply, visibleHeaders } from "./reply-headers.ts";
import { spliceJson } from "./splice-json.ts";
import type { SseEvent } from "./sse-splitter.ts";
import { asTruncation, isBroken, isWholeFrame } from "./stream-end.ts";
import type { FrameReader } from "./stream-framing.ts";
import { readJsonReply, type VendorClient } from "./vendor-client.ts";

const closeBrace = 0x7d;
const closeBracket = 0x5d;

const utf8 = new TextEncoder();

const unobserved: Observation = { id: null, model: null, finishReason: null, usage: unknownUsage };

/** The native lane of a provider: bodies out with only what must differ changed, replies back as they came. */
export function nativeLane(routes: Readonly<Record<string, NativeRoute>>, client: VendorClient): NativeLane {
  return {
    dialects: Object.keys(routes),
    speaks: (dialect, model, operation) =>
      (routes[dialect]?.path(model, { stream: false, operation }) ?? null) !== null,
    async open(request, call) {
      const attempt = client.begin(call, request.stream);
      try {
        return await open(routes[request.dialect], client, attempt, request, call);
      } catch (error) {
        const failure = attempt.failure(error);
        attempt.leave();
        throw routes[request.dialect]?.hasForeignErrors === true ? withoutUpstream(failure) : failure;
      }
    },
  };
}

async function open(
  route: NativeRoute | undefined,
  client: VendorClient,
  attempt: Attempt,
  request: NativeRequest,
  call: Call,
): Promise<NativeReply> {
  const { model, stream, operation, body } = request;
  const path = route?.path(model, { stream, operation }) ?? null;
  if (route === undefined || path === null)
    throw new GatewayError("unsupported_capability", `${operation} is not offered as ${request.dialect}`);
  const { codec } = route;
  const quirks = route.quirks(model);
  const headers =
    call.headers === undefined || call.headers === request.headers
      ? request.headers
      : { ...call.headers, ...request.headers };
  const changes = codec.prepareNative({ body, model, stream, headers }, quirks);
  reportNotes(changes.notes ?? [], call);
  const reply = await client.send(
    attempt,
    {
      path,
      body: spliceJson(request.raw, changes),
      stream,
      headers,
      decodeError: (error) => codec.decodeError(error, quirks),
    },
    call,
  );
  const head = { status: reply.status, headers: visibleHeaders(reply.headers) };
  if (!stream || isJsonReply(reply.headers)) {
    const { bytes, json } = await readJsonReply(reply);
    let observation = unobserved;
    if (operation === "generate") {
      const observer = codec.observer({ stream: false, hideUsage: false }, quirks);
      observer.whole(json);
      observation = observer.observation();
    }
    attempt.end();
    const frames = stream ? codec.wholeAsStream?.(json, body) : undefined;
    if (frames === undefined) return { type: "whole", ...head, bytes, observation };
    const streamHead = { ...head, headers: { ...head.headers, "content-type": "text/event-stream" } };
    return { type: "stream", ...streamHead, batches: oneBatch(frames), observation: () => observation };
  }
  const observer = codec.observer({ stream: true, hideUsage: changes.hideUsage }, quirks);
  const batches = new NativeBatches(reply, client.framing.events(), observer, attempt);
  return { type: "stream", ...head, batches, observation: () => observer.observation() };
}

/** Some servers answer a request for a stream with a whole reply (cloudflare/ai#396 of 2026-02-12). */
async function* oneBatch(frames: readonly Frame[]): AsyncGenerator<readonly NativeFrame[], void, undefined> {
  yield frames.map(({ data }, index) => ({ bytes: utf8.encode(`data: ${data}\n\n`), content: index === 0 }));
}

/** Nobody is to be given the vendor's words as they came; their status still counts. */
function withoutUpstream(error: GatewayError): GatewayError {
  const { requestId, retryAfterMs, provider, param } = error;
  return new GatewayError(error.code, error.message, {
    httpStatus: error.httpStatus,
    retry: error.retry,
    cause: error.cause,
    ...(requestId !== null && { requestId }),
    ...(retryAfterMs !== null && { retryAfterMs }),
    ...(provider !== null && { provider }),
    ...(param !== null && { param }),
  });
}

/** The frames of a stream, batch by batch; written out because a generator that never began would not close its socket. */
class NativeBatches implements AsyncIterableIterator<readonly NativeFrame[]> {
  readonly #body: AsyncIterator<Uint8Array>;
  readonly #observer: ReplyObserver;
  readonly #attempt: Attempt;
  readonly #splitter: FrameReader<SseEvent>;
  /** An error that came with good frames: they are given out first. */
  #error: unknown = null;
  #done = false;

  constructor(reply: WireReply, splitter: FrameReader<SseEvent>, observer: ReplyObserver, attempt: Attempt) {
    this.#splitter = splitter;
    this.#body = reply.body[Symbol.asyncIterator]();
    this.#observer = observer;
    this.#attempt = attempt;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<readonly NativeFrame[]>> {
    if (this.#error !== null) throw await this.#fail(this.#error);
    while (!this.#done) {
      let frames: NativeFrame[];
      try {
        const step = await this.#body.next();
        frames = step.done === true ? this.#end() : this.#observe(this.#splitter.push(step.value));
      } catch (error) {
        if (!isBroken(error) || !this.#isComplete()) throw await this.#fail(asTruncation(error));
        frames = [];
        await this.return();
      }
      if (frames.length > 0) return { done: false, value: frames };
      if (this.#error !== null) throw await this.#fail(this.#error);
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<readonly NativeFrame[]>> {
    this.#done = true;
    this.#attempt.leave();
    await this.#body.return?.();
    return { done: true, value: undefined };
  }

  #observe(events: readonly SseEvent[]): NativeFrame[] {
    const frames: NativeFrame[] = [];
    for (const event of events) {
      try {
        if (!isWhole(event)) throw new GatewayError("reply_malformed", "An event of the stream is cut short");
        const { content, hidden } = this.#observer.frame(event);
        if (content) this.#attempt.contentSeen();
        if (!hidden) frames.push({ bytes: event.bytes, content });
      } catch (error) {
        this.#error = error;
        break;
      }
    }
    return frames;
  }

  #end(): NativeFrame[] {
    this.#done = true;
    const frames = this.#observe(this.#splitter.end().filter(isWholeFrame));
    try {
      if (this.#splitter.isForeign) throw new GatewayError("reply_malformed", "The reply is not an event stream");
      this.#observer.end();
      this.#attempt.end();
    } catch (error) {
      this.#error ??= error;
    }
    return frames;
  }

  #isComplete(): boolean {
    try {
      this.#observer.end();
      return true;
    } catch {
      return false;
    }
  }

  async #fail(error: unknown): Promise<GatewayError> {
    this.#error = null;
    const failure = this.#attempt.failure(error);
    await this.return();
    return failure;
  }
}

// Observers leave most events unread, and a caller's parser would trip over half of one. The last character tells.
function isWhole({ data }: SseEvent): boolean {
  const last = data.charCodeAt(data.length - 1);
  return last === closeBrace || last === closeBracket || data.trim() === "" || isWholeFrame({ data });
}
