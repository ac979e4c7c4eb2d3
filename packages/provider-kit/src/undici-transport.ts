import {
  type AttemptTimeouts,
  GatewayError,
  type Transport,
  type WireHeaders,
  type WireReply,
  type WireRequest,
} from "@gw/core";
import { type Dispatcher, errors, Pool } from "undici";
import { clampMs } from "./clamp-ms.ts";
import { abortError, connectionFailed, headTimeout, idleTimeout } from "./transport-error.ts";
import { concatBytes, tooLong, type WholeBody } from "./wire-body.ts";

const keepAliveMs = 60_000;
const maxKeepAliveMs = 600_000;
/** Bytes that may wait for a slow reader before the sender is slowed down. */
const highWaterBytes = 256 * 1024;

/**
 * The network by undici: one pool of HTTP/1.1 connections per origin, one request at a time on each (an answer can take
 * minutes, and nobody should wait behind it).
 *
 * A connection that cannot be made in time is `connection_failed`: nothing was sent.
 */
export function undiciTransport(): Transport {
  return new UndiciTransport();
}

class UndiciTransport implements Transport {
  readonly #pools = new Map<string, Pool>();

  send(
    request: WireRequest,
    options: { readonly signal: AbortSignal; readonly timeouts: AttemptTimeouts },
  ): Promise<WireReply> {
    const { signal, timeouts } = options;
    if (signal.aborted) return Promise.reject(abortError(signal));
    const pathStart = request.url.indexOf("/", request.url.indexOf("://") + 3);
    const origin = pathStart === -1 ? request.url : request.url.slice(0, pathStart);
    const exchange = new Exchange(signal, timeouts);
    this.#pool(origin, timeouts.connectTimeoutMs).dispatch(
      {
        path: pathStart === -1 ? "/" : request.url.slice(pathStart),
        method: request.method,
        headers: request.headers,
        body: request.body,
        // Kept here instead: undici makes two coarse timers a request when these differ, and lets go of them a second later.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      exchange,
    );
    return exchange.head;
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #pool(origin: string, connectTimeoutMs: number): Pool {
    const key = `${connectTimeoutMs} ${origin}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new Pool(origin, {
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: keepAliveMs,
        keepAliveMaxTimeout: maxKeepAliveMs,
        connect: { timeout: connectTimeoutMs },
      });
      this.#pools.set(key, pool);
    }
    return pool;
  }
}

interface Waiting<Value> {
  resolve(value: Value): void;
  reject(error: unknown): void;
}

/** One request and its reply: undici's handler, the signal's listener and the body in one object, for want of closures. */
class Exchange implements Dispatcher.DispatchHandler, AsyncIterableIterator<Uint8Array>, WholeBody {
  readonly head: Promise<WireReply>;
  readonly #signal: AbortSignal;
  readonly #timeouts: AttemptTimeouts;
  #head: Waiting<WireReply> | null;
  #controller: Dispatcher.DispatchController | null = null;
  #chunks: Uint8Array[] = [];
  #queuedBytes = 0;
  #paused = false;
  #ended = false;
  #error: GatewayError | null = null;
  #next: Waiting<IteratorResult<Uint8Array>> | null = null;
  #whole: Waiting<Uint8Array> | null = null;
  #maxBytes = 0;
  #timer: NodeJS.Timeout;

  constructor(signal: AbortSignal, timeouts: AttemptTimeouts) {
    this.#signal = signal;
    this.#timeouts = timeouts;
    const { promise, resolve, reject } = Promise.withResolvers<WireReply>();
    this.head = promise;
    this.#head = { resolve, reject };
    signal.addEventListener("abort", this);
    this.#timer = setTimeout(expireHead, clampMs(timeouts.firstContentTimeoutMs), this);
  }

  /** Nothing came in time: no head, or no further byte. */
  expire(error: GatewayError): void {
    this.#stop(error);
  }

  get timeouts(): AttemptTimeouts {
    return this.#timeouts;
  }

  handleEvent(): void {
    this.#stop(abortError(this.#signal));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#error !== null) controller.abort(this.#error);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    clearTimeout(this.#timer);
    this.#listen();
    this.#head?.resolve({ status, headers: joinHeaders(headers), body: this });
    this.#head = null;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#timer.refresh();
    if (this.#next !== null) {
      this.#next.resolve({ done: false, value: chunk });
      this.#next = null;
      return;
    }
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#whole !== null) {
      if (this.#queuedBytes > this.#maxBytes) this.#stop(tooLong(this.#maxBytes));
    } else if (this.#queuedBytes > highWaterBytes) {
      this.#paused = true;
      // The silence is the reader's now.
      clearTimeout(this.#timer);
      controller.pause();
    }
  }

  onResponseEnd(): void {
    // Else the collector keeps the whole request for as long as something remembers the signal.
    this.#controller = null;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this);
    this.#ended = true;
    this.#next?.resolve({ done: true, value: undefined });
    this.#next = null;
    this.#whole?.resolve(concatBytes(this.#chunks, this.#queuedBytes));
    this.#whole = null;
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(this.#read(error));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#queuedBytes -= chunk.length;
      if (this.#paused && this.#queuedBytes === 0) this.#resume();
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#error !== null) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Uint8Array>>();
    this.#next = { resolve, reject };
    return promise;
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.#chunks = [];
    if (!this.#ended) {
      this.#stop(new GatewayError("aborted", "The reply was not read to its end"));
      this.#ended = true;
      this.#error = null;
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  whole(maxBytes: number): Promise<Uint8Array> {
    if (this.#queuedBytes > maxBytes) {
      const error = tooLong(maxBytes);
      this.#stop(error);
      return Promise.reject(error);
    }
    if (this.#error !== null) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve(concatBytes(this.#chunks, this.#queuedBytes));
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.#whole = { resolve, reject };
    this.#maxBytes = maxBytes;
    if (this.#paused) this.#resume();
    return promise;
  }

  /** From now on silence is the sender's. */
  #listen(): void {
    this.#timer = setTimeout(expireIdle, clampMs(this.#timeouts.idleTimeoutMs), this);
  }

  #resume(): void {
    this.#paused = false;
    this.#listen();
    this.#controller?.resume();
  }

  /** Ends the exchange from our side; the socket goes with it. */
  #stop(error: GatewayError): void {
    this.#fail(error);
    // Without a controller the request still waits for its connection: `onRequestStart` will end it then.
    this.#controller?.abort(error);
  }

  #fail(error: GatewayError): void {
    if (this.#ended || this.#error !== null) return;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this);
    this.#error = error;
    this.#head?.reject(error);
    this.#head = null;
    this.#next?.reject(error);
    this.#next = null;
    this.#whole?.reject(error);
    this.#whole = null;
  }

  #read(error: Error): GatewayError {
    if (error instanceof errors.ClientDestroyedError || error instanceof errors.ClientClosedError)
      return new GatewayError("aborted", "The transport was closed");
    if (error instanceof errors.InvalidArgumentError)
      return new GatewayError("invalid_request", `The request cannot be sent: ${error.message}`);
    return connectionFailed(error, this.#controller === null);
  }
}

// Functions of the module instead of closures: there are two for every request.
function expireHead(exchange: Exchange): void {
  exchange.expire(headTimeout(exchange.timeouts.firstContentTimeoutMs));
}

function expireIdle(exchange: Exchange): void {
  exchange.expire(idleTimeout(exchange.timeouts.idleTimeoutMs));
}

/** undici gives repeated headers as lists. */
function joinHeaders(headers: Record<string, string | string[] | undefined>): WireHeaders {
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) headers[name] = value.join(", ");
  }
  return headers as Record<string, string>;
}
