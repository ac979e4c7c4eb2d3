import type { CallInHand } from "../call-in-hand.ts";
import { inCallersWords } from "../callers-words.ts";
import type { Composition } from "../composition.ts";
import type { FittedCall } from "../money/fitted-call.ts";
import { limitsInSight } from "../money/gateway-limit.ts";
import { noteTerms } from "../money/note-terms.ts";
import type { Reply } from "../reply.ts";
import { readCallRouting } from "../routing/call-routing.ts";
import type { RoutePlan } from "../routing/route-plan.ts";
import { backgroundOf, inForeground } from "../streams/background.ts";
import { retentionMs } from "../streams/keep-options.ts";
import { type CallOfOrigin, callFor, historyOf, withHistory } from "../streams/response-history.ts";
import type { Principal } from "../tenant.ts";
import { vendorHeaders } from "./admit.ts";
import { beginStream } from "./begin-stream.ts";
import type { DecodedCall } from "./decode.ts";
import { type Answer, failOver } from "./fail-over.ts";
import { giveStream } from "./give-stream.ts";
import { giveWhole } from "./give-whole.ts";
import { resolve } from "./resolve.ts";

/** An admitted call, before it is known where it goes. */
type AdmittedCall = Omit<CallInHand, "background" | "asked">;

/** A call as targets are to be asked it, with where it may go. */
interface PreparedCall {
  readonly hand: CallInHand;
  /** What it is made with, whatever a reload puts in its place. */
  readonly composition: Composition;
  readonly plan: RoutePlan;
  /** As it was before an earlier answer was put in, for the provider that knows that answer; `null` where nobody does. */
  readonly origin: CallOfOrigin | null;
}

/** Makes a call that nobody has made before: resolves, holds, walks the targets, and begins the answer. */
export async function makeCall(admitted: AdmittedCall): Promise<Reply> {
  const { operation, context } = admitted;
  const prepared = await prepare(admitted);
  const { hand, composition, plan } = prepared;
  const { call, background } = hand;
  noteTerms(operation, call, context.till.nowMs());
  context.till.began(operation);
  try {
    const answering = answerOf(prepared).then(({ target, reply }) => {
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

/** Puts history and routing where they belong, and resolves. */
async function prepare(admitted: AdmittedCall): Promise<PreparedCall> {
  const { operation, call: decoded, options, context } = admitted;
  const { composition } = context;
  const principal = operation.principal as Principal;
  const background = backgroundOf(decoded, operation);
  const inFront = background === null ? decoded : inForeground(decoded, retentionMs(options, context));
  const { call: known, origin } = await withHistory(inFront, principal, context.streams);
  operation.stream = known.stream;
  const { routing, body } = readCallRouting(known.body);
  operation.sessionId = routing.sessionId ?? options.sessionId;
  const call = body === null ? known : known.withBody(body);
  const plan = resolve(
    { model: call.model, modality: call.modality, body: call.body, routing, stream: call.stream },
    { principal, sessionId: options.sessionId, metadata: options.metadata },
    composition,
    operation.startedAtMs,
    Math.random,
  );
  return {
    hand: { ...admitted, call, background, asked: historyOf(call, operation.endpoint) },
    composition,
    plan,
    origin: origin === null ? null : { ...origin, asSent: withoutRouting(origin.asSent) },
  };
}

/** Asks for the answer, once there is room for it in the limits in sight. */
function answerOf({ hand, composition, plan, origin }: PreparedCall): Promise<Answer> {
  const { operation, call, incoming, options, request, context } = hand;
  const { health, till } = context;
  const { signal } = request.abort;
  const headers = vendorHeaders(incoming.headers);
  const ask = (fitted: FittedCall): Promise<Answer> => {
    const callOf = (provider: string): DecodedCall => callFor(provider, fitted.call, call, origin);
    return failOver(operation, callOf, fitted.plan, headers, options, { health, signal });
  };
  const limits = limitsInSight(operation.principal?.limits, composition.limits);
  if (limits.length === 0) return ask({ call, plan });
  const waitMs = options.holdWaitMs ?? composition.settings.holdWaitMs;
  return till.open(operation, limits).hold(call, plan, composition.settings, waitMs, signal).then(ask);
}

function withoutRouting(call: DecodedCall): DecodedCall {
  const { body } = readCallRouting(call.body);
  return body === null ? call : call.withBody(body);
}
