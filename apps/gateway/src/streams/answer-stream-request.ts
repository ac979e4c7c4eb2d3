import { GatewayError, type JsonObject } from "@gw/core";
import type { BufferedStream } from "@gw/stream-buffer";
import type { HandlerContext } from "../handler-context.ts";
import { authenticate, credentialsOf } from "../pipeline/authenticate.ts";
import { parseBody } from "../pipeline/receive.ts";
import type { Reply, ReplyHeaders } from "../reply.ts";
import type { FoundStream, GatewayStreams } from "./gateway-streams.ts";
import { keptResponse } from "./kept-response.ts";
import { readFrom, replay } from "./replay.ts";
import type { StreamRequest } from "./stream-request.ts";

const defaultUrlSeconds = 300;
const maxUrlSeconds = 3_600;
const eventStream = "text/event-stream; charset=utf-8";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** A request about a kept stream, as it came. */
export interface IncomingStreamRequest extends StreamRequest {
  readonly headers: Headers;
  /** Reads the body, where there has to be one. */
  readonly read: () => Promise<Uint8Array>;
}

/**
 * Answers a request about a kept stream.
 *
 * @throws {GatewayError} `not_found`, `stream_expired`, `invalid_request`, `permission_denied` for a signature that is not good,
 * and what authentication throws
 */
export async function answerStreamRequest(
  request: IncomingStreamRequest,
  { keys, idempotent }: Pick<HandlerContext, "keys" | "idempotent">,
  streams: GatewayStreams,
): Promise<Reply> {
  const { headers } = request;
  if (isRead(request) && streams.urls.shownIn(request.id, request.query, Date.now())) {
    const reply = await answerFound(request, await streams.given(request.id), streams);
    // Who has the URL may read, whatever page he is on.
    return { ...reply, headers: { ...reply.headers, "access-control-allow-origin": "*" } };
  }
  const principal = authenticate(credentialsOf(headers, request.query), keys, Date.now());
  if (request.action === "cancel-by-key") {
    const key = headers["idempotency-key"];
    if (typeof key !== "string") {
      throw new GatewayError("invalid_request", "The header Idempotency-Key is missing", { param: "idempotency-key" });
    }
    await idempotent.cancel(key, principal, streams);
    return { type: "whole", status: 200, headers: { "content-type": "application/json" }, body: '{"object":"stream"}' };
  }
  return answerFound(request, await streams.find(request.id, principal), streams);
}

function isRead({ action }: StreamRequest): boolean {
  return action === "read" || action === "inspect";
}

async function answerFound(
  request: IncomingStreamRequest,
  found: FoundStream,
  streams: GatewayStreams,
): Promise<Reply> {
  const { headers } = request;
  switch (request.action) {
    case "inspect":
      return { type: "whole", status: 200, headers: factsOf(found), body: "" };
    case "cancel":
      await streams.cancel(found);
      return json(found, { id: found.stream.id, object: "stream", status: statusOf(found.stream) });
    case "cancel-response":
      await streams.cancel(found);
      return json(found, await keptResponse(found));
    case "read-response":
      if (request.query.get("stream") !== "true") return json(found, await keptResponse(found));
      return withBody(read(found, placeAfter(headers, request.query), request.query));
    case "resume":
      return read(found, wholeNumber(request.query.get("from") ?? "0", "from") - 1, request.query);
    case "sign":
      return json(found, signedUrl(found, parseBody(await request.read()), headers, streams));
    default:
      return found.label.whole ? replay(found, "sse") : read(found, placeAfter(headers, request.query), request.query);
  }
}

function signedUrl(found: FoundStream, body: JsonObject, headers: Headers, { urls }: GatewayStreams): JsonObject {
  const { expires_in_s: seconds = defaultUrlSeconds } = body;
  if (!Number.isInteger(seconds) || (seconds as number) < 1 || (seconds as number) > maxUrlSeconds) {
    throw new GatewayError("invalid_request", `expires_in_s must be seconds between 1 and ${maxUrlSeconds}`, {
      param: "expires_in_s",
    });
  }
  const { id } = found.stream;
  const query = urls.sign(id, Date.now() + (seconds as number) * 1_000);
  const scheme = headers["x-forwarded-proto"] === "https" ? "https" : "http";
  return {
    url: `${scheme}://${headers.host}/v1/streams/${id}?${new URLSearchParams({ ...query })}`,
    expires_at: new Date(Number(query.expires) * 1_000).toISOString(),
  };
}

function read(found: FoundStream, afterId: number, query: URLSearchParams): Reply {
  const { stream } = found;
  const isOver = stream.state !== "open";
  if (afterId >= stream.nextId - 1) {
    if (isOver) return { type: "whole", status: 204, headers: factsOf(found), body: "" };
    if (afterId >= stream.nextId) {
      const param = "starting_after";
      throw new GatewayError("invalid_request", "The stream has not come as far as that", { param });
    }
  }
  const live = query.get("live") !== "false";
  const reader = readFrom(stream, afterId, live);
  const headers = { ...found.label.headers, ...factsOf(found), "content-type": eventStream };
  return { type: "stream", status: 200, headers, framing: "sse", late: false, reader };
}

/** OpenAI's SDK does not take an answer without a body for a stream without events. */
function withBody(reply: Reply): Reply {
  if (reply.status !== 204) return reply;
  return { ...reply, status: 200, headers: { ...reply.headers, "content-type": eventStream } };
}

/** The last event that the caller has; -1 where it has none. */
function placeAfter(headers: Headers, query: URLSearchParams): number {
  const header = headers["last-event-id"];
  const parameter = query.get("starting_after");
  const places = [
    ...(typeof header === "string" && header !== "" ? [wholeNumber(header, "last-event-id")] : []),
    ...(parameter !== null ? [wholeNumber(parameter, "starting_after")] : []),
  ];
  const [place = -1, other = place] = places;
  if (place === other) return place;
  throw new GatewayError("invalid_request", "Last-Event-ID and starting_after name different events", {
    param: "starting_after",
  });
}

function wholeNumber(text: string, param: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new GatewayError("invalid_request", `${param} must be the number of an event`, { param });
}

function json(found: FoundStream, value: unknown): Reply {
  const headers = { ...factsOf(found), "content-type": "application/json" };
  return { type: "whole", status: 200, headers, body: JSON.stringify(value) };
}

/** How far a stream has come, and what it cost, as headers. */
function factsOf({ stream, label }: FoundStream): ReplyHeaders {
  const { "gw-cost-usd": cost, "gw-limit-remaining-usd": left } = label.headers ?? {};
  return {
    "cache-control": "no-store",
    "gw-request-id": label.requestId,
    "gw-stream-id": stream.id,
    "gw-stream-status": statusOf(stream),
    "gw-stream-next-id": String(stream.nextId),
    "gw-stream-bytes": String(stream.bytes),
    ...(label.usage !== null && { "gw-stream-usage": JSON.stringify(label.usage) }),
    ...(cost !== undefined && { "gw-cost-usd": cost }),
    ...(left !== undefined && { "gw-limit-remaining-usd": left }),
    ...(label.errorCode !== null && { "gw-stream-error": label.errorCode }),
    ...(stream.expiresAtMs !== null && { "gw-stream-expires-at": new Date(stream.expiresAtMs).toISOString() }),
  };
}

function statusOf({ state }: BufferedStream): string {
  return state === "open" ? "streaming" : state;
}
