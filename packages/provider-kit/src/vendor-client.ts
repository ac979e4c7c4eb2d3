import {
  type AttemptTimeouts,
  type Call,
  GatewayError,
  type JsonValue,
  type ProviderOptions,
  type Transport,
  type WireHeaders,
  type WireReply,
  type WireRequest,
} from "@gw/core";
import type { ErrorReply } from "@gw/dialects";
import { Attempt, type Sender } from "./attempt.ts";
import type { ProviderDefinition } from "./provider-definition.ts";
import { redactError, redactHeaders } from "./redact.ts";
import { isHtmlReply, requestIdOf, visibleHeaders } from "./reply-headers.ts";
import { readRetryHints } from "./retry-hints.ts";
import { type StreamFraming, serverSentEvents } from "./stream-framing.ts";
import { concatBytes, readWhole } from "./wire-body.ts";

const streamTimeouts = { connectTimeoutMs: 5_000, firstContentTimeoutMs: 120_000, idleTimeoutMs: 60_000 };
const wholeTimeouts = { ...streamTimeouts, firstContentTimeoutMs: 600_000 };

const maxReplyBytes = 128 * 1024 * 1024;
const maxErrorBytes = 64 * 1024;
const errorBodyTimeoutMs = 5_000;

const text = new TextDecoder();
const secretName = /auth|key|token|secret|cookie/i;

/** One request to the vendor. */
export interface Outgoing {
  /** Joined to the base URL. */
  readonly path: string;
  readonly body: Uint8Array | string;
  readonly stream: boolean;
  /** The caller's headers; only those that the definition names are sent. */
  readonly headers: WireHeaders | undefined;
  decodeError(reply: ErrorReply): GatewayError;
}

/** Sends a provider's requests: addresses, headers, bounds of time, and error replies as errors. */
export class VendorClient implements Sender {
  readonly id: string;
  readonly secrets: readonly string[];
  readonly framing: StreamFraming;
  readonly #definition: ProviderDefinition;
  readonly #transport: Transport;
  readonly #baseUrl: string;
  readonly #wholeHeaders: WireHeaders;
  readonly #streamHeaders: WireHeaders;
  readonly #wholeTimeouts: AttemptTimeouts;
  readonly #streamTimeouts: AttemptTimeouts;

  constructor(definition: ProviderDefinition, options: ProviderOptions, transport: Transport) {
    this.id = options.id ?? definition.id;
    this.framing = definition.framing ?? serverSentEvents;
    this.#definition = definition;
    this.#transport = transport;
    this.#baseUrl = (options.baseUrl ?? definition.baseUrl).replace(/\/+$/, "");
    const own = lowerCaseNames(options.headers ?? {});
    this.secrets = [
      ...definition.secrets,
      ...Object.keys(own).flatMap((name) => (secretName.test(name) ? [own[name] as string] : [])),
    ];
    const headers = {
      "user-agent": "gw",
      "accept-encoding": "identity",
      "content-type": "application/json",
      ...lowerCaseNames(definition.headers),
      ...own,
    };
    this.#wholeHeaders = { accept: "application/json", ...headers };
    this.#streamHeaders = { accept: this.framing.accept, ...headers };
    this.#wholeTimeouts = override(wholeTimeouts, options.timeouts);
    this.#streamTimeouts = override(streamTimeouts, options.timeouts);
  }

  /** Begins a call. Whoever does must end it: `end` or `leave`. */
  begin(call: Call, stream: boolean): Attempt {
    const timeouts = stream ? this.#streamTimeouts : this.#wholeTimeouts;
    return new Attempt(this, call, override(timeouts, call.timeouts));
  }

  /**
   * Sends a request.
   * @returns a reply of status 2xx, its body unread
   * @throws {GatewayError} the vendor's error, or what the transport throws
   */
  async send(attempt: Attempt, outgoing: Outgoing, call: Call): Promise<WireReply> {
    const request: WireRequest = {
      method: "POST",
      url: this.#baseUrl + outgoing.path,
      headers: this.#headers(outgoing),
      body: outgoing.body,
    };
    const signed = this.#definition.sign === undefined ? request : await this.#definition.sign(request, Date.now());
    attempt.start();
    const reply = await this.#transport.send(signed, { signal: attempt.signal, timeouts: attempt.timeouts });
    attempt.requestId = requestIdOf(reply.headers);
    const headers = visibleHeaders(reply.headers);
    if (reply.status < 200 || reply.status > 299) {
      // Whoever complains of a key may repeat it.
      call.onReplyHead?.(reply.status, redactHeaders(headers, this.secrets));
      throw await this.#readError(reply, attempt, outgoing);
    }
    call.onReplyHead?.(reply.status, headers);
    const encoding = reply.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity")
      throw new GatewayError("reply_malformed", "The reply is compressed, which was not asked for");
    if (isHtmlReply(reply.headers))
      throw new GatewayError("reply_malformed", "The vendor's address answered with a web page");
    return reply;
  }

  #headers(outgoing: Outgoing): WireHeaders {
    const headers = outgoing.stream ? this.#streamHeaders : this.#wholeHeaders;
    const given = outgoing.headers;
    if (given === undefined) return headers;
    let merged: Record<string, string> | null = null;
    for (const name of this.#definition.forwardedHeaders) {
      const value = given[name];
      if (value !== undefined) {
        merged ??= { ...headers };
        merged[name] = value;
      }
    }
    return merged ?? headers;
  }

  async #readError(reply: WireReply, attempt: Attempt, outgoing: Outgoing): Promise<GatewayError> {
    const body = await readErrorBody(reply, attempt);
    const { status } = reply;
    const headers = visibleHeaders(reply.headers);
    if (status < 400) {
      return new GatewayError("reply_malformed", `The vendor's address answered with status ${status}`, {
        upstream: { status, headers, body },
      });
    }
    const decoded = outgoing.decodeError({ status, headers, body });
    const refined = this.#definition.refineError?.(decoded, { status, headers: reply.headers, body }) ?? decoded;
    return redactError(refined, this.secrets, readRetryHints(status, reply.headers, Date.now()));
  }
}

/** What can be had of an error's body in reasonable time: a cut or slow one still says something. */
async function readErrorBody(reply: WireReply, attempt: Attempt): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  attempt.limit(errorBodyTimeoutMs, "No end of the error came");
  try {
    for await (const piece of reply.body) {
      pieces.push(piece);
      length += piece.length;
      if (length >= maxErrorBytes) break;
    }
  } catch (error) {
    if (attempt.isCancelled) throw error;
  }
  return text.decode(concatBytes(pieces, length).subarray(0, maxErrorBytes));
}

/**
 * The whole of a JSON reply, as bytes and as a value.
 * @throws {GatewayError} `reply_malformed` when it is not JSON.
 */
export async function readJsonReply(
  reply: WireReply,
): Promise<{ readonly bytes: Uint8Array; readonly json: JsonValue }> {
  const bytes = await readWhole(reply.body, maxReplyBytes);
  try {
    return { bytes, json: JSON.parse(text.decode(bytes)) as JsonValue };
  } catch {
    // The parser's own message quotes the reply.
    throw new GatewayError("reply_malformed", "The reply is not JSON");
  }
}

function lowerCaseNames(headers: WireHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function override(timeouts: AttemptTimeouts, by: Partial<AttemptTimeouts> | undefined): AttemptTimeouts {
  if (by === undefined) return timeouts;
  return {
    connectTimeoutMs: by.connectTimeoutMs ?? timeouts.connectTimeoutMs,
    firstContentTimeoutMs: by.firstContentTimeoutMs ?? timeouts.firstContentTimeoutMs,
    idleTimeoutMs: by.idleTimeoutMs ?? timeouts.idleTimeoutMs,
  };
}
