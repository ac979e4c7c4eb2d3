import type { GatewayError, UpstreamReply, WireHeaders } from "@gw/core";
import type { Composition } from "./composition.ts";
import { leftOfLimit } from "./money/budget-error.ts";
import { usdText } from "./money/usd.ts";
import type { Operation } from "./operation.ts";
import type { DecodedCall } from "./pipeline/decode.ts";
import type { ReplyHeaders } from "./reply.ts";

/** The head of an answer: the vendor's own headers in the native lane, and what the gateway says of the call. */
export function answerHeaders(
  operation: Operation,
  call: DecodedCall,
  vendor: WireHeaders,
  composition: Composition,
): ReplyHeaders {
  const headers: ReplyHeaders = { "content-type": "application/json", ...vendor };
  // The envelope and a rewritten answer are the gateway's own JSON.
  if (call.envelope !== undefined) headers["content-type"] = "application/json";
  headers["gw-request-id"] = operation.requestId;
  const last = operation.lastAttempt;
  // A head that cannot wait any longer names nobody: who is asked at the moment may not be who answers.
  const isAnswered = last !== null && last.error === null && last.durationMs !== null;
  if (isAnswered) Object.assign(headers, factsOf(operation, composition), paramsOf(operation, call));
  Object.assign(headers, moneyHeaders(operation));
  return headers;
}

/** The head of an error answer. */
export function failureHeaders(
  operation: Operation,
  error: GatewayError,
  upstream: UpstreamReply | null,
  composition: Composition,
): ReplyHeaders {
  const headers: ReplyHeaders = {
    ...upstream?.headers,
    "content-type": (upstream?.body ? upstream.headers["content-type"] : undefined) ?? "application/json",
    "gw-error": error.code,
  };
  if (error.retryAfterMs !== null) {
    headers["retry-after"] = String(Math.ceil(error.retryAfterMs / 1_000));
    // SDKs heed the vendor's milliseconds first, and another target may take calls sooner.
    delete headers["retry-after-ms"];
  }
  // What another try could do was done here; an SDK that goes on trying by itself would make a storm of it.
  if (operation.attempts.length > 0 || error.code === "overloaded") headers["x-should-retry"] = "false";
  headers["gw-request-id"] = operation.requestId;
  const left = leftOfLimit(error);
  if (left !== null) headers["gw-limit-remaining-usd"] = usdText(left);
  return Object.assign(headers, factsOf(operation, composition));
}

/** What the head of a stream could not say, as a comment line for its last event. */
export function factsComment(operation: Operation, call: DecodedCall, composition: Composition): string {
  const facts = { ...factsOf(operation, composition), ...paramsOf(operation, call) };
  const words = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
  return `: ${words.join("; ")}\n`;
}

/** Who was asked last, and how many attempts it took. */
function factsOf({ attempts, lastAttempt: last }: Operation, { providers }: Composition): ReplyHeaders {
  if (last === null) return {};
  return {
    "gw-provider": last.provider,
    "gw-model": headerSafe(last.model),
    "gw-lane": last.lane,
    "gw-attempts": String(attempts.length),
    ...(providers.get(last.provider)?.sandbox === true && { "gw-sandbox": "true" }),
  };
}

/** What the call cost, once it is over, and what its limits leave. */
export function moneyHeaders({ costNanoUsd, spending }: Operation): ReplyHeaders {
  const left = spending?.leftNanoUsd(costNanoUsd) ?? null;
  return {
    ...(costNanoUsd !== null && { "gw-cost-usd": usdText(costNanoUsd) }),
    ...(left !== null && { "gw-limit-remaining-usd": usdText(left) }),
  };
}

/** What became of parameters that could not be sent as given. */
function paramsOf({ notes, limitedParam }: Operation, call: DecodedCall): ReplyHeaders {
  const params = notes.map((note) => `${headerSafe(call.paramName(note.param))}=${note.outcome}`);
  if (limitedParam !== null) params.push(limitedParam);
  return params.length === 0 ? {} : { "gw-params": [...new Set(params)].join(", ").slice(0, 4_096) };
}

function headerSafe(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, "_");
}
