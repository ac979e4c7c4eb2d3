import { isJsonObject, type JsonObject } from "@gw/core";
import { malformed } from "./errors.ts";

/** The event in a frame. @throws {GatewayError} `reply_malformed` */
export function parseEvent(data: string): JsonObject {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    throw malformed("An event is not JSON");
  }
  if (!isJsonObject(event)) throw malformed("An event is not an object");
  return event;
}
