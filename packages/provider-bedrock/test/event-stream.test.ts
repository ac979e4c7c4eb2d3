import { describe, expect, test } from "vitest";
import { crc32 } from "../src/crc32.ts";
import { type EventMessage, EventStreamDecoder } from "../src/event-stream.ts";
import { readRecordings, skipReason } from "./recordings.ts";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

/** The messages of a body that comes in these pieces. */
function decode(...pieces: readonly Uint8Array[]): { headers: Readonly<Record<string, string>>; payload: string }[] {
  const decoder = new EventStreamDecoder();
  const messages: { headers: Readonly<Record<string, string>>; payload: string }[] = [];
  const take = ({ headers, payload }: EventMessage) => messages.push({ headers, payload: text(payload) });
  for (const piece of pieces) decoder.push(piece, take);
  return messages;
}

// Written by Amazon's own encoder (@smithy/eventstream-codec 4.5); the second has a header of every type.
const empty = Buffer.from("000000100000000005c248eb7d98c8ff", "hex");
const everyHeader = Buffer.from(
  "000000880000006b3ed49cea026231000262300102627902fb02736803012c0269740400011170026c6f0500000000000000070262690600030102" +
    "03027374070002c3a9027469080000000000845fed027575090102030405060708090a0b0c0d0e0f100b3a6576656e742d747970650700046c617374" +
    "7b27666f6f273a27626172277d5d631ee2",
  "hex",
);
const noHeader = Buffer.from("0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936", "hex");
const body = Buffer.concat([empty, everyHeader, noHeader]);
const messages = [
  { headers: {}, payload: "" },
  { headers: { st: "é", ":event-type": "last" }, payload: "{'foo':'bar'}" },
  { headers: {}, payload: "{'foo':'bar'}" },
];

test("the checksum is that of IEEE 802.3", () => {
  expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
});

test("the same messages wherever the bytes are cut", () => {
  expect(decode(body)).toEqual(messages);
  for (let at = 1; at < body.length; at++) {
    expect(decode(body.subarray(0, at), body.subarray(at)), `cut at ${at}`).toEqual(messages);
  }
  expect(decode(...Array.from(body, (byte) => Uint8Array.of(byte)))).toEqual(messages);
});

test("no message comes of bytes of which one is wrong", () => {
  for (let at = 0; at < everyHeader.length; at++) {
    const wrong = Buffer.from(everyHeader);
    wrong[at] = (wrong[at] as number) ^ 0x10;
    expect(() => decode(wrong), `byte ${at}`).toThrow(expect.objectContaining({ code: "reply_malformed" }));
  }
});

// Checksums that fit, lengths that do not.
test.each([
  ["headers longer than the message", "00000010000000112bb3c42a00000000"],
  ["a message shorter than itself", "0000000f00000000cfa4b5f200000000"],
  ["a message of 2 GiB", "80000000000000001d4f42f200000000"],
])("%s is malformed", (_what, hex) => {
  const bytes = Buffer.from(hex, "hex");
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: "reply_malformed" }));
});

test.each([
  ["a name that is cut", "0a6162"],
  ["an unknown type", "0161ff"],
  ["a value that is cut", "016107000562"],
])("%s in the headers is malformed", (_what, hex) => {
  const headers = Buffer.from(hex, "hex");
  const bytes = Buffer.alloc(16 + headers.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(headers.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  headers.copy(bytes, 12);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: "reply_malformed" }));
});

describe.skipIf(skipReason !== "")(`recorded streams${skipReason}`, () => {
  const streams = readRecordings(["converse", "invoke"]).flatMap((recording) =>
    recording.events === null ? [] : [[recording.file, recording.bytes, recording.events] as const],
  );
  test("are there", () => expect(streams.length).toBeGreaterThan(10));
  test.each(streams)("%s", (_file, bytes, events) => {
    const expected = events.map(({ headers, payload }) => ({ headers, payload }));
    const read = (...pieces: readonly Uint8Array[]) =>
      decode(...pieces).map(({ headers, payload }) => ({ headers, payload: JSON.parse(payload) }));
    expect(read(bytes)).toEqual(expected);
    const step = Math.max(1, Math.floor(bytes.length / 500));
    const whole = JSON.stringify(decode(bytes));
    for (let at = step; at < bytes.length; at += step) {
      expect(JSON.stringify(decode(bytes.subarray(0, at), bytes.subarray(at))), `cut at ${at}`).toBe(whole);
    }
  });
});
