import type { IncomingMessage, ServerResponse } from "node:http";
import { GatewayError, isGatewayError } from "@gw/core";
import { openAIChat } from "@gw/dialects";
import { newRequestId } from "../new-request-id.ts";
import { deliver } from "../pipeline/deliver.ts";
import { receive } from "../pipeline/receive.ts";
import type { Reply } from "../reply.ts";
import type { GatewayState } from "../state.ts";
import { answerStreamRequest } from "../streams/answer-stream-request.ts";
import type { StreamRequest } from "../streams/stream-request.ts";

const maxBodyBytes = 4_096;

/** Answers a request about a kept stream over HTTP. Never rejects. */
export async function serveStreamPlane(
  request: IncomingMessage,
  response: ServerResponse,
  asked: StreamRequest,
  state: GatewayState,
): Promise<void> {
  // Only one of these requests has a body to read.
  if (asked.action !== "sign") request.resume();
  try {
    await deliver(await answer(request, asked, state), response, state.composition.settings);
  } catch (error) {
    state.recorders.logger.error({ err: error }, "a stream could not be delivered");
    response.destroy();
  }
}

async function answer(request: IncomingMessage, asked: StreamRequest, state: GatewayState): Promise<Reply> {
  try {
    const read = (): Promise<Uint8Array> => receive(request, maxBodyBytes);
    return await answerStreamRequest({ ...asked, headers: request.headers, read }, state, await state.streams());
  } catch (cause) {
    const error = isGatewayError(cause)
      ? cause
      : new GatewayError("internal_error", "The gateway failed while reading a stream", { cause });
    if (error.code === "internal_error") state.recorders.logger.error({ err: cause }, "a stream could not be read");
    const requestId = newRequestId();
    return {
      type: "whole",
      status: error.httpStatus,
      headers: { "content-type": "application/json", "gw-error": error.code, "gw-request-id": requestId },
      body: JSON.stringify(openAIChat.encodeError(error, requestId)),
    };
  }
}
