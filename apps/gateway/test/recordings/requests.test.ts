import type { JsonObject } from "@gw/core/types";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { named, ofText, recordings, skipReason, type TextFormat, type TextRecording, textFormats } from "./corpus.ts";
import { faultyRequests, untranslatable } from "./exceptions.ts";
import { address, type ReplayedGateway, startReplayedGateway } from "./replayed-gateway.ts";
import { requestFaults } from "./request-shape.ts";
import { lostWords } from "./spoken-words.ts";

type Asked = TextRecording & { readonly request: JsonObject };

const all = ofText(recordings);

/** One model that has every restriction of its line, and one from before most of them. */
const models: Readonly<Record<TextFormat, readonly string[]>> = {
  "openai-chat": ["gpt-4.1", "gpt-5.4"],
  "openai-responses": ["gpt-4.1", "gpt-5.4"],
  "anthropic-messages": ["claude-haiku-4-5", "claude-opus-4-8"],
  gemini: ["gemini-2.5-flash", "gemini-3.5-flash"],
};

// What its own vendor found malformed need not make sense to another.
const requests = all.filter((recording): recording is Asked => recording.request !== null && recording.status !== 400);

describe.skipIf(skipReason !== "")(`recorded requests in another vendor's format${skipReason}`, () => {
  let gateway: ReplayedGateway;
  beforeAll(async () => {
    gateway = await startReplayedGateway([
      { vendor: "openai", format: "openai-chat" },
      { vendor: "openai", format: "openai-responses" },
      { vendor: "anthropic", format: "anthropic-messages" },
      { vendor: "google", format: "gemini" },
    ]);
  });
  afterAll(() => gateway.close());

  describe.each(textFormats)("as %s", (target) => {
    const replies = all.filter(({ format, status }) => format === target && status === 200);
    test.each(named(requests.filter(({ format }) => format !== target)))("%s", async (_file, recording) => {
      const { format, request } = recording;
      const stream = format === "gemini" ? recording.isStream : request.stream === true;
      const reply = replies.find(({ isStream }) => isStream === stream) as TextRecording;
      for (const model of models[target]) {
        gateway.vendor.answer(reply);
        const { path, fields } = address(format, `${provider(target, format)}/${model}`, { stream });
        const answer = await gateway.call(path, { ...request, ...fields });
        if (untranslatable[recording.file]?.targets.includes(target)) {
          expect([answer.status, answer.headers.get("gw-error")]).toEqual([400, "unsupported_capability"]);
          continue;
        }
        expect([answer.status, answer.headers.get("gw-error")]).toEqual([200, null]);
        const body = JSON.parse(gateway.vendor.received().body) as JsonObject;
        expect(lostWords(request, body)).toEqual([]);
        const faults = requestFaults(target, body, model);
        const expected = faultyRequests[recording.file]?.faults;
        expect(faults.filter((fault) => expected?.test(fault) !== true)).toEqual([]);
      }
    });
  });
});

function provider(target: TextFormat, caller: TextFormat): string {
  switch (target) {
    case "anthropic-messages":
      return "anthropic-anthropic-messages";
    case "gemini":
      return "google-gemini";
    default: {
      const api = target === "openai-chat" ? "chat" : "responses";
      return caller.startsWith("openai-") ? `only-${api}` : `openai-${api}`;
    }
  }
}
