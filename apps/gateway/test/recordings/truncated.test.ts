import type { JsonObject } from "@gw/core/types";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAnswer } from "./answers.ts";
import { named, ofText, recordings, skipReason, type TextFormat, type TextRecording, wireEvents } from "./corpus.ts";
import { rawRecordings } from "./raw-corpus.ts";
import {
  address,
  type CallerReply,
  providersFor,
  question,
  type ReplayedGateway,
  startReplayedGateway,
} from "./replayed-gateway.ts";

const streams = ofText([...recordings, ...rawRecordings]).filter(({ isStream, status }) => isStream && status === 200);

describe.skipIf(skipReason !== "")(`recorded streams that are cut before their end${skipReason}`, () => {
  let gateway: ReplayedGateway;
  beforeAll(async () => {
    gateway = await startReplayedGateway(streams);
  });
  afterAll(() => gateway.close());

  test.each(named(streams))("%s", async (_file, recording) => {
    const { format, model } = recording;
    const foreign: TextFormat = format === "anthropic-messages" ? "openai-chat" : "anthropic-messages";
    const { native, translated } = providersFor(recording);
    for (const bytes of beginnings(recording)) {
      for (const [caller, provider] of [
        [format, native],
        [foreign, translated],
      ] as const) {
        gateway.vendor.answer({ ...recording, bytes }, 997);
        const { path, fields } = address(caller, `${provider}/${model}`, { stream: true });
        expectTruncated(caller, await gateway.call(path, { ...question(caller, true), ...fields }));
      }
    }
  });
});

/** What had come in the middle of the answer, and just before its end: inside the event that says why it ended. */
function beginnings({ format, bytes }: TextRecording): Buffer[] {
  const blocks = bytes.toString().split(/(?<=\r\n\r\n|\n\n)/);
  const ended = blocks.findIndex((_block, index) => {
    const { finish } = readAnswer(format, blocks.slice(0, index + 1).join(""), true);
    return finish !== null;
  });
  const before = blocks.slice(0, ended);
  const last = blocks[ended] as string;
  return [before.slice(0, before.length / 2), [...before, last.slice(0, last.length / 2)]].map((some) =>
    Buffer.from(some.join("")),
  );
}

/** An error answer where nothing had come, else an error as the last event. */
function expectTruncated(format: TextFormat, { status, headers, text }: CallerReply): void {
  if (status !== 200) {
    expect([status, headers.get("gw-error")]).toEqual([502, "stream_truncated"]);
    return;
  }
  const last = JSON.parse(wireEvents(text).at(-1)?.data ?? "{}") as JsonObject;
  const { code, status: word, partial } = last.error as JsonObject;
  expect([format === "gemini" ? word : code, partial]).toEqual(["stream_truncated", true]);
}
