import type { GatewayError, JsonObject, UpstreamReply } from "@gw/core";
import { failureHeaders } from "./answer-headers.ts";
import type { HandlerContext } from "./handler-context.ts";
import type { HandlerRequest } from "./handler-request.ts";
import { withLimit } from "./money/budget-error.ts";
import { Operation } from "./operation.ts";
import { admit } from "./pipeline/admit.ts";
import { asGatewayError } from "./pipeline/attempt.ts";
import { authenticate, credentialsOf } from "./pipeline/authenticate.ts";
import type { Incoming } from "./pipeline/decode.ts";
import { finish } from "./pipeline/finish.ts";
import { makeCall } from "./pipeline/make-call.ts";
import type { Reply } from "./reply.ts";
import type { FoundStream } from "./streams/gateway-streams.ts";
import { idempotentCall } from "./streams/idempotent-calls.ts";
import { keptResponse } from "./streams/kept-response.ts";
import { replay } from "./streams/replay.ts";
import { adminPrincipal } from "./tenant.ts";

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
  operation.hasty = options.deadlineMs !== null || options.timeouts.firstContentTimeoutMs !== undefined;
  const admitted = { operation, call: decoded, incoming, options, request, context };
  if (options.idempotencyKey === null) return makeCall({ ...admitted, idempotent: null });

  const asked = { endpoint: operation.endpoint, rest: incoming.rest, raw: incoming.raw };
  const idempotent = idempotentCall(options.idempotencyKey, principal.tenant, asked);
  // Its caller may go away and come back for the answer.
  request.detach();
  const streams = await context.streams();
  let made: Reply | null = null;
  const earlier = await context.idempotent.attachOrMake(idempotent, streams, request.abort, async () => {
    made = await makeCall({ ...admitted, idempotent });
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
