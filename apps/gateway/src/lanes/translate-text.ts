import {
  beginsAnswer,
  type Call,
  GatewayError,
  type Observation,
  reportNotes,
  type TextRequest,
  unknownUsage,
} from "@gw/core";
import type { DecodedRequest, ReplyContext, TextDialect } from "@gw/dialects";
import type { AttemptReply } from "../pipeline/attempt-reply.ts";
import type { DeliveryFrame } from "../pipeline/delivery-frame.ts";
import type { Target } from "../pipeline/resolve.ts";
import { formatSse } from "../server/format-sse.ts";

/** Answers a text request by way of the neutral types. */
export async function translateText(
  dialect: TextDialect,
  decoded: DecodedRequest,
  target: Target,
  call: Call,
  context: ReplyContext,
): Promise<AttemptReply> {
  const { text } = target.provider;
  if (text === undefined) throw new GatewayError("unsupported_capability", `${target.provider.id} has no text models`);
  reportNotes(decoded.notes, call);
  const request: TextRequest = { ...withVisibleReasoning(decoded.request, dialect), model: target.model };
  if (!decoded.stream) {
    const result = await text.generate(request, call);
    return {
      type: "whole",
      headers: {},
      body: JSON.stringify(dialect.encodeResult(result, context)),
      observation: {
        id: result.id,
        model: result.model,
        finishReason: result.finishReason,
        usage: result.usage,
      },
    };
  }
  let seen: Observation = { id: null, model: null, finishReason: null, usage: unknownUsage };
  async function* batches(): AsyncGenerator<readonly DeliveryFrame[]> {
    const encoder = dialect.streamEncoder(context);
    for await (const event of (text as NonNullable<typeof text>).stream(request, call)) {
      if (event.type === "response-start") {
        seen = { ...seen, id: event.id, model: event.model, usage: event.usage ?? seen.usage };
      }
      if (event.type === "response-end") seen = { ...seen, finishReason: event.finishReason, usage: event.usage };
      const content = beginsAnswer(event);
      const frames = encoder.push(event);
      if (frames.length > 0) yield frames.map((frame) => ({ bytes: formatSse(frame), content }));
    }
  }
  return { type: "stream", headers: {}, batches: batches(), observation: () => seen };
}

/** Whether reasoning is shown where the request does not say is a habit of each format, and the caller's counts. */
function withVisibleReasoning(request: TextRequest, dialect: TextDialect): TextRequest {
  const { reasoning } = request;
  if (dialect.showsReasoning !== true || reasoning === undefined || reasoning.includeText !== undefined) return request;
  const off = reasoning.effort === "none" || (reasoning.effort === undefined && reasoning.budgetTokens === 0);
  return off ? request : { ...request, reasoning: { ...reasoning, includeText: true } };
}
