import type { GatewayError, UpstreamReply, WireHeaders } from "@gw/core";
import type { Composition } from "./composition.ts";
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
  addFacts(headers, operation, composition);
  const params = operation.notes.map((note) => `${headerSafe(call.paramName(note.param))}=${note.outcome}`);
  if (params.length > 0) headers["gw-params"] = [...new Set(params)].join(", ").slice(0, 4_096);
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
  if (error.retryAfterMs !== null) headers["retry-after"] = String(Math.ceil(error.retryAfterMs / 1_000));
  // What another try could do was done here; an SDK that goes on trying by itself would make a storm of it.
  if (operation.attempts.length > 0 || error.code === "overloaded") headers["x-should-retry"] = "false";
  addFacts(headers, operation, composition);
  return headers;
}

/** What the head of a stream could not say, as a comment for its end. */
export function factsComment(operation: Operation, call: DecodedCall, composition: Composition): string {
  const { "content-type": _type, "gw-request-id": _id, ...facts } = answerHeaders(operation, call, {}, composition);
  const words = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
  return `: ${words.join("; ")}\n\n`;
}

function addFacts(headers: ReplyHeaders, operation: Operation, composition: Composition): void {
  headers["gw-request-id"] = operation.requestId;
  const last = operation.lastAttempt;
  if (last === null) return;
  headers["gw-provider"] = last.provider;
  headers["gw-model"] = headerSafe(last.model);
  headers["gw-lane"] = last.lane;
  headers["gw-attempts"] = String(operation.attempts.length);
  if (composition.providers.get(last.provider)?.sandbox === true) headers["gw-sandbox"] = "true";
}

function headerSafe(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, "_");
}
