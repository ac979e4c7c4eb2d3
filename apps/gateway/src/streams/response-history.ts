import { GatewayError, type JsonValue } from "@gw/core";
import { openAIResponses } from "@gw/dialects";
import type { DecodedCall } from "../pipeline/decode.ts";
import type { Principal } from "../tenant.ts";
import type { FoundStream, GatewayStreams } from "./gateway-streams.ts";
import { keptResponse } from "./kept-response.ts";
import { mayRead } from "./stream-label.ts";

/** A call, and what is known of the answer that it goes on from. */
export interface CallWithHistory {
  readonly call: DecodedCall;
  /** The provider whose own id the call named; it gets the call as it was sent. `null` where there is none. */
  readonly origin: CallOfOrigin | null;
}

/** A call as the provider gets it that knows the earlier answer. */
export interface CallOfOrigin {
  readonly provider: string;
  readonly asSent: DecodedCall;
}

/**
 * A call of Responses with all that went before it: where `previous_response_id` is an answer that is kept here, its input and
 * output go before the new input, so that any vendor can go on. Another id is left to the vendor that it may be of, and so is a
 * vendor's own once it is not kept here any more.
 *
 * @throws {GatewayError} for an id that only the gateway knows: `stream_expired` for an answer that is no longer kept,
 * `invalid_request` for one that still runs or whose request was not to be stored
 */
export async function withHistory(
  call: DecodedCall,
  principal: Principal,
  openStreams: () => Promise<GatewayStreams>,
): Promise<CallWithHistory> {
  const previous = call.body.previous_response_id;
  if (call.dialect !== openAIResponses.id || typeof previous !== "string") return { call, origin: null };
  const streams = await openStreams();
  const found = await streams.look(previous);
  if (found === null || !mayRead(principal, found.label)) return { call, origin: null };
  const origin = originOf(found, call);
  const earlier = await conversationOf(found, streams);
  if (earlier instanceof GatewayError) {
    if (origin === null) throw earlier;
    return { call, origin: null };
  }
  const { previous_response_id: _previous, ...body } = call.body;
  return { call: call.withBody({ ...body, input: [...earlier, ...inputItems(body.input)] }), origin };
}

/** What was asked and said up to an answer; or why it cannot be told. */
async function conversationOf(
  found: FoundStream,
  streams: GatewayStreams,
): Promise<readonly JsonValue[] | GatewayError> {
  const param = "previous_response_id";
  const { id, state } = found.stream;
  if (state === "expired") return new GatewayError("stream_expired", "The earlier answer is no longer kept", { param });
  if (state === "open") return new GatewayError("invalid_request", "The earlier answer still runs", { param });
  const asked = await streams.requestOf(id);
  if (asked === null) return new GatewayError("invalid_request", "The earlier request was not stored", { param });
  const { output } = await keptResponse(found);
  return [...asked, ...(Array.isArray(output) ? output : [])];
}

/** Who knows the id too: whose answer passed through as it was. */
function originOf({ label }: FoundStream, asSent: DecodedCall): CallOfOrigin | null {
  const { "gw-provider": provider, "gw-lane": lane } = label.headers ?? {};
  return lane === "native" && provider !== undefined && label.background === null ? { provider, asSent } : null;
}

/** The call that a provider gets: as it was sent where the id is its own, byte for byte if nothing else had to change. */
export function callFor(
  provider: string,
  call: DecodedCall,
  whole: DecodedCall,
  origin: CallOfOrigin | null,
): DecodedCall {
  if (origin === null || origin.provider !== provider) return call;
  if (call === whole) return origin.asSent;
  const { input, previous_response_id } = origin.asSent.body;
  return call.withBody({ ...call.body, input, previous_response_id });
}

/** What of a call is kept for those that go on from its answer; `null` where nothing is to be. */
export function historyOf(call: DecodedCall, endpoint: string): readonly JsonValue[] | null {
  if (endpoint !== "responses" || call.operation !== "generate" || call.body.store === false) return null;
  return inputItems(call.body.input);
}

function inputItems(input: JsonValue | undefined): readonly JsonValue[] {
  if (typeof input === "string") return [{ role: "user", content: input }];
  return Array.isArray(input) ? input : [];
}
