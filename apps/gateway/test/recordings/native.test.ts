import { isJsonObject, type JsonObject } from "@gw/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { publishedBodies } from "./body-corpus.ts";
import { named, type Recording, recordings, skipReason, type WireEvent, wireData, wireEvents } from "./corpus.ts";
import { errorsInAnswers } from "./exceptions.ts";
import { rawRecordings } from "./raw-corpus.ts";
import { address, providersFor, question, type ReplayedGateway, startReplayedGateway } from "./replayed-gateway.ts";

const all = [...recordings, ...rawRecordings, ...publishedBodies];
const pieceSizes = [Number.POSITIVE_INFINITY, 997, 61];

describe.skipIf(skipReason !== "")(`recordings on the native lane${skipReason}`, () => {
  let gateway: ReplayedGateway;
  beforeAll(async () => {
    gateway = await startReplayedGateway(all);
  });
  afterAll(() => gateway.close());

  test.each(named(all))("%s", async (_file, recording) => {
    const request = requestOf(recording);
    const { path, fields } = address(recording.format, `${providersFor(recording).native}/${recording.model}`, {
      stream: recording.isStream,
      operation: recording.operation,
    });
    const model = "model" in fields ? { model: recording.model } : {};
    const isFailure = recording.status >= 400 || errorsInAnswers[recording.file] !== undefined;
    for (const pieceBytes of pieceSizes) {
      // A key that was refused or limited rests; the next call is not about that.
      await using fresh = isFailure ? await startReplayedGateway([recording]) : null;
      const { vendor, call } = fresh ?? gateway;
      vendor.answer(recording, pieceBytes);
      const reply = await call(path, spell({ ...request, ...fields }));

      expect(vendor.received().body).toBe(upstreamText(spell({ ...request, ...model }), request, recording));
      expect(reply.headers.get("gw-lane")).toBe("native");
      expect(reply.headers.get("gw-attempts")).toBe("1");
      expect(reply.status).toBe(errorsInAnswers[recording.file]?.status ?? recording.status);
      if (recording.isStream && errorsInAnswers[recording.file] !== undefined) {
        // Nothing of the answer had come: the caller gets the error itself, and no stream.
        const [failed] = wireData(recording.bytes.toString()).filter(({ error }) => error !== undefined);
        expect(JSON.parse(reply.text).error).toEqual(failed?.error);
      } else if (!recording.isStream) expect(reply.text).toBe(recording.bytes.toString());
      else expect(wireEvents(reply.text)).toEqual(visibleEvents(recording, request));
      if (pieceBytes > recording.bytes.length && pieceBytes !== Number.POSITIVE_INFINITY) break;
    }
  });
});

// With spaces and line breaks, so that a body that was written anew would show.
function spell(body: JsonObject): string {
  return JSON.stringify(body, null, 1);
}

function requestOf(recording: Recording): JsonObject {
  if (recording.request !== null) return recording.request;
  if (recording.format === "openai-embeddings") throw new Error("an embedding without its request");
  return question(recording.format, recording.isStream);
}

/** The body as it must arrive: the caller's own spelling, with the wish for a usage report before it where it has none. */
function upstreamText(text: string, request: JsonObject, { format }: Recording): string {
  const isAdded = format === "openai-chat" && request.stream === true && request.stream_options === undefined;
  return isAdded ? text.replace("{", '{"stream_options":{"include_usage":true},') : text;
}

/** A chunk that only reports usage comes back out where the caller did not ask for it. */
function visibleEvents({ format, bytes }: Recording, request: JsonObject): WireEvent[] {
  const events = wireEvents(bytes.toString());
  return format === "openai-chat" && !asksForUsage(request) ? events.filter((event) => !isUsageOnly(event)) : events;
}

function asksForUsage({ stream_options: options }: JsonObject): boolean {
  return isJsonObject(options) && options.include_usage === true;
}

function isUsageOnly({ data }: WireEvent): boolean {
  if (!data.startsWith("{")) return false;
  const { choices, usage } = JSON.parse(data) as JsonObject;
  return Array.isArray(choices) && choices.length === 0 && isJsonObject(usage);
}
