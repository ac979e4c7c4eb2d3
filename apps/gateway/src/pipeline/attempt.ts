import {
  type AttemptTimeouts,
  type Call,
  GatewayError,
  isGatewayError,
  type Observation,
  type WireHeaders,
} from "@gw/core";
import type { ReplyContext } from "@gw/dialects";
import { CommittedBatches } from "@gw/failover";
import { answerCost } from "../money/answer-cost.ts";
import type { Attempt, Operation } from "../operation.ts";
import type { RouteTarget } from "../routing/route-plan.ts";
import type { AttemptReply } from "./attempt-reply.ts";
import type { DecodedCall } from "./decode.ts";
import type { Target } from "./resolve.ts";

/** How one target is asked. */
export interface AttemptOptions {
  /** The target as it was resolved: what is known of it. */
  readonly resolved: RouteTarget;
  /** Which of the provider's keys, where it has several. */
  readonly key: string | null;
  readonly timeouts: Partial<AttemptTimeouts>;
  /** Of the caller's, those that may mean something to a vendor. */
  readonly headers: WireHeaders;
  readonly strictParams: boolean;
  readonly signal: AbortSignal;
  /** Told when a stream broke off after its first content. */
  readonly onBreak: (error: unknown) => Promise<void>;
}

/**
 * Asks one target, through the native lane where it speaks the caller's dialect. A stream is given out once its first content is
 * there: until then, its failure is the attempt's.
 *
 * @throws {GatewayError} what the target answered, with its name; recorded in the operation either way.
 */
export async function attempt(
  operation: Operation,
  call: DecodedCall,
  target: Target,
  options: AttemptOptions,
): Promise<AttemptReply> {
  const { provider } = target;
  const native = speaksNatively(target, call) ? (provider.native ?? null) : null;
  const record = newAttempt(operation, target, native === null ? "translated" : "native", options);
  operation.attempts.push(record);
  // What an earlier target would have dropped is not said of this one's answer.
  operation.notes = [];
  const surroundings = callSurroundings(operation, record, options);
  let observation: (() => Observation) | null = null;
  try {
    const reply =
      native === null
        ? await call.translate(target, surroundings, replyContext(operation, call))
        : await openNative(native, target, call, surroundings);
    if (reply.type === "whole") return reply;
    ({ observation } = reply);
    const batches = await CommittedBatches.commit(reply.batches, async (error) => {
      if (error !== null) await options.onBreak(error);
    });
    record.firstContentMs = operation.elapsedMs() - record.startedAfterMs;
    return { ...reply, batches };
  } catch (cause) {
    record.error = asGatewayError(cause, options.signal).from(provider.id);
    record.usage = observation?.().usage ?? null;
    throw record.error;
  } finally {
    record.durationMs = operation.elapsedMs() - record.startedAfterMs;
    operation.upstreamMs += record.durationMs;
  }
}

function newAttempt(
  operation: Operation,
  { provider, model }: Target,
  lane: Attempt["lane"],
  { resolved, key }: AttemptOptions,
): Attempt {
  return {
    provider: provider.id,
    target: resolved,
    key,
    model,
    lane,
    startedAfterMs: operation.elapsedMs(),
    waitedMs: 0,
    durationMs: null,
    firstContentMs: null,
    status: null,
    upstreamRequestId: null,
    error: null,
    usage: null,
  };
}

/** What the provider is given beside the call, and tells while it asks: operation and record hear of it. */
function callSurroundings(
  operation: Operation,
  record: Attempt,
  { signal, timeouts, headers, strictParams }: AttemptOptions,
): Call {
  return {
    signal,
    timeouts,
    headers,
    strictParams,
    onNotes: (notes) => {
      operation.notes = [...operation.notes, ...notes];
    },
    onReplyHead: (status, head) => {
      record.status = status;
      record.upstreamRequestId = head["x-request-id"] ?? head["request-id"] ?? null;
    },
  };
}

async function openNative(
  native: NonNullable<Target["provider"]["native"]>,
  { model }: Target,
  { dialect, operation, stream, raw, body }: DecodedCall,
  call: Call,
): Promise<AttemptReply> {
  const headers = call.headers ?? {};
  const reply = await native.open({ dialect, operation, model, stream, raw, body, headers }, call);
  return reply.type === "whole"
    ? { type: "whole", headers: reply.headers, body: reply.bytes, observation: reply.observation }
    : { type: "stream", headers: reply.headers, batches: reply.batches, observation: () => reply.observation() };
}

/** Whether the target's own format for this model is the caller's. */
function speaksNatively({ provider: { native }, model }: Target, { dialect, operation }: DecodedCall): boolean {
  if (native?.dialects.includes(dialect) !== true) return false;
  return native.speaks?.(dialect, model, operation) ?? true;
}

function replyContext(operation: Operation, call: DecodedCall): ReplyContext {
  return {
    id: operation.id,
    createdAtMs: operation.startedAtMs,
    model: call.model,
    requestBody: call.body,
    costOf: (usage) => answerCost(operation, usage),
  };
}

/** Any failure as the one error of gw. When the gateway itself pulled the plug, its reason is the error. */
export function asGatewayError(cause: unknown, signal: AbortSignal | null): GatewayError {
  if (signal?.aborted === true && isGatewayError(signal.reason)) return signal.reason;
  if (isGatewayError(cause)) return cause;
  return new GatewayError("internal_error", "The gateway failed while answering", { cause });
}
