import type { JsonObject, TextEnding, TextResult } from "@gw/core/types";
import type { ReplyContext } from "../text-dialect.ts";
import { dialectId } from "./dialect-id.ts";
import { encodeAnswerPart } from "./encode-answer-part.ts";
import { stopReasonOf } from "./finish-reason.ts";
import { encodeUsage } from "./usage.ts";

/** A whole answer for a caller. */
export function encodeResult(result: TextResult, context: ReplyContext): JsonObject {
  const metadata = ownMetadata(result);
  return {
    ...metadata,
    id: messageId(context),
    type: "message",
    role: "assistant",
    model: context.model,
    content: result.content.flatMap(encodeAnswerPart),
    ...encodeStop(result),
    stop_details: metadata.stop_details ?? null,
    usage: encodeUsage(result.usage, context),
  };
}

/** The id of an answer that the gateway makes. */
export function messageId(context: ReplyContext): string {
  return `msg_${context.id}`;
}

/** Why the answer ended, as this format says it. */
export function encodeStop(ending: TextEnding): JsonObject {
  return { stop_reason: stopReasonOf(ending.finishReason), stop_sequence: ending.stopSequence };
}

/** The fields of an answer that only this format has. */
export function ownMetadata(ending: TextEnding): JsonObject {
  return ending.providerMetadata?.[dialectId] ?? {};
}
