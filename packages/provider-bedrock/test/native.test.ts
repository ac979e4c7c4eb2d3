import { readFileSync } from "node:fs";
import type { Call, GatewayError, NativeRequest, ParamNote } from "@gw/core";
import { splitFrames } from "@gw/provider-testkit";
import { describe, expect, test } from "vitest";
import type { BedrockOptions } from "../src/index.ts";
import { connect, eventStream } from "./connect.ts";
import { readRecordings, skipReason } from "./recordings.ts";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const wire = (file: string) => readFileSync(new URL(`./wire/${file}`, import.meta.url));

async function open(
  { provider }: ReturnType<typeof connect>,
  body: object,
  changes: Partial<NativeRequest> = {},
  call: Call = {},
) {
  const raw = JSON.stringify(body);
  const frames: string[] = [];
  const outcome = await (async () => {
    const reply = await provider.native.open(
      {
        dialect: "anthropic-messages",
        operation: "generate",
        model: claude,
        stream: true,
        raw: Buffer.from(raw),
        body: JSON.parse(raw),
        headers: {},
        ...changes,
      },
      call,
    );
    if (reply.type === "whole") {
      frames.push(Buffer.from(reply.bytes).toString());
      return reply.observation;
    }
    for await (const batch of reply.batches) frames.push(...batch.map(({ bytes }) => Buffer.from(bytes).toString()));
    return reply.observation();
  })().catch((error: unknown) => error as GatewayError);
  return { frames, outcome };
}

/** What a caller of the Messages API should get, opened with nothing of ours but the contract's own cutting of frames. */
function expectedEvents(stream: Uint8Array): string[] {
  return splitFrames(stream, eventStream).map((bytes) => {
    const frame = Buffer.from(bytes);
    const payload = JSON.parse(frame.subarray(12 + frame.readUInt32BE(4), -4).toString());
    const data = Buffer.from(payload.bytes, "base64").toString();
    return `event: ${JSON.parse(data).type}\ndata: ${data}\n\n`;
  });
}

const messages = [{ role: "user", content: "Hi" }];
const bytewise = (bytes: Uint8Array) => Array.from(bytes, (byte) => Uint8Array.of(byte));

describe("a stream", () => {
  test.each(["messages-text", "messages-tools-parallel", "messages-reasoning"])(
    "of %s is made of events",
    async (name) => {
      const stream = wire(`${name}.eventstream`);
      const expected = expectedEvents(stream);
      expect(expected.length).toBeGreaterThan(5);
      for (const pieces of [[stream], bytewise(stream)]) {
        const { frames, outcome } = await open(connect({ pieces }), { messages });
        expect(frames).toEqual(expected);
        expect(outcome).toMatchObject({ model: "claude-sonnet-4-5-20250929" });
      }
    },
  );

  test("that holds an exception fails with it after the events before it", async () => {
    const stream = wire("messages-text.eventstream");
    const start = Buffer.concat(splitFrames(stream, eventStream).slice(0, 4));
    for (const pieces of [
      [Buffer.concat([start, wire("messages-error.eventstream")])],
      [start, wire("messages-error.eventstream")],
    ]) {
      const { frames, outcome } = await open(connect({ pieces }), { messages });
      expect(frames).toEqual(expectedEvents(start));
      expect(outcome).toMatchObject({ code: "overloaded", provider: "bedrock" });
    }
  });

  test("with a broken message fails after the events before it", async () => {
    const stream = Buffer.from(wire("messages-text.eventstream"));
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = splitFrames(stream, eventStream);
    stream[first.length + second.length - 1] = 0;
    const { frames, outcome } = await open(connect({ pieces: [stream] }), { messages });
    expect(frames).toEqual(expectedEvents(first));
    expect(outcome).toMatchObject({ code: "reply_malformed" });
  });
});

describe.skipIf(skipReason !== "")(`recorded exchanges${skipReason}`, () => {
  const recordings = readRecordings(["invoke"])
    .filter(({ model, request }) => model.includes("anthropic.claude-") && request.messages !== undefined)
    .map((recording) => [recording.file, recording] as const);
  test("are there", () => expect(recordings.length).toBeGreaterThan(5));
  test.each(recordings)("%s", async (_file, recording) => {
    const { request, bytes, events, status, path } = recording;
    const stream = events !== null;
    const connection = connect({ status, headers: recording.headers, pieces: [bytes] });
    const { anthropic_version: _version, ...callers } = request;
    const body = { model: "x", ...(stream && { stream }), ...callers };
    const { frames, outcome } = await open(connection, body, { model: recording.model, stream });
    expect(connection.body()).toEqual(request);
    expect(decodeURIComponent(new URL(connection.sent[0]?.url ?? "").pathname)).toBe(decodeURIComponent(path));
    if (status !== 200) {
      expect(outcome).toMatchObject({ httpStatus: status, requestId: recording.headers["x-amzn-requestid"] });
      const { message } = JSON.parse(bytes.toString());
      expect(outcome).toMatchObject({ message, upstream: null });
      return;
    }
    expect(frames).toEqual(stream ? expectedEvents(bytes) : [bytes.toString()]);
    const read = recording.headers["x-amzn-bedrock-cache-read-input-token-count"];
    expect(outcome).toMatchObject({
      finishReason: expect.stringMatching(/^(stop|length|tool_calls)$/),
      usage: { outputTokens: expect.any(Number), ...(read !== undefined && { cacheReadTokens: Number(read) }) },
    });
  });
});

describe("a request", () => {
  const whole = wire("messages-text.eventstream");

  test("keeps the caller's bytes but for the model, the stream and what the vendor wants", async () => {
    const connection = connect({ pieces: [whole] });
    const raw =
      '{ "model": "alias",  "max_tokens": 1e2, "new_field": 12345678901234567890, "stream": true, "messages": [] }';
    await open(connection, {}, { raw: Buffer.from(raw), body: JSON.parse(raw) });
    expect(String(Buffer.from(connection.sent[0]?.body as Uint8Array))).toBe(
      '{"anthropic_version":"bedrock-2023-05-31",  "max_tokens": 1e2, "new_field": 12345678901234567890, "messages": [] }',
    );
    expect(connection.sent[0]?.url).toBe(
      "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream",
    );
  });

  test("has the beta switches that the vendor takes in its body, and none in its head", async () => {
    const connection = connect({ pieces: [whole] });
    const notes: ParamNote[] = [];
    const headers = {
      "anthropic-beta": "claude-code-20250219, interleaved-thinking-2025-05-14,advanced-tool-use-2025-11-20",
    };
    const body = { messages, anthropic_beta: ["unheard-of-2027-01-01", "interleaved-thinking-2025-05-14"] };
    await open(connection, body, { headers }, { onNotes: (given) => notes.push(...given) });
    expect(connection.body().anthropic_beta).toEqual([
      "unheard-of-2027-01-01",
      "interleaved-thinking-2025-05-14",
      "tool-search-tool-2025-10-19",
    ]);
    expect(connection.sent[0]?.headers["anthropic-beta"]).toBeUndefined();
    expect(notes).toEqual([
      { param: "anthropic-beta", outcome: "dropped", detail: "claude-code-20250219 is not known here" },
    ]);
    const strict = await open(connect({ pieces: [whole] }), body, { headers }, { strictParams: true });
    expect(strict.outcome).toMatchObject({ code: "unsupported_parameter", param: "anthropic-beta" });
  });
});

test.each<[string, BedrockOptions["api"], boolean]>([
  ["anthropic.claude-3-haiku-20240307-v1:0", "auto", true],
  ["global.anthropic.claude-opus-4-6-v1", "auto", true],
  ["us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "converse", true],
  ["arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-5", "auto", true],
  ["arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123", "auto", false],
  ["arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123", "invoke", true],
  ["anthropic.claude-v2:1", "auto", false],
  ["anthropic.claude-instant-v1", "auto", false],
  ["us.amazon.nova-2-lite-v1:0", "auto", false],
])("%s with api %s is spoken to natively: %s", async (model, api, expected) => {
  const connection = connect({ pieces: [wire("messages-text.eventstream")] }, { api: api ?? "auto" });
  expect(connection.provider.native.speaks?.("anthropic-messages", model, "generate")).toBe(expected);
  expect(connection.provider.native.speaks?.("anthropic-messages", model, "count-tokens")).toBe(false);
  const { outcome } = await open(connection, { messages }, { model });
  expect(outcome).toMatchObject(expected ? { finishReason: "stop" } : { code: "unsupported_capability" });
});
