import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSse, SseReader } from "../src/sse-reader.ts";
import { type SseEvent, SseSplitter } from "../src/sse-splitter.ts";

interface Told {
  readonly event?: string | undefined;
  readonly data: string;
}

const told = ({ event, data }: Told): Told => (event === undefined ? { data } : { event, data });

/** The judge: the reference parser over the whole text, with the blank line that a stream's end stands for. */
function judge(bytes: Uint8Array): Told[] {
  const events: Told[] = [];
  const parser = createParser({ onEvent: (event) => events.push(told(event)) });
  parser.feed(`${new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)}\n\n`);
  return events;
}

function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index] as number, end));
}

function split(parts: readonly Uint8Array[]): SseEvent[] {
  const splitter = new SseSplitter();
  // Copies: a piece belongs to the splitter only as long as it looks at it.
  const events = [...parts.flatMap((part) => splitter.push(part.slice())), ...splitter.end()];
  return events.map(({ bytes, ...event }) => ({ ...event, bytes: bytes.slice() }));
}

function read(parts: readonly Uint8Array[]): Told[] {
  const reader = new SseReader();
  return [...parts.flatMap((part) => reader.push(part)), ...reader.end()].map(told);
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));
const textOf = (events: readonly SseEvent[]) => events.map(({ bytes }) => Buffer.from(bytes).toString());

describe("events", () => {
  test.each<[string, string, string[], Told[]]>([
    ["a plain stream", "data: a\n\ndata: b\n\n", ["data: a\n\n", "data: b\n\n"], [{ data: "a" }, { data: "b" }]],
    ["names", "event: x\ndata: a\n\n", ["event: x\ndata: a\n\n"], [{ event: "x", data: "a" }]],
    ["CRLF", "event: x\r\ndata: a\r\n\r\n", ["event: x\r\ndata: a\r\n\r\n"], [{ event: "x", data: "a" }]],
    ["CR", "data: a\r\rdata: b\r\r", ["data: a\r\r", "data: b\r\r\n"], [{ data: "a" }, { data: "b" }]],
    ["no space", "event:x\ndata:a\n\n", ["event:x\ndata:a\n\n"], [{ event: "x", data: "a" }]],
    ["one space of two", "data:  a \n\n", ["data:  a \n\n"], [{ data: " a " }]],
    ["several data lines", "data: a\ndata\ndata: b\n\n", ["data: a\ndata\ndata: b\n\n"], [{ data: "a\n\nb" }]],
    [
      "ids, retries and comments inside",
      "id: 7\n: c\nretry: 5\ndata: a\n\n",
      ["id: 7\n: c\nretry: 5\ndata: a\n\n"],
      [{ data: "a" }],
    ],
    ["comments between", ": ping\n\ndata: a\n\n: ping\n\n", ["data: a\n\n"], [{ data: "a" }]],
    ["blank lines between", "\n\ndata: a\n\n\n\n", ["data: a\n\n"], [{ data: "a" }]],
    ["blocks without data", "event: ping\n\nid: 3\n\ndata: a\n\n", ["data: a\n\n"], [{ data: "a" }]],
    ["a name that its block took along", "event: x\n\ndata: a\n\n", ["data: a\n\n"], [{ data: "a" }]],
    ["empty data", "data\n\n", ["data\n\n"], [{ data: "" }]],
    [
      "fields that only look alike",
      "datax: 1\ndata : 2\ndata: a\n\n",
      ["datax: 1\ndata : 2\ndata: a\n\n"],
      [{ data: "a" }],
    ],
    ["a byte order mark", "\ufeffdata: a\n\n", ["data: a\n\n"], [{ data: "a" }]],
    ["trailing spaces", "event: x  \ndata: {}  \n\n", ["event: x  \ndata: {}  \n\n"], [{ event: "x  ", data: "{}  " }]],
    [
      "an end without a blank line",
      "data: a\n\ndata: b\n",
      ["data: a\n\n", "data: b\n\n"],
      [{ data: "a" }, { data: "b" }],
    ],
    ["an end without a line end", "data: a", ["data: a\n\n"], [{ data: "a" }]],
    ["an end inside a CRLF", "data: a\r", ["data: a\r\n\n"], [{ data: "a" }]],
    ["nothing", "", [], []],
  ])("of %s", (_case, stream, bytes, events) => {
    const whole = bytesOf(stream);
    expect(textOf(split([whole]))).toEqual(bytes);
    expect(split([whole]).map(told)).toEqual(events);
    expect(textOf(split([...whole].map((byte) => Uint8Array.of(byte))))).toEqual(bytes);
    expect(read([whole])).toEqual(events);
    expect(judge(whole)).toEqual(events);
  });

  test("come out alike however the bytes are cut, and say what the reference parser says", () => {
    const part = fc.constantFrom(
      "\n",
      "\r",
      "\r\n",
      "\n\n",
      "\r\n\r\n",
      "\r\r",
      "data",
      "data:",
      "data: ",
      "event",
      "event: ",
      "id: 1",
      "retry: 2",
      ": c",
      ":",
      "x: y",
      "a",
      " ",
      "é€😀",
      '{"a":1}',
      "\ufeff",
    );
    const stream = fc.array(part, { maxLength: 40 }).map((texts) => bytesOf(texts.join("")));
    fc.assert(
      fc.property(stream, fc.array(fc.nat(200), { maxLength: 12 }), (bytes, offsets) => {
        const parts = pieces(
          bytes,
          offsets.map((offset) => Math.min(offset, bytes.length)),
        );
        const events = split(parts);
        expect(events.map(told)).toEqual(judge(bytes));
        expect(read(parts)).toEqual(judge(bytes));
        expect(events).toEqual(split([bytes]));
        // Every event comes from the stream as it stands there; only the last may have been given its blank line.
        const source = Buffer.from(bytes);
        let from = 0;
        for (const [index, event] of events.entries()) {
          const own = Buffer.from(event.bytes);
          const found = source.indexOf(own, from);
          const closed = [own.subarray(0, -1), own.subarray(0, -2)].some((open) =>
            source.subarray(from).includes(open),
          );
          expect(found !== -1 || (index === events.length - 1 && closed)).toBe(true);
          from = found + own.length;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("come in batches as they arrive", async () => {
    async function* body() {
      yield bytesOf("data: a\n\ndata: b\n\nda");
      yield bytesOf("ta: ");
      yield bytesOf("c\n\ndata: d");
    }
    const batches = [];
    for await (const batch of readSse(body())) batches.push(batch.map(({ data }) => data));
    expect(batches).toEqual([["a", "b"], ["c"], ["d"]]);
  });
});

describe.each([
  ["SseReader", () => new SseReader()],
  ["SseSplitter", () => new SseSplitter()],
])("%s", (_name, create) => {
  test.each<[string, string, boolean]>([
    ["a web page", "<html>\n<body>\n\n", true],
    ["a line of text", "upstream error", true],
    ["JSON", '{\n"error": {}}', true],
    ["comments", ": ping\n\n", false],
    ["an event", "x: y\ndata: a\n\n", false],
    ["nothing", "", false],
  ])("knows whether %s is no event stream", (_case, stream, isForeign) => {
    const parser = create();
    for (const byte of bytesOf(stream)) parser.push(Uint8Array.of(byte));
    parser.end();
    expect(parser.isForeign).toBe(isForeign);
  });

  test("refuses an event without end", () => {
    const parser = create();
    const mebibyte = new Uint8Array(1024 * 1024).fill(97);
    parser.push(bytesOf("data: "));
    const feed = () => {
      for (let count = 0; count < 17; count++) parser.push(mebibyte);
    };
    expect(feed).toThrow(expect.objectContaining({ code: "reply_malformed" }));
  });
});

const recordings = join(import.meta.dirname, "../../../../shared/recordings");
const missing = existsSync(recordings) ? "" : " (skipped: no recordings beside the repository)";

describe.skipIf(missing !== "")(`recorded streams${missing}`, () => {
  const streams = missing
    ? []
    : readFileSync(join(recordings, "index.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { file: string }).file)
        .flatMap((file) => {
          const { response } = JSON.parse(readFileSync(join(recordings, file), "utf8")) as {
            response: { headers: Record<string, string>; body_text?: string };
          };
          return /event-stream/.test(response.headers["content-type"] ?? "") && response.body_text !== undefined
            ? [{ file, bytes: bytesOf(response.body_text) }]
            : [];
        });

  test("say what the reference parser says, and their events are their bytes", () => {
    expect(streams.length).toBeGreaterThan(50);
    for (const { file, bytes } of streams) {
      const events = split([bytes]);
      expect(events.map(told), file).toEqual(judge(bytes));
      expect(read([bytes]), file).toEqual(judge(bytes));
    }
  });

  test("are cut at every offset without a difference", () => {
    const small = streams.toSorted((left, right) => left.bytes.length - right.bytes.length).slice(0, 12);
    for (const { file, bytes } of small) {
      const expected = split([bytes]);
      const frames = judge(bytes);
      for (let offset = 0; offset <= bytes.length; offset++) {
        const parts = pieces(bytes, [offset]);
        if (!sameEvents(split(parts), expected) || JSON.stringify(read(parts)) !== JSON.stringify(frames))
          expect.fail(`${file} cut at ${offset}`);
      }
      expect(split([...bytes].map((byte) => Uint8Array.of(byte))), file).toEqual(expected);
    }
  });
});

const chunks = join(import.meta.dirname, "../../../../shared/recordings-raw/req_llm");
const noChunks = existsSync(chunks) ? "" : " (skipped: no recordings beside the repository)";

test.skipIf(noChunks !== "")(`streams in the pieces that the network made of them${noChunks}`, () => {
  const files = readdirSync(chunks, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".json"));
  let streams = 0;
  for (const file of files) {
    const text = readFileSync(join(chunks, file), "utf8");
    if (text === "") continue;
    const recording = JSON.parse(text) as { chunks?: { b64: string }[] };
    const parts = recording.chunks?.map(({ b64 }) => new Uint8Array(Buffer.from(b64, "base64"))) ?? [];
    const bytes = new Uint8Array(Buffer.concat(parts));
    if (judge(bytes).length === 0) continue;
    streams++;
    expect(split(parts).map(told), file).toEqual(judge(bytes));
    expect(read(parts), file).toEqual(judge(bytes));
  }
  expect(streams).toBeGreaterThan(10);
});

function sameEvents(left: readonly SseEvent[], right: readonly SseEvent[]): boolean {
  return (
    left.length === right.length &&
    left.every((event, index) => {
      const other = right[index] as SseEvent;
      return event.event === other.event && event.data === other.data && Buffer.compare(event.bytes, other.bytes) === 0;
    })
  );
}
