import { GatewayError, type UpstreamReply } from "@gw/core";
import { answerHeaders, failureHeaders } from "./answer-headers.ts";
import { inCallersWords } from "./callers-words.ts";
import type { Composition } from "./composition.ts";
import { Operation } from "./operation.ts";
import { admit } from "./pipeline/admit.ts";
import { type AttemptReply, asGatewayError, attempt } from "./pipeline/attempt.ts";
import { authenticate, credentialsOf, type KeyRing } from "./pipeline/authenticate.ts";
import { beginStream } from "./pipeline/begin-stream.ts";
import { commit } from "./pipeline/commit.ts";
import type { DecodedCall, Endpoint, Incoming } from "./pipeline/decode.ts";
import { pieces } from "./pipeline/deliver.ts";
import { type Recorders, record } from "./pipeline/record.ts";
import { resolve } from "./pipeline/resolve.ts";
import type { Reply } from "./reply.ts";
import { adminPrincipal } from "./tenant.ts";

/** What every request needs of the gateway. */
export interface HandlerContext {
  readonly composition: Composition;
  readonly keys: KeyRing;
  readonly recorders: Recorders;
}

/** A request of the data plane. */
export interface HandlerRequest {
  readonly endpoint: Endpoint;
  /** Over HTTP a caller must show a key; a program that holds the gateway need not. */
  readonly origin: "http" | "in-process";
  readonly headers: Incoming["headers"];
  readonly query: URLSearchParams | null;
  readonly rest: string;
  /** Reads the body, once the caller is known. */
  readonly read: () => Promise<Uint8Array>;
  /** Aborts the upstream call: when the caller goes away, and when the gateway's own bound passes. */
  readonly abort: AbortController;
}

// No model string is longer; what a caller sends instead must not fill the logs.
const maxModelText = 256;

/** Takes a request all the way. Every failure becomes a reply in the endpoint's dialect: it never rejects. */
export async function handle(request: HandlerRequest, context: HandlerContext): Promise<Reply> {
  const operation = new Operation(request.endpoint.name);
  context.recorders.metrics.started();
  try {
    return await answer(operation, request, context);
  } catch (cause) {
    return failure(operation, request, context, cause);
  }
}

async function answer(operation: Operation, request: HandlerRequest, context: HandlerContext): Promise<Reply> {
  const { headers, query, abort } = request;
  const { composition } = context;
  operation.principal =
    request.origin === "in-process"
      ? adminPrincipal
      : authenticate(credentialsOf(headers, query), context.keys, operation.startedAtMs);
  const incoming: Incoming = { raw: await request.read(), headers, query, rest: request.rest };
  const call = request.endpoint.decode(incoming);
  operation.model = call.model.slice(0, maxModelText);
  operation.stream = call.stream;
  const options = admit(headers, operation.principal, call.metadata);
  operation.metadata = options.metadata;
  operation.sessionId = options.sessionId;
  const [target] = resolve(call.model, call.modality, composition, operation.principal);
  if (target === undefined) throw new GatewayError("model_not_found", "No provider offers the model");
  context.recorders.operations.opened(operation);

  const deadlineMs = options.deadlineMs ?? composition.settings.deadlineMs;
  const deadline = setTimeout(() => {
    abort.abort(new GatewayError("timed_out", `No answer within the deadline of ${deadlineMs} ms`));
  }, deadlineMs);
  const answered = () => clearTimeout(deadline);
  try {
    const opening = attempt(operation, call, target, incoming, options, abort.signal);
    const reply = await (call.stream ? beginStream(opening, composition.settings.commitAfterMs) : opening);
    if (reply.type === "stream") return await streamed(operation, call, reply, request, context, answered);
    answered();
    return whole(operation, call, reply, context);
  } catch (cause) {
    answered();
    throw inCallersWords(cause, call);
  }
}

function whole(
  operation: Operation,
  call: DecodedCall,
  reply: Extract<AttemptReply, { type: "whole" }>,
  context: HandlerContext,
): Reply {
  const { usage, finishReason } = reply.observation;
  operation.usage = usage;
  operation.finishReason = finishReason;
  finish(operation, 200, null, context);
  return {
    type: "whole",
    status: 200,
    headers: answerHeaders(operation, call, reply.headers, context.composition),
    body: call.envelope === undefined ? reply.body : call.envelope(reply.body),
  };
}

async function streamed(
  operation: Operation,
  call: DecodedCall,
  reply: Extract<AttemptReply, { type: "stream" }>,
  request: HandlerRequest,
  context: HandlerContext,
  answered: () => void,
): Promise<Reply> {
  const { commitAfterMs } = context.composition.settings;
  const stream = await commit(reply.batches, Math.max(0, commitAfterMs - operation.elapsedMs()));
  const headers = answerHeaders(operation, call, reply.headers, context.composition);
  headers["content-type"] =
    call.framing === "sse" ? "text/event-stream; charset=utf-8" : "application/json; charset=utf-8";
  headers["cache-control"] = "no-store";
  headers["x-accel-buffering"] = "no";
  return {
    type: "stream",
    status: 200,
    headers,
    comments: call.framing === "sse",
    pieces: pieces({
      stream,
      framing: call.framing,
      errors: request.endpoint.errors,
      operation,
      signal: request.abort.signal,
      onContent: answered,
      onEnd: (error) => {
        answered();
        const { usage, finishReason } = reply.observation();
        operation.usage = usage;
        operation.finishReason = finishReason;
        finish(operation, 200, error, context);
      },
    }),
  };
}

function failure(operation: Operation, request: HandlerRequest, context: HandlerContext, cause: unknown): Reply {
  const error = asGatewayError(cause, request.abort.signal);
  if (error.code === "internal_error") context.recorders.logger.error({ err: error.cause }, "a request failed inside");
  finish(operation, error.httpStatus, error, context);
  const { errors } = request.endpoint;
  const upstream = errors.id === undefined ? null : ownWords(operation, error);
  return {
    type: "whole",
    status: error.httpStatus,
    headers: failureHeaders(operation, error, upstream, context.composition),
    body: upstream?.body ?? JSON.stringify(errors.encodeError(error, operation.requestId)),
  };
}

/** What the vendor said, where it speaks the caller's dialect: a page of some proxy on the way is not it. */
function ownWords(operation: Operation, error: GatewayError): UpstreamReply | null {
  const { lastAttempt } = operation;
  const { upstream } = error;
  if (lastAttempt?.lane !== "native" || lastAttempt.error !== error || upstream === null) return null;
  return upstream.status >= 400 && isJsonText(upstream.body) ? upstream : null;
}

function isJsonText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}

function finish(operation: Operation, httpStatus: number, error: GatewayError | null, context: HandlerContext): void {
  if (!operation.close(error)) return;
  operation.httpStatus = httpStatus;
  if (error !== null && operation.lastAttempt !== null) operation.lastAttempt.error ??= error;
  record(operation, context.recorders);
}
