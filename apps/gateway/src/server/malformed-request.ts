import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { GatewayError } from "@gw/core";
import { openAIChat } from "@gw/dialects";
import { newRequestId } from "../new-request-id.ts";

/**
 * Answers bytes that are no HTTP request, headers beyond the limit, and requests that do not arrive in time; then closes the
 * connection: where the next request would begin, nobody knows. Which endpoint was meant is unknown too, so OpenAI's form it is.
 */
export function refuseMalformedRequest(cause: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || cause.code === "ECONNRESET" || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const error = describe(cause.code);
  const requestId = newRequestId();
  const body = JSON.stringify(openAIChat.encodeError(error, requestId));
  const head = [
    `HTTP/1.1 ${error.httpStatus} ${STATUS_CODES[error.httpStatus]}`,
    "connection: close",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    `gw-error: ${error.code}`,
    `gw-request-id: ${requestId}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function describe(code: string | undefined): GatewayError {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new GatewayError("invalid_request", "The headers are too large", { httpStatus: 431 });
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new GatewayError("timed_out", "The request did not arrive in time", { httpStatus: 408 });
    default:
      return new GatewayError("invalid_request", "This is not a valid HTTP request");
  }
}

// An answer whose head is out owns the connection: words put between its bytes would be taken for a part of it. Node's server
// asks the same before its own answer, and tells nobody else.
function isAnswering(socket: Duplex): boolean {
  const { _httpMessage: response } = socket as { readonly _httpMessage?: { readonly headersSent: boolean } | null };
  return response?.headersSent === true;
}
