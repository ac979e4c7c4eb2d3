import { GatewayError, type UpstreamReply } from "@gw/core";
import type { HealthStore } from "@gw/failover";
import { answerHeaders, factsComment, failureHeaders } from "./answer-headers.ts";
import { inCallersWords } from "./callers-words.ts";
import type { Composition } from "./composition.ts";
import { type Attempt, Operation } from "./operation.ts";
import { admit } from "./pipeline/admit.ts";
import { type AttemptReply, asGatewayError } from "./pipeline/attempt.ts";
import { authenticate, credentialsOf, type KeyRing } from "./pipeline/authenticate.ts";
import { beginStream } from "./pipeline/begin-stream.ts";
import type { DecodedCall, Endpoint, Incoming } from "./pipeline/decode.ts";
import { pieces } from "./pipeline/deliver.ts";
import { failOver } from "./pipeline/fail-over.ts";
import { type Recorders, record } from "./pipeline/record.ts";
import { resolve } from "./pipeline/resolve.ts";
import type { Reply } from "./reply.ts";
import { readCallRouting } from "./routing/call-routing.ts";
import type { TargetSpeeds } from "./routing/target-speeds.ts";
import { adminPrincipal } from "./tenant.ts";

/** What every request needs of the gateway. */
export interface HandlerContext {
  readonly composition: Composition;
  readonly keys: KeyRing;
  readonly recorders: Recorders;
  /** Of targets and their keys; it outlives a reload of the configuration. */
  readonly health: HealthStore;
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
  const decoded = request.endpoint.decode(incoming);
  operation.model = decoded.model.slice(0, maxModelText);
  operation.stream = decoded.stream;
  const options = admit(headers, operation.principal, decoded.metadata);
  operation.metadata = options.metadata;
  const { routing, body } = readCallRouting(decoded.body);
  operation.sessionId = routing.sessionId ?? options.sessionId;
  const call = body === null ? decoded : decoded.withBody(body);
  const plan = resolve(
    { model: call.model, modality: call.modality, body: call.body, routing, stream: call.stream },
    { principal: operation.principal, sessionId: options.sessionId, metadata: options.metadata },
    composition,
    operation.startedAtMs,
    Math.random,
  );
  context.recorders.operations.opened(operation);
  try {
    const answering = failOver(operation, call, plan, incoming, options, {
      health: context.health,
      signal: abort.signal,
    }).then(({ target, reply }) => {
      if (plan.affinity !== null) composition.affinity.answered(plan.affinity, target, Date.now());
      return reply;
    });
    if (!call.stream) return whole(operation, call, await answering, context);
    const begun = await beginStream(answering, Math.max(0, composition.settings.commitAfterMs - operation.elapsedMs()));
    return begun.reply.type === "whole"
      ? whole(operation, call, begun.reply, context)
      : streamed(operation, call, begun.reply, begun.late, request, context);
  } catch (cause) {
    throw inCallersWords(cause, call);
  }
}

function whole(operation: Operation, call: DecodedCall, reply: AttemptReply, context: HandlerContext): Reply {
  if (reply.type !== "whole") throw new GatewayError("internal_error", "A stream answered a call for the whole");
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

function streamed(
  operation: Operation,
  call: DecodedCall,
  reply: Extract<AttemptReply, { type: "stream" }>,
  late: boolean,
  request: HandlerRequest,
  context: HandlerContext,
): Reply {
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
      batches: reply.batches,
      lateFacts: late ? () => factsComment(operation, call, context.composition) : null,
      observation: () => reply.observation(),
      framing: call.framing,
      errors: request.endpoint.errors,
      operation,
      signal: request.abort.signal,
      onEnd: (error) => {
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
  if (lastAttempt?.lane !== "native" || upstream === null || lastAttempt.error?.upstream !== upstream) return null;
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
  const { lastAttempt } = operation;
  if (lastAttempt !== null) {
    if (error !== null) lastAttempt.error ??= error;
    else if (operation.stream) lastAttempt.durationMs = operation.elapsedMs() - lastAttempt.startedAfterMs;
  }
  record(operation, context.recorders);
  if (error === null && lastAttempt !== null) observeSpeed(operation, lastAttempt, context.composition.speeds);
}

function observeSpeed({ usage }: Operation, attempt: Attempt, speeds: TargetSpeeds): void {
  const { provider, model, firstContentMs, durationMs } = attempt;
  speeds.observe({
    circuit: `${provider}/${model}`,
    firstContentMs,
    outputTokens: usage?.outputTokens ?? null,
    durationMs,
  });
}
