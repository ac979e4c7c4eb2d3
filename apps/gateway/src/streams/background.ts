import { GatewayError, type JsonObject, type Observation } from "@gw/core";
import { openAIResponses } from "@gw/dialects";
import type { Operation } from "../operation.ts";
import type { DecodedCall } from "../pipeline/decode.ts";
import type { DeliveryFrame } from "../pipeline/delivery-frame.ts";

/** A call whose caller does not wait for the answer. */
export interface BackgroundCall {
  /** Under which the caller finds it: known before any vendor is asked. */
  readonly id: string;
  /** The response object until there is more of it; without what was asked. */
  readonly response: JsonObject;
  /** Whether the caller follows all the same. */
  readonly follows: boolean;
}

/** What a caller of Responses wants done in the background; `null` where he waits. */
export function backgroundOf(call: DecodedCall, operation: Operation): BackgroundCall | null {
  if (call.dialect !== openAIResponses.id || call.operation !== "generate" || call.body.background !== true)
    return null;
  const id = `resp_${operation.id}`;
  const { model, previous_response_id = null, metadata = {} } = call.body;
  const context = {
    id: operation.id,
    createdAtMs: operation.startedAtMs,
    model: call.model,
    requestBody: { background: true, metadata, previous_response_id },
  };
  const [created] = openAIResponses
    .streamEncoder(context)
    .push({ type: "response-start", id: null, model: typeof model === "string" ? model : call.model });
  const { response } = JSON.parse(created?.data ?? "{}") as { response: JsonObject };
  return { id, response, follows: call.stream };
}

/**
 * The call as vendors are asked it: streamed, and in the foreground, which all of them know.
 *
 * @throws {GatewayError} `invalid_request` where nothing is kept after its end: nobody could ever read it
 */
export function inForeground(call: DecodedCall, retainMs: number): DecodedCall {
  if (retainMs === 0) {
    throw new GatewayError("invalid_request", "Without retention there is no background", { param: "background" });
  }
  const { background: _background, ...body } = call.body;
  return call.withBody({ ...body, stream: true });
}

/** The answer under the id that its caller was told, whatever id its vendor gave it. */
export async function* underId(
  id: string,
  batches: AsyncIterable<readonly DeliveryFrame[]>,
  observation: () => Observation,
): AsyncGenerator<readonly DeliveryFrame[]> {
  for await (const frames of batches) {
    const other = observation().id;
    yield other === null || other === id ? frames : frames.map((frame) => renamed(frame, `"${other}"`, `"${id}"`));
  }
}

function renamed(frame: DeliveryFrame, from: string, to: string): DeliveryFrame {
  const text = typeof frame.bytes === "string" ? frame.bytes : Buffer.from(frame.bytes).toString("utf8");
  return text.includes(from) ? { ...frame, bytes: text.replaceAll(from, to) } : frame;
}
