import { isJsonObject, type JsonObject, type TextEnding, type TextResult } from "@gw/core";
import type { ReplyContext } from "../text-dialect.ts";
import { encodeFinishReason } from "./finish-reason.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { encodeReplyPart } from "./reply-parts.ts";
import { encodeUsage } from "./usage.ts";

// Where the vendor's own metadata stand; all others belong to the candidate.
const replyFields = new Set(["promptFeedback", "createTime", "modelStatus"]);

/**
 * Writes a `GenerateContentResponse`. `responseId` is the gateway's. The format has no word for a pause: it is `OTHER`, and
 * `finishMessage` says what to do.
 */
export function encodeResult(result: TextResult, context: ReplyContext): JsonObject {
  const parts = result.content.map(encodeReplyPart).filter((part) => part !== null);
  const logprobs = result.logprobs === undefined ? undefined : encodeLogprobs(result.logprobs);
  return {
    ...encodeEnding(result, parts, context, logprobs === undefined ? {} : { logprobsResult: logprobs }),
    modelVersion: result.model ?? context.model,
    responseId: context.id,
  };
}

/** The fields that say how an answer ended, around its last parts. A blocked prompt has no candidate. */
export function encodeEnding(
  ending: TextEnding,
  parts: JsonObject[],
  context: ReplyContext,
  extra: JsonObject = {},
): JsonObject {
  const own = Object.entries(ending.providerMetadata?.gemini ?? {});
  const reply = Object.fromEntries(own.filter(([name]) => replyFields.has(name)));
  const candidate = Object.fromEntries(own.filter(([name]) => !replyFields.has(name)));
  const usageMetadata = encodeUsage(ending.usage, context);
  const blocked = isJsonObject(reply.promptFeedback) && reply.promptFeedback.blockReason !== undefined;
  return {
    ...(!(blocked && parts.every(isEmptyText)) && {
      candidates: [
        {
          ...candidate,
          ...extra,
          content: { parts, role: "model" },
          finishReason: encodeFinishReason(ending.finishReason, ending.rawFinishReason),
          index: 0,
          ...(ending.finishReason === "pause" && {
            finishMessage: "The model paused its turn: send this answer back to go on.",
          }),
        },
      ],
    }),
    ...reply,
    ...(usageMetadata !== undefined && { usageMetadata }),
  };
}

function isEmptyText(part: JsonObject): boolean {
  return part.text === "" && Object.keys(part).length === 1;
}
