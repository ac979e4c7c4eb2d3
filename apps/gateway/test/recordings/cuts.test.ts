import type { JsonObject, NativeFrame, Provider, TextEvent, Transport } from "@gw/core/types";
import { describe, expect, test } from "vitest";
import { loadProviderPackage } from "../../src/config/load-provider-package.ts";
import { named, ofText, type Recording, recordings, skipReason } from "./corpus.ts";
import { type RawRecording, rawRecordings } from "./raw-corpus.ts";
import { question } from "./replayed-gateway.ts";

const maxEveryOffset = 4_096;
const randomCuts = 40;

/** A network on which the one reply comes in these pieces. */
class PieceTransport implements Transport {
  pieces: readonly Uint8Array[] = [];
  readonly #headers: Readonly<Record<string, string>>;

  constructor(headers: Readonly<Record<string, string>>) {
    this.#headers = headers;
  }

  async send() {
    return { status: 200, headers: this.#headers, body: bodyOf(this.pieces) };
  }

  async close() {}
}

async function* bodyOf(pieces: readonly Uint8Array[]) {
  yield* pieces;
}

const streams = ofText([...recordings, ...rawRecordings]).filter(({ isStream, status }) => isStream && status === 200);

describe.skipIf(skipReason !== "")(`recorded streams, however they are cut${skipReason}`, () => {
  test.each(named(streams))("%s", async (_file, recording) => {
    const transport = new PieceTransport(recording.headers);
    const provider = await providerOf(recording, transport);
    const read = async (pieces: readonly Uint8Array[]) => {
      transport.pieces = pieces;
      return { events: await readEvents(provider, recording), frames: await readFrames(provider, recording) };
    };
    const { bytes } = recording;
    const whole = await read([bytes]);
    expect(whole.events.at(-1)?.type).toBe("response-end");

    const expectSame = async (pieces: readonly Uint8Array[], how: string) => {
      const { events, frames } = await read(pieces);
      // One comparison of text: far cheaper than a deep one, and this runs some hundred thousand times.
      if (JSON.stringify(events) !== JSON.stringify(whole.events)) expect(events, how).toEqual(whole.events);
      if (frames !== whole.frames) expect(frames, how).toBe(whole.frames);
    };
    const { pieces = null } = recording as Partial<RawRecording>;
    if (pieces !== null) await expectSame(pieces, "as it arrived");
    await expectSame(
      Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1)),
      "byte by byte",
    );
    const offsets = bytes.length <= maxEveryOffset ? bytes.length : randomCuts;
    for (let count = 1; count < offsets; count += 1) {
      const at = bytes.length <= maxEveryOffset ? count : pseudoRandom(count, bytes.length);
      await expectSame([bytes.subarray(0, at), bytes.subarray(at)], `cut at ${at}`);
    }
  });
});

/** The same numbers in every run, so that a failure can be seen again. */
function pseudoRandom(seed: number, below: number): number {
  return 1 + (((seed * 2_654_435_761) % 4_294_967_296) % (below - 1));
}

async function providerOf({ vendor, format }: Recording, transport: Transport): Promise<Provider> {
  const name = { "anthropic-messages": "anthropic", gemini: "google" }[format as string] ?? "openai-compatible";
  const { create } = await loadProviderPackage(`@gw/provider-${name}`);
  const options = {
    id: vendor,
    apiKey: "sk-replay-key",
    baseUrl: "http://vendor.test",
    transport,
    ...(format === "openai-responses" && { api: "responses" }),
  };
  return create(options);
}

async function readEvents(provider: Provider, { model }: Recording): Promise<TextEvent[]> {
  const request = { model, messages: [{ role: "user", content: [{ type: "text", text: "Say something." }] }] } as const;
  const events: TextEvent[] = [];
  for await (const event of provider.text?.stream(request) ?? []) events.push(event);
  return events;
}

async function readFrames(provider: Provider, { model, format }: Recording): Promise<string> {
  const body: JsonObject = format === "openai-embeddings" ? {} : question(format, true);
  const reply = await provider.native?.open(
    {
      dialect: format,
      operation: "generate",
      model,
      stream: true,
      raw: Buffer.from(JSON.stringify(body)),
      body,
      headers: {},
    },
    {},
  );
  const frames: NativeFrame[] = [];
  for await (const batch of reply?.type === "stream" ? reply.batches : []) frames.push(...batch);
  return frames.map(({ bytes, content }) => `${content} ${Buffer.from(bytes)}`).join("");
}
