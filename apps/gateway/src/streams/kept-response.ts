import { GatewayError, isJsonObject, type JsonObject } from "@gw/core";
import type { FoundStream } from "./gateway-streams.ts";
import { readFrom } from "./replay.ts";

/**
 * A kept answer in OpenAI's form of a response: whole where it is over, else as far as it says so itself.
 *
 * @throws {GatewayError} `not_found` where the answer is none in this form
 */
export async function keptResponse(found: FoundStream): Promise<JsonObject> {
  const { stream, label } = found;
  const text = await textOf(found);
  if (label.whole) return JSON.parse(text) as JsonObject;
  const responses = text
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith("data:") && line.includes('"response"'))
    .map((line) => JSON.parse(line.slice(5)) as JsonObject)
    .map(({ response }) => response)
    .filter(isJsonObject);
  const seen = responses.at(-1) ?? label.background;
  if (seen === null) throw new GatewayError("not_found", "The stream holds no response");
  const last = label.background === null ? seen : { ...seen, background: true };
  if (stream.state === "open" || stream.state === "done") return last;
  if (stream.state === "cancelled") return { ...last, status: "cancelled" };
  const error = { code: label.errorCode ?? stream.state, message: "The answer did not come whole" };
  return { ...last, status: "failed", error };
}

async function textOf({ stream }: FoundStream): Promise<string> {
  const reader = readFrom(stream, -1, false);
  const pieces: Uint8Array[] = [];
  for (let run = await reader.next(); run !== null; run = await reader.next()) pieces.push(run.bytes);
  reader.close();
  return Buffer.concat(pieces).toString("utf8");
}
