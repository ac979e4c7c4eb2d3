import { GatewayError } from "@gw/core";
import { answerHeaders } from "../answer-headers.ts";
import type { CallInHand } from "../call-in-hand.ts";
import type { Reply } from "../reply.ts";
import { keepOptions, retentionMs } from "../streams/keep-options.ts";
import { labelOf } from "../streams/label-of.ts";
import { responseIds } from "../streams/response-ids.ts";
import type { AttemptReply } from "./attempt-reply.ts";
import { finish } from "./finish.ts";

/** Gives a whole answer to its caller, and keeps it where somebody may ask for it again. */
export async function giveWhole(hand: CallInHand, reply: AttemptReply): Promise<Reply> {
  const { operation, call, options, context, idempotent, asked } = hand;
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
    const names = responseIds(hand, reply.observation);
    if (idempotent !== null) names.push(idempotent.name);
    const label = { ...labelOf(hand, headers), whole: true };
    const writer = streams.begin(label, keepOptions(hand, new AbortController(), names));
    headers["gw-stream-id"] = writer.id;
    writer.append([typeof body === "string" ? Buffer.from(body) : body]);
    streams.seal(writer, { ...label, headers }, { ending: "done", last: undefined });
  }
  return { type: "whole", status: 200, headers, body };
}
