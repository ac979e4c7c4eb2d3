import type { IncomingMessage } from "node:http";
import { GatewayError, isJsonObject, type JsonObject } from "@gw/core";

const maxDepth = 200;

/**
 * Reads a request's body.
 *
 * @throws {GatewayError} `request_too_large` beyond `maxBytes`, `invalid_request` for a compressed body, `aborted` when the
 * caller goes away before its end.
 */
export function receive(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    return Promise.reject(
      new GatewayError("invalid_request", "Compressed request bodies are not accepted", { httpStatus: 415 }),
    );
  }
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        request.removeAllListeners("data");
        reject(tooLarge(maxBytes));
      } else chunks.push(chunk);
    });
    request.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on("error", (cause) =>
      reject(new GatewayError("aborted", "The request ended before its body did", { cause })),
    );
  });
}

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError("request_too_large", `The body is larger than ${maxBytes} bytes`);
}

/**
 * Parses a body that must be a JSON object.
 *
 * @throws {GatewayError} `invalid_request` for anything else, and for nesting that no real request has.
 */
export function parseBody(raw: Uint8Array): JsonObject {
  if (nestsDeeper(raw, maxDepth)) {
    throw new GatewayError("invalid_request", `The body is nested deeper than ${maxDepth} levels`);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString("utf8"));
  } catch {
    // The parser's own message quotes the body.
    throw new GatewayError("invalid_request", "The body is not valid JSON");
  }
  if (!isJsonObject(body)) throw new GatewayError("invalid_request", "The body must be a JSON object");
  return body;
}

const quote = 0x22;
const backslash = 0x5c;

// Strings are most of a prompt: jumping over them makes this far cheaper than the parse it protects.
function nestsDeeper(raw: Uint8Array, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < raw.length; at += 1) {
    const byte = raw[at];
    if (byte === quote) {
      at = endOfString(raw, at);
      if (at === -1) return false;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}

function endOfString(raw: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    at = raw.indexOf(quote, at + 1);
    if (at === -1) return -1;
    let slashes = 0;
    while (raw[at - 1 - slashes] === backslash) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
}
