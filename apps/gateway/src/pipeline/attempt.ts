import { type Call, GatewayError, isGatewayError, type Observation, type WireHeaders } from "@gw/core";
import type { ReplyContext } from "@gw/dialects";
import type { Attempt, Operation } from "../operation.ts";
import { type CallOptions, vendorHeaders } from "./admit.ts";
import type { DeliveryFrame } from "./commit.ts";
import type { DecodedCall, Incoming } from "./decode.ts";
import type { Target } from "./resolve.ts";

/** A target's answer, in the caller's dialect. */
export type AttemptReply =
  | {
      readonly type: "whole";
      readonly headers: WireHeaders;
      readonly body: Uint8Array | string;
      readonly observation: Observation;
    }
  | {
      readonly type: "stream";
      readonly headers: WireHeaders;
      readonly batches: AsyncIterable<readonly DeliveryFrame[]>;
      observation(): Observation;
    };

/**
 * Asks one target, through the native lane where it speaks the caller's dialect.
 *
 * @throws {GatewayError} what the target answered, with its name; recorded in the operation either way.
 */
export async function attempt(
  operation: Operation,
  call: DecodedCall,
  target: Target,
  incoming: Incoming,
  options: CallOptions,
  signal: AbortSignal,
): Promise<AttemptReply> {
  const { provider, model } = target;
  const native = speaksNatively(target, call) ? (provider.native ?? null) : null;
  const record: Attempt = {
    provider: provider.id,
    model,
    lane: native === null ? "translated" : "native",
    startedAfterMs: operation.elapsedMs(),
    durationMs: null,
    status: null,
    upstreamRequestId: null,
    error: null,
  };
  operation.attempts.push(record);
  const surroundings: Call = {
    signal,
    timeouts: options.timeouts,
    headers: vendorHeaders(incoming.headers),
    strictParams: options.strictParams,
    onNotes: (notes) => {
      operation.notes = [...operation.notes, ...notes];
    },
    onReplyHead: (status, headers) => {
      record.status = status;
      record.upstreamRequestId = headers["x-request-id"] ?? headers["request-id"] ?? null;
    },
  };
  try {
    if (native === null) return await call.translate(target, surroundings, replyContext(operation, call));
    const reply = await native.open(
      {
        dialect: call.dialect,
        operation: call.operation,
        model,
        stream: call.stream,
        raw: call.raw,
        body: call.body,
        headers: surroundings.headers ?? {},
      },
      surroundings,
    );
    return reply.type === "whole"
      ? { type: "whole", headers: reply.headers, body: reply.bytes, observation: reply.observation }
      : { type: "stream", headers: reply.headers, batches: reply.batches, observation: () => reply.observation() };
  } catch (cause) {
    record.error = asGatewayError(cause, signal).from(provider.id);
    throw record.error;
  } finally {
    record.durationMs = operation.elapsedMs() - record.startedAfterMs;
    operation.upstreamMs += record.durationMs;
  }
}

/** Whether the target's own format for this model is the caller's. */
function speaksNatively({ provider: { native }, model }: Target, { dialect, operation }: DecodedCall): boolean {
  if (native?.dialects.includes(dialect) !== true) return false;
  return native.speaks?.(dialect, model, operation) ?? true;
}

function replyContext(operation: Operation, call: DecodedCall): ReplyContext {
  return { id: operation.id, createdAtMs: operation.startedAtMs, model: call.model, requestBody: call.body };
}

/** Any failure as the one error of gw. When the gateway itself pulled the plug, its reason is the error. */
export function asGatewayError(cause: unknown, signal: AbortSignal | null): GatewayError {
  if (signal?.aborted === true && isGatewayError(signal.reason)) return signal.reason;
  if (isGatewayError(cause)) return cause;
  return new GatewayError("internal_error", "The gateway failed while answering", { cause });
}
