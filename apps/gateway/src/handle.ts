import { GatewayError, type JsonObject, type JsonValue, type Observation, type UpstreamReply } from "@gw/core";
import { openAIResponses } from "@gw/dialects";
import type { HealthStore } from "@gw/failover";
import { answerHeaders, factsComment, failureHeaders } from "./answer-headers.ts";
import { inCallersWords } from "./callers-words.ts";
import type { Composition } from "./composition.ts";
import { costSoFar } from "./money/bill-of.ts";
import { tellingLimits, withLimit } from "./money/budget-error.ts";
import { asksForUsage, withCostInUsage } from "./money/cost-in-usage.ts";
import { limitsInSight } from "./money/gateway-limit.ts";
import { noteTerms } from "./money/note-terms.ts";
import type { FittedCall } from "./money/spending.ts";
import type { Till } from "./money/till.ts";
import { type Attempt, Operation } from "./operation.ts";
import { admit, type CallOptions } from "./pipeline/admit.ts";
import { type AttemptReply, asGatewayError } from "./pipeline/attempt.ts";
import { authenticate, credentialsOf, type KeyRing } from "./pipeline/authenticate.ts";
import { beginStream } from "./pipeline/begin-stream.ts";
import type { DecodedCall, Endpoint, Incoming } from "./pipeline/decode.ts";
import { failOver } from "./pipeline/fail-over.ts";
import { usageRow } from "./pipeline/log-row.ts";
import { type Recorders, record } from "./pipeline/record.ts";
import { resolve } from "./pipeline/resolve.ts";
import type { Reply, ReplyHeaders } from "./reply.ts";
import { readCallRouting } from "./routing/call-routing.ts";
import type { TargetSpeeds } from "./routing/target-speeds.ts";
import { type BackgroundCall, backgroundOf, inForeground, underId } from "./streams/background.ts";
import type { FoundStream, GatewayStreams, KeepOptions } from "./streams/gateway-streams.ts";
import { type IdempotentCall, type IdempotentCalls, idempotentCall } from "./streams/idempotent-calls.ts";
import { keptResponse } from "./streams/kept-response.ts";
import { replay } from "./streams/replay.ts";
import { historyOf, withHistory } from "./streams/response-history.ts";
import type { StreamLabel } from "./streams/stream-label.ts";
import { adminPrincipal, type Principal } from "./tenant.ts";

/** What every request needs of the gateway. */
export interface HandlerContext {
  readonly composition: Composition;
  readonly keys: KeyRing;
  readonly recorders: Recorders;
  /** The books. */
  readonly till: Till;
  /** Of targets and their keys; it outlives a reload of the configuration. */
  readonly health: HealthStore;
  /** Opened when they are first needed: whoever opens them takes them over from the process that had them before. */
  readonly streams: () => Promise<GatewayStreams>;
  readonly idempotent: IdempotentCalls;
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
  /** Called when the call is to go on without its caller. */
  readonly detach: () => void;
}

/** What of a call outlives its caller. */
interface Keeping {
  readonly idempotent: IdempotentCall | null;
  readonly background: BackgroundCall | null;
  /** For calls that go on from the answer. */
  readonly asked: readonly JsonValue[] | null;
}

const eventStream = "text/event-stream; charset=utf-8";

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
  const { headers, query } = request;
  operation.principal =
    request.origin === "in-process"
      ? adminPrincipal
      : authenticate(credentialsOf(headers, query), context.keys, operation.startedAtMs);
  const { principal } = operation;
  const incoming: Incoming = { raw: await request.read(), headers, query, rest: request.rest };
  const decoded = request.endpoint.decode(incoming);
  operation.model = decoded.model.slice(0, maxModelText);
  operation.stream = decoded.stream;
  const options = admit(headers, principal, decoded.metadata);
  operation.metadata = options.metadata;
  if (options.idempotencyKey === null) return make(operation, decoded, incoming, options, request, context, null);

  const asked = { endpoint: operation.endpoint, rest: incoming.rest, raw: incoming.raw };
  const idempotent = idempotentCall(options.idempotencyKey, principal.tenant, asked);
  // Its caller may go away and come back for the answer.
  request.detach();
  const streams = await context.streams();
  let made: Reply | null = null;
  const earlier = await context.idempotent.attachOrMake(idempotent, streams, request.abort, async () => {
    made = await make(operation, decoded, incoming, options, request, context, idempotent);
    return made.headers["gw-stream-id"] as string;
  });
  if (made !== null) return made;
  const found = earlier as FoundStream;
  const isAnnounced = found.label.background !== null && !decoded.stream;
  const replayed = isAnnounced ? announced(found, await keptResponse(found)) : await replay(found, decoded.framing);
  finish(operation, 200, null, context);
  return replayed;
}

/** A call in the background, told to a caller who does not wait for it. */
function announced({ stream, label }: FoundStream, response: JsonObject): Reply {
  const headers = { ...label.headers, "content-type": "application/json", "gw-stream-id": stream.id };
  return { type: "whole", status: 200, headers: { ...headers, "gw-replayed": "true" }, body: JSON.stringify(response) };
}

/** Makes a call: nobody has made it before. */
async function make(
  operation: Operation,
  decoded: DecodedCall,
  incoming: Incoming,
  options: CallOptions,
  request: HandlerRequest,
  context: HandlerContext,
  idempotent: IdempotentCall | null,
): Promise<Reply> {
  const { composition } = context;
  const background = backgroundOf(decoded, operation);
  const asked = background === null ? decoded : inForeground(decoded, retentionMs(options, context));
  const known = await withHistory(asked, operation.principal as Principal, context.streams);
  operation.stream = known.stream;
  const { routing, body } = readCallRouting(known.body);
  operation.sessionId = routing.sessionId ?? options.sessionId;
  const call = body === null ? known : known.withBody(body);
  const keeping: Keeping = { idempotent, background, asked: historyOf(call, operation.endpoint) };
  const plan = resolve(
    { model: call.model, modality: call.modality, body: call.body, routing, stream: call.stream },
    {
      principal: operation.principal as Principal,
      sessionId: options.sessionId,
      metadata: options.metadata,
    },
    composition,
    operation.startedAtMs,
    Math.random,
  );
  context.recorders.operations.opened(operation);
  noteTerms(operation, call, context.till.nowMs());
  try {
    const { signal } = request.abort;
    const ask = (fitted: FittedCall) =>
      failOver(operation, fitted.call, fitted.plan, incoming, options, { health: context.health, signal });
    const limits = limitsInSight(operation.principal?.limits, composition.limits);
    const waitMs = options.holdWaitMs ?? composition.settings.holdWaitMs;
    const paid =
      limits.length === 0
        ? ask({ call, plan })
        : context.till.open(operation, limits).hold(call, plan, composition.settings, waitMs, signal).then(ask);
    const answering = paid.then(({ target, reply }) => {
      if (plan.affinity !== null) composition.affinity.answered(plan.affinity, target, Date.now());
      return reply;
    });
    if (!call.stream) return await whole(operation, call, await answering, options, context, keeping);
    const commitAfterMs = background === null ? composition.settings.commitAfterMs : 0;
    const begun = await beginStream(answering, Math.max(0, commitAfterMs - operation.elapsedMs()));
    return begun.reply.type === "whole"
      ? await whole(operation, call, begun.reply, options, context, keeping)
      : await streamed(operation, call, begun.reply, begun.late, options, request, context, keeping);
  } catch (cause) {
    throw inCallersWords(cause, call);
  }
}

async function whole(
  operation: Operation,
  call: DecodedCall,
  reply: AttemptReply,
  options: CallOptions,
  context: HandlerContext,
  { idempotent, asked }: Keeping,
): Promise<Reply> {
  if (reply.type !== "whole") throw new GatewayError("internal_error", "A stream answered a call for the whole");
  const { usage, finishReason } = reply.observation;
  operation.usage = usage;
  operation.finishReason = finishReason;
  if (usage.outputTokens === null) operation.outputSeen.addWhole(reply.body.length);
  finish(operation, 200, null, context);
  const headers = answerHeaders(operation, call, reply.headers, context.composition);
  const body = call.envelope === undefined ? reply.body : call.envelope(reply.body);
  if (idempotent !== null || (asked !== null && retentionMs(options, context) > 0)) {
    const streams = await context.streams();
    const names = responseIds(operation, call, reply.observation);
    if (idempotent !== null) names.push(idempotent.name);
    const kept = keepOptions(options, context, new AbortController(), names);
    const label = { ...labelOf(operation, headers), bodyHash: idempotent?.bodyHash ?? null, whole: true };
    const writer = streams.begin(label, { ...kept, asked });
    headers["gw-stream-id"] = writer.id;
    writer.append([typeof body === "string" ? Buffer.from(body) : body]);
    streams.seal(writer, { ...label, headers }, { ending: "done", last: undefined });
  }
  return { type: "whole", status: 200, headers, body };
}

async function streamed(
  operation: Operation,
  call: DecodedCall,
  reply: Extract<AttemptReply, { type: "stream" }>,
  late: boolean,
  options: CallOptions,
  request: HandlerRequest,
  context: HandlerContext,
  { idempotent, background, asked }: Keeping,
): Promise<Reply> {
  const headers = answerHeaders(operation, call, reply.headers, context.composition);
  headers["content-type"] = eventStream;
  headers["cache-control"] = "no-store";
  headers["x-accel-buffering"] = "no";
  const streams = await context.streams();
  // From here on the caller is one reader among others.
  request.detach();
  const names = [...(idempotent === null ? [] : [idempotent.name]), ...(background === null ? [] : [background.id])];
  const label = {
    ...labelOf(operation, headers),
    bodyHash: idempotent?.bodyHash ?? null,
    background: background?.response ?? null,
  };
  const kept = { ...keepOptions(options, context, request.abort, names), asked };
  const writer = streams.begin(
    label,
    background === null ? kept : { ...kept, disconnectGraceMs: Number.POSITIVE_INFINITY },
  );
  headers["gw-stream-id"] = writer.id;
  headers["cf-aig-run-id"] = writer.id;
  const reader = writer.read(-1);
  const observation = (): Observation => reply.observation();
  const batches = background === null ? reply.batches : underId(background.id, reply.batches, observation);
  const source = {
    batches: asksForUsage(call) ? withCostInUsage(batches, () => costSoFar(operation, observation().usage)) : batches,
    observation,
    errors: tellingLimits(request.endpoint.errors),
    operation,
    signal: request.abort.signal,
    lateFacts: late ? () => factsComment(operation, call, context.composition) : null,
    ids: () => (background === null ? responseIds(operation, call, reply.observation()) : []),
  };
  streams.fill(writer, source, ({ error }) => {
    const { usage, finishReason } = reply.observation();
    operation.usage = usage;
    operation.finishReason = finishReason;
    finish(operation, 200, error, context);
    return { ...label, headers, usage: usageRow(usage), errorCode: error?.code ?? null };
  });
  if (background !== null && !background.follows) {
    reader.close();
    const { "content-type": _type, ...facts } = headers;
    const body = JSON.stringify(background.response);
    return { type: "whole", status: 200, headers: { ...facts, "content-type": "application/json" }, body };
  }
  const own =
    call.framing !== "json-array" ? headers : { ...headers, "content-type": "application/json; charset=utf-8" };
  return { type: "stream", status: 200, headers: own, framing: call.framing, late, reader };
}

/** What OpenAI's clients ask for a kept response by. */
function responseIds(operation: Operation, call: DecodedCall, observation: Observation): string[] {
  if (call.dialect !== openAIResponses.id) return [];
  const own = operation.lastAttempt?.lane === "translated" ? `resp_${operation.id}` : observation.id;
  return own === null ? [] : [own];
}

function labelOf(operation: Operation, headers: ReplyHeaders): StreamLabel {
  const { organisation, project, keyId } = (operation.principal as Principal).tenant;
  return {
    organisation,
    project,
    keyId,
    requestId: operation.requestId,
    endpoint: operation.endpoint,
    bodyHash: null,
    whole: false,
    headers,
    usage: null,
    errorCode: null,
    background: null,
  };
}

function retentionMs(options: CallOptions, { composition: { settings } }: HandlerContext): number {
  return options.retainMs ?? settings.streamRetainMs;
}

function keepOptions(
  options: CallOptions,
  context: HandlerContext,
  abort: AbortController,
  names: readonly string[],
): KeepOptions {
  const { settings } = context.composition;
  const rule = options.onDisconnect ?? { mode: settings.onDisconnect, graceMs: null };
  const graceMs = rule.mode === "cancel" ? 0 : settings.disconnectGraceMs;
  return {
    retainMs: retentionMs(options, context),
    disconnectGraceMs: rule.graceMs ?? graceMs,
    names,
    asked: null,
    abort,
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
    body: upstream?.body ?? JSON.stringify(withLimit(errors.encodeError(error, operation.requestId), error)),
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
  const answered = operation.usage !== null && lastAttempt?.error === null;
  operation.costNanoUsd = context.till.closed(operation, answered);
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
