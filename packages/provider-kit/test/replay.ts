import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import {
  type GatewayError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Provider,
  TextCollector,
} from "@gw/core";
import type { TextDialect } from "@gw/dialects";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Recording, readRecordings, skipReason, streamData, streamEvents } from "./recordings.ts";

/** How one kind of recording goes through a provider. */
export interface ReplayedKind {
  /** As the recordings name it. */
  readonly kind: string;
  readonly dialect: string;
  /** The codec of the translated lane; absent for what is not text. */
  readonly codec?: TextDialect;
  /** Made for one recording: its base address ends where the recorded path goes on. */
  create(recording: Recording, origin: string): Provider;
  /** The model, where the body does not have it. */
  model?(recording: Recording): string;
  /** What the answer says, read from the raw JSON or from a stream's data with nothing of ours. */
  readonly read?: { whole(body: JsonObject): Said; stream(data: readonly JsonObject[]): Said };
  /** Top-level fields that the native lane adds to a request for a stream. */
  readonly added?: readonly string[];
}

/** The words and calls of an answer. */
export interface Said {
  readonly text: string;
  readonly tools: readonly string[];
}

/** Recordings that cannot go through the provider, and why. */
export type Exceptions = Readonly<Record<string, string>>;

/**
 * Replays the recorded exchanges of a vendor through its provider, over real HTTP, on both lanes.
 */
export function testReplay(
  vendors: readonly string[],
  kinds: readonly ReplayedKind[],
  exceptions: Exceptions = {},
): void {
  describe.skipIf(skipReason !== "")(`recorded exchanges${skipReason}`, () => {
    let current: Recording;
    let received: { readonly path: string; readonly body: JsonValue } | null = null;
    const server = createServer(async (request: IncomingMessage, response) => {
      received = { path: request.url ?? "", body: JSON.parse(await text(request)) as JsonValue };
      response.writeHead(current.status, { "content-type": current.contentType, "x-request-id": "req-replay" });
      // In pieces that no event ends with.
      for (let at = 0; at < current.bytes.length; at += 997) response.write(current.bytes.subarray(at, at + 997));
      response.end();
    });
    let origin = "";
    beforeAll(async () => {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterAll(() => {
      server.close();
      server.closeAllConnections();
    });

    for (const kind of kinds) {
      const recordings = readRecordings(vendors, [kind.kind]);
      const named = recordings
        .filter(({ file }) => exceptions[file] === undefined)
        .map((recording) => [recording.file, recording] as const);
      const use = async <Result>(
        recording: Recording,
        run: (provider: Provider) => Promise<Result>,
      ): Promise<Result> => {
        current = recording;
        received = null;
        const provider = kind.create(recording, origin);
        try {
          return await run(provider);
        } finally {
          await provider.close();
        }
      };

      describe.skipIf(named.length === 0)(`of kind ${kind.kind}${named.length === 0 ? " (skipped: none)" : ""}`, () => {
        test.each(named)("native: %s", (_file, recording) =>
          use(recording, async (provider) => {
            await checkNative(provider, recording, kind);
            expect(received?.path.replace(/\?.*/, "")).toBe(recording.path);
            const body = received?.body as JsonObject;
            const added = recording.isStream ? (kind.added ?? []) : [];
            expect(omit(body, added)).toEqual(omit(recording.request, added));
          }),
        );

        const { codec, read } = kind;
        if (codec === undefined || read === undefined) return;
        test.each(named)("translated: %s", (_file, recording) =>
          use(recording, (provider) => checkTranslated(provider, recording, kind, codec, read)),
        );
      });
    }
    for (const [file, reason] of Object.entries(exceptions)) test.skip(`${file} (${reason})`);
  });
}

function modelOf(recording: Recording, kind: ReplayedKind): string {
  return kind.model?.(recording) ?? String(recording.request.model);
}

function omit(body: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}

async function checkNative(provider: Provider, recording: Recording, kind: ReplayedKind): Promise<void> {
  const opening = provider.native?.open(
    {
      dialect: kind.dialect,
      operation: recording.kind === "count_tokens" ? "count-tokens" : "generate",
      model: modelOf(recording, kind),
      stream: recording.isStream,
      // Spaces and line breaks, so that a body that was written anew would show.
      raw: Buffer.from(JSON.stringify(recording.request, null, 2)),
      body: recording.request,
      headers: {},
    },
    {},
  );
  if (recording.status >= 400) {
    const error = await opening?.then(
      () => null,
      (caught: unknown) => caught as GatewayError,
    );
    expect(error).toMatchObject({ provider: provider.id, requestId: "req-replay", httpStatus: recording.status });
    expect(error?.upstream).toMatchObject({ status: recording.status, body: recording.bytes.toString() });
    return;
  }
  const reply = await opening;
  if (reply?.type === "whole") {
    expect(Buffer.from(reply.bytes).equals(recording.bytes)).toBe(true);
    if (kind.codec !== undefined && recording.kind !== "count_tokens") {
      expect(reply.observation.finishReason).not.toBe(null);
      expect(reply.observation.usage.raw ?? null).toEqual(usageIn(recording));
    }
    return;
  }
  const frames: string[] = [];
  for await (const batch of reply?.batches ?? [])
    frames.push(...batch.map(({ bytes }) => Buffer.from(bytes).toString()));
  const asked =
    isJsonObject(recording.request.stream_options) && recording.request.stream_options.include_usage === true;
  const expected = streamEvents(recording.bytes);
  expect(frames).toEqual(
    kind.dialect === "openai-chat" && !asked ? expected.filter((event) => !isUsageOnly(event)) : expected,
  );
  expect(reply?.observation().finishReason).not.toBe(null);
}

function isUsageOnly(event: string): boolean {
  const [data] = streamData(Buffer.from(event));
  return Array.isArray(data?.choices) && data.choices.length === 0 && isJsonObject(data.usage);
}

function usageIn({ bytes }: Recording): JsonValue {
  const body = JSON.parse(bytes.toString()) as JsonObject;
  return body.usage ?? body.usageMetadata ?? null;
}

async function checkTranslated(
  provider: Provider,
  recording: Recording,
  kind: ReplayedKind,
  codec: TextDialect,
  read: NonNullable<ReplayedKind["read"]>,
): Promise<void> {
  const model = modelOf(recording, kind);
  const { request } = codec.decodeRequest(recording.request, { model, stream: recording.isStream });
  const run = async () => {
    if (!recording.isStream) return provider.text?.generate(request);
    const collector = new TextCollector();
    for await (const event of provider.text?.stream(request) ?? []) collector.push(event);
    return collector.result();
  };
  if (recording.status >= 400) {
    await expect(run()).rejects.toMatchObject({ provider: provider.id, httpStatus: recording.status });
    return;
  }
  const result = await run();
  const parts = result?.content ?? [];
  const said = {
    text: parts.map((part) => (part.type === "text" ? part.text : "")).join(""),
    tools: parts.flatMap((part) => (part.type === "tool-call" ? [part.name] : [])),
  };
  expect(said).toEqual(
    recording.isStream
      ? read.stream(streamData(recording.bytes))
      : read.whole(JSON.parse(recording.bytes.toString()) as JsonObject),
  );
}
