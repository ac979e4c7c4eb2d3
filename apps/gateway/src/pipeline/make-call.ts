import type { CallInHand } from "../call-in-hand.ts";
import { inCallersWords } from "../callers-words.ts";
import { limitsInSight } from "../money/gateway-limit.ts";
import { noteTerms } from "../money/note-terms.ts";
import type { FittedCall } from "../money/spending.ts";
import type { Reply } from "../reply.ts";
import { readCallRouting } from "../routing/call-routing.ts";
import { backgroundOf, inForeground } from "../streams/background.ts";
import { retentionMs } from "../streams/keep-options.ts";
import { callFor, historyOf, withHistory } from "../streams/response-history.ts";
import type { Principal } from "../tenant.ts";
import { vendorHeaders } from "./admit.ts";
import { beginStream } from "./begin-stream.ts";
import type { DecodedCall } from "./decode.ts";
import { failOver } from "./fail-over.ts";
import { giveStream } from "./give-stream.ts";
import { giveWhole } from "./give-whole.ts";
import { resolve } from "./resolve.ts";

/** An admitted call, before it is known where it goes. */
type AdmittedCall = Omit<CallInHand, "background" | "asked">;

/** Makes a call that nobody has made before: resolves, holds, walks the targets, and begins the answer. */
export async function makeCall(admitted: AdmittedCall): Promise<Reply> {
  const { operation, call: decoded, incoming, options, request, context } = admitted;
  const { composition } = context;
  const background = backgroundOf(decoded, operation);
  const inFront = background === null ? decoded : inForeground(decoded, retentionMs(options, context));
  const { call: known, origin } = await withHistory(inFront, operation.principal as Principal, context.streams);
  operation.stream = known.stream;
  const { routing, body } = readCallRouting(known.body);
  operation.sessionId = routing.sessionId ?? options.sessionId;
  const call = body === null ? known : known.withBody(body);
  const sent = origin === null ? null : { ...origin, asSent: withoutRouting(origin.asSent) };
  const hand = { ...admitted, call, background, asked: historyOf(call, operation.endpoint) };
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
  noteTerms(operation, call, context.till.nowMs());
  context.till.began(operation);
  try {
    const { signal } = request.abort;
    const headers = vendorHeaders(incoming.headers);
    const ask = (fitted: FittedCall) =>
      failOver(operation, (provider) => callFor(provider, fitted.call, call, sent), fitted.plan, headers, options, {
        health: context.health,
        signal,
      });
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
    if (!call.stream) return await giveWhole(hand, await answering);
    const commitAfterMs = background === null ? composition.settings.commitAfterMs : 0;
    const begun = await beginStream(answering, Math.max(0, commitAfterMs - operation.elapsedMs()));
    return begun.reply.type === "whole"
      ? await giveWhole(hand, begun.reply)
      : await giveStream(hand, begun.reply, begun.late);
  } catch (cause) {
    throw inCallersWords(cause, call);
  }
}

function withoutRouting(call: DecodedCall): DecodedCall {
  const { body } = readCallRouting(call.body);
  return body === null ? call : call.withBody(body);
}
