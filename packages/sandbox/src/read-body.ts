import type { IncomingMessage } from "node:http";
import type { JsonValue } from "@gw/core";
import { VendorError } from "./vendor-error.ts";

const mostBytes = 32 * 1024 * 1024;

/**
 * The JSON body of a request.
 * @throws {VendorError} 400 when it is not JSON, 413 when it is larger than 32 MB.
 */
export async function readBody(request: IncomingMessage): Promise<JsonValue> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // A little too much is read and not kept: an answer before its end would be lost in a reset connection.
    if (size <= mostBytes) chunks.push(chunk);
    else if (size > 2 * mostBytes) break;
  }
  if (size > mostBytes) throw new VendorError(413, "Request exceeds the maximum size");
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as JsonValue;
  } catch {
    throw new VendorError(400, "The request body is not valid JSON");
  }
}
