import {
  isGatewayError,
  type JsonObject,
  type ReasoningOptions,
  type TextRequest,
  type TextResult,
  type Usage,
  unknownUsage,
} from "@gw/core";
import type { DecodedRequest, Frame, ReplyContext, TextDialect } from "@gw/dialects";
import { answerEvents, type TokenLogprobs } from "./answer-events.ts";
import type { Answer } from "./make-answer.ts";
import { VendorError } from "./vendor-error.ts";

/**
 * What the body says, by the codec of its wire format.
 * @throws {VendorError} of status 400 for what the codec cannot read.
 */
export function decodeBody(
  dialect: TextDialect,
  body: JsonObject,
  url?: { readonly model: string; readonly stream: boolean },
): DecodedRequest {
  try {
    return dialect.decodeRequest(body, url);
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    throw new VendorError(400, error.message, { param: error.param });
  }
}

/** Whether this request is thought about: as it asks, else as the model does by itself. */
export function wantsThinking(options: ReasoningOptions | undefined, byDefault: boolean): boolean {
  if (options?.effort === "none" || options?.budgetTokens === 0) return false;
  return byDefault || options?.effort !== undefined || options?.budgetTokens !== undefined;
}

/** The answer in neutral words, but for what a vendor makes of its parts. */
export function neutralResult(
  request: TextRequest,
  answer: Answer,
  inputTokens: number,
): Omit<TextResult, "content"> & { readonly usage: Usage } {
  return {
    id: null,
    model: request.model,
    finishReason: answer.finishReason,
    rawFinishReason: null,
    stopSequence: answer.stopSequence,
    usage: {
      ...unknownUsage,
      inputTokens,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: answer.outputTokens,
      reasoningTokens: answer.reasoningTokens,
    },
  };
}

/** A frame whose data has been read, so that the vendor's own fields can be added. */
export interface OpenFrame {
  readonly event?: string;
  readonly data: JsonObject;
}

/** All frames of the answer as a stream, but the `[DONE]` of formats that have one. */
export function encodeFrames(
  dialect: TextDialect,
  result: TextResult,
  context: ReplyContext,
  logprobs?: TokenLogprobs,
): OpenFrame[] {
  const encoder = dialect.streamEncoder(context);
  const frames: Frame[] = answerEvents(result, logprobs).flatMap((event) => encoder.push(event));
  return frames
    .filter(({ data }) => data !== "[DONE]")
    .map(({ event, data }) => ({ ...(event !== undefined && { event }), data: JSON.parse(data) as JsonObject }));
}

/** A frame as a server-sent event. */
export function serverSentEvent({ event, data }: OpenFrame, lineEnd = "\n"): string {
  const name = event === undefined ? "" : `event: ${event}${lineEnd}`;
  return `${name}data: ${JSON.stringify(data)}${lineEnd}${lineEnd}`;
}
