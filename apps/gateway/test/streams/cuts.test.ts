import { hash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { named, ofText, recordings, skipReason, type TextRecording } from "../recordings/corpus.ts";
import { address, question } from "../recordings/replayed-gateway.ts";
import { eventsOf, joined, lastIdOf } from "./events.ts";
import type { Asked, Received } from "./exchange.ts";
import { inPieces } from "./scripted-vendor.ts";
import { providerOf, type StreamGateway, startStreamGateway } from "./stream-gateway.ts";

const randomRuns = 3_000;

let gw: StreamGateway;
beforeAll(async () => {
  gw = await startStreamGateway({ commitAfterMs: 60_000 });
});
afterAll(() => gw.close());

const streams = ofText(recordings).filter(({ isStream, status }) => isStream && status === 200);

/** The smallest of each format: every byte of them is cut at. */
function smallest(format: TextRecording["format"], count: number): TextRecording[] {
  return streams
    .filter((recording) => recording.format === format)
    .sort((one, other) => one.bytes.length - other.bytes.length)
    .slice(0, count);
}

const dozen = [
  ...smallest("openai-chat", 5),
  ...smallest("anthropic-messages", 2),
  ...smallest("gemini", 4),
  ...smallest("openai-responses", 1),
];

function callFor({ format }: TextRecording): { readonly path: string; readonly body: object } {
  const { path, fields } = address(format, `${providerOf[format]}/m`, { stream: true });
  return { path, body: { ...fields, ...question(format, true) } };
}

/** The same answer to a caller of another format: always translated. */
const translatedCall = {
  path: "/v1/chat/completions",
  body: { model: "anthropic/m", ...question("openai-chat", true) },
};

function digest(text: string): string {
  return hash("sha256", text, "hex");
}

/** What the events say; a vendor's comments say nothing. */
function dataOf(bytes: Uint8Array | string): string {
  return eventsOf(bytes)
    .map(({ data }) => data)
    .filter((data) => data !== "")
    .join("\n");
}

/** Reads an answer, loses the connection after so many bytes, and reads on with either way to say where. */
async function cutAndResumed(path: string, body: object, cutAfterBytes: number, how: "header" | "query") {
  const first = await gw.ask(path, { body, cutAfterBytes });
  const id = first.headers["gw-stream-id"] as string;
  const last = lastIdOf(first.bytes);
  const rest = await resume(id, last, how);
  return { id, first, rest, text: joined(first.bytes, rest.bytes) };
}

function resume(id: string, last: number | null, how: "header" | "query", more: Asked = {}): Promise<Received> {
  if (last === null) return gw.ask(`/v1/streams/${id}`, more);
  return how === "header"
    ? gw.ask(`/v1/streams/${id}`, { ...more, headers: { ...more.headers, "last-event-id": String(last) } })
    : gw.ask(`/v1/streams/${id}?starting_after=${last}`, more);
}

describe.skipIf(skipReason !== "")(`a reader that is cut and comes back${skipReason}`, () => {
  test.each(named(dozen))(
    "has every byte, cut at each: %s",
    async (_file, recording) => {
      const { path, body } = callFor(recording);
      gw.vendor.answers(inPieces(recording, recording.bytes.length));
      const uncut = await gw.ask(path, { body });
      const expected = digest(joined(uncut.bytes));
      expect(uncut.whole).toBe(true);
      // What the gateway adds is the ids, and nothing else.
      expect(uncut.bytes.toString("latin1").replace(/^id: \d+\n/gm, "")).toBe(recording.bytes.toString("latin1"));
      expect(eventsOf(uncut.bytes).map(({ id }) => id)).toEqual(eventsOf(uncut.bytes).map((_event, index) => index));
      gw.vendor.answers(inPieces(recording, 1 + recording.bytes.length / 4));
      for (let at = 0; at <= uncut.bytes.length; at += 1) {
        const { text, rest } = await cutAndResumed(path, body, at, at % 2 === 0 ? "header" : "query");
        expect([at, digest(text), rest.whole]).toEqual([at, expected, true]);
      }
      expect(gw.vendor.calls).toHaveLength(uncut.bytes.length + 1);
    },
    120_000,
  );

  test("has every byte, cut at random places again and again, in both lanes", async () => {
    const large = streams.filter(({ bytes }) => bytes.length > 3_000 && bytes.length < 24_000);
    const lanes = new Set<unknown>();
    let called = 0;
    let resumed = 0;
    for (let run = 0; run < randomRuns; called += 1) {
      const recording = large[called % large.length] as TextRecording;
      const native = recording.format !== "anthropic-messages" || called % 2 === 0;
      const { path, body } = native ? callFor(recording) : translatedCall;
      gw.vendor.answers(inPieces(recording, 1 + recording.bytes.length / 8));
      const cut = await gw.ask(path, { body, cutAfterBytes: Math.floor(Math.random() * recording.bytes.length) });
      const id = cut.headers["gw-stream-id"] as string;
      lanes.add(cut.headers["gw-lane"]);
      const parts: Buffer[] = [cut.bytes];
      let last = lastIdOf(cut.bytes);
      for (let whole = cut.whole; !whole; run += 1) {
        const cutAfterBytes = Math.floor(Math.random() * recording.bytes.length * 1.5);
        const next = await resume(id, last, run % 2 === 0 ? "header" : "query", { cutAfterBytes });
        parts.push(next.bytes);
        last = lastIdOf(next.bytes) ?? last;
        whole = next.whole;
        resumed += 1;
      }
      run += 1;
      const uncut = await gw.ask(`/v1/streams/${id}`);
      expect([recording.file, digest(joined(...parts))]).toEqual([recording.file, digest(joined(uncut.bytes))]);
      if (native) expect([recording.file, dataOf(joined(...parts))]).toEqual([recording.file, dataOf(recording.bytes)]);
      expect(gw.vendor.calls).toHaveLength(1);
    }
    expect([...lanes].sort()).toEqual(["native", "translated"]);
    expect(resumed).toBeGreaterThan(randomRuns / 2);
  }, 120_000);
});
