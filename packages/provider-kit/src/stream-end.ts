import { GatewayError, isGatewayError } from "@gw/core";
import type { Frame } from "@gw/dialects";

const terminator = /^\[[A-Z]+\]$/;

/** True for a connection that broke or fell silent, as against an answer that says it failed. */
export function isBroken(error: unknown): boolean {
  return isGatewayError(error) && (error.code === "connection_failed" || error.code === "timed_out");
}

/** What a connection that broke inside a stream means to its reader: the rest of the answer is missing. */
export function asTruncation(error: unknown): unknown {
  if (!isGatewayError(error) || error.code !== "connection_failed") return error;
  const { retry, cause } = error;
  return new GatewayError("stream_truncated", "The connection broke before the stream's end", { retry, cause });
}

/** Whether a last frame without its blank line is a frame after all, or the beginning of one that was cut. */
export function isWholeFrame(frame: Frame): boolean {
  if (terminator.test(frame.data)) return true;
  try {
    JSON.parse(frame.data);
    return true;
  } catch {
    return false;
  }
}
