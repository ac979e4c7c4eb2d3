import type { Observation } from "@gw/core";
import { answerHeaders, factsComment, moneyHeaders } from "../answer-headers.ts";
import type { CallInHand } from "../call-in-hand.ts";
import { tellingLimits } from "../money/budget-error.ts";
import type { Reply } from "../reply.ts";
import { underId } from "../streams/background.ts";
import type { StreamSource } from "../streams/fill-stream.ts";
import { keepOptions } from "../streams/keep-options.ts";
import { labelOf } from "../streams/label-of.ts";
import { responseIds } from "../streams/response-ids.ts";
import type { AttemptReply } from "./attempt-reply.ts";
import { finish } from "./finish.ts";
import { usageRow } from "./log-row.ts";

type StreamedReply = Extract<AttemptReply, { type: "stream" }>;

/**
 * Begins a streamed answer: the gateway reads it to its end, and its caller is one reader of it.
 *
 * @param late its head has to go before it is known who answers
 */
export async function giveStream(hand: CallInHand, reply: StreamedReply, late: boolean): Promise<Reply> {
  const { operation, call, request, context, idempotent, background } = hand;
  const headers = answerHeaders(operation, call, reply.headers, context.composition);
  headers["content-type"] = "text/event-stream; charset=utf-8";
  headers["cache-control"] = "no-store";
  headers["x-accel-buffering"] = "no";
  const streams = await context.streams();
  // From here on the caller is one reader among others.
  request.detach();
  const names = [...(idempotent === null ? [] : [idempotent.name]), ...(background === null ? [] : [background.id])];
  const label = labelOf(hand, headers);
  const kept = keepOptions(hand, request.abort, names);
  const writer = streams.begin(
    label,
    background === null ? kept : { ...kept, disconnectGraceMs: Number.POSITIVE_INFINITY },
  );
  headers["gw-stream-id"] = writer.id;
  headers["cf-aig-run-id"] = writer.id;
  const reader = writer.read(-1);
  streams.fill(writer, sourceOf(hand, reply, late), ({ error }) => {
    const { usage, finishReason } = reply.observation();
    operation.usage = usage;
    operation.finishReason = finishReason;
    finish(operation, 200, error, context);
    // Who reads it again is told what its first reader could not be.
    const told = { ...headers, ...moneyHeaders(operation) };
    return { ...label, headers: told, usage: usageRow(usage), errorCode: error?.code ?? null };
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

function sourceOf(hand: CallInHand, reply: StreamedReply, late: boolean): StreamSource {
  const { operation, call, request, context, background } = hand;
  const observation = (): Observation => reply.observation();
  return {
    batches: background === null ? reply.batches : underId(background.id, reply.batches, observation),
    observation,
    errors: tellingLimits(request.endpoint.errors),
    operation,
    signal: request.abort.signal,
    lateFacts: late ? () => factsComment(operation, call, context.composition) : null,
    ids: () => (background === null ? responseIds(hand, reply.observation()) : []),
  };
}
