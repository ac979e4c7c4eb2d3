import assert from "node:assert/strict";
import type { TextEvent } from "@gw/core/types";
import type { Fixture } from "../fixtures/fixture.ts";
import type { StreamFixture } from "../fixtures/fixtures.ts";
import { frameOf, splitFrames } from "../upstream/frames.ts";
import { assertEventGrammar } from "./event-grammar.ts";
import { answer, eventsOf, failsWith, replyOf } from "./exchange.ts";
import type { ContractCase, Suite } from "./suite.ts";

/** Streams up to this size are cut at every offset; longer ones at so many, evenly spread, and inside every character. */
const maxCuts = 2_048;

/** The grammar of events, and that it does not matter how bytes arrive or what else is between them. */
export function streamCases(suite: Suite): ContractCase[] {
  if (suite.capabilities.text?.streaming !== true) return [];
  const { fixtures } = suite;
  const main = () => fixtures.needStream("text.stream");
  const forEach = (check: (fixture: StreamFixture) => Promise<void>) => async () => {
    for (const fixture of fixtures.streams()) await check(fixture);
  };

  return [
    ...fixtures.streams().map((fixture) => ({
      name: `grammar: ${fixture.case}`,
      run: async () => assertEventGrammar(await events(suite, fixture)),
    })),
    {
      name: "framing: the same events wherever the bytes are cut in two",
      run: async () => {
        const text = Buffer.from(main().bytes).toString("latin1");
        assert.match(text, /[\x80-\xff]/, "text.stream must hold a character of several bytes");
        await cutEverywhere(suite, main());
        const tools = fixtures.find("tools.parallel.stream");
        if (tools !== null) await cutEverywhere(suite, tools);
      },
    },
    {
      name: "framing: the same events one byte at a time",
      run: forEach(async (fixture) => {
        const slowly = await suite.against(replyOf(fixture, { type: "split", at: "every-byte" }), (provider) =>
          eventsOf(provider, fixture),
        );
        assert.deepEqual(slowly, await events(suite, fixture), fixture.file);
      }),
    },
    {
      name: "framing: unknown frames, comments and fields are passed over",
      run: async () => {
        const fixture = main();
        const contentType = fixture.headers["content-type"] ?? "";
        const stranger = frameOf('{"type":"x_contract_unknown","x_contract_unknown":{"a":[1,"é"]}}', contentType);
        const comments = Buffer.from(": keep-alive\n\nretry: 100\nid: 7\n: again\n\n");
        const strange = contentType.startsWith("text/event-stream") ? Buffer.concat([comments, stranger]) : stranger;
        const expected = (await events(suite, fixture)).map(withoutMetadata);
        for (const at of [0, fixture.frames.content + 1, fixture.frames.finish]) {
          const reply = replyOf(fixture, { type: "insert", at, bytes: strange });
          const read = await suite.against(reply, (provider) => eventsOf(provider, fixture));
          assert.deepEqual(read.map(withoutMetadata), expected);
        }
      },
    },
    {
      name: "framing: any of the line endings of the SSE standard",
      run: async () => {
        const fixture = main();
        if (!fixture.headers["content-type"]?.startsWith("text/event-stream")) return;
        const expected = await events(suite, fixture);
        for (const ending of ["\n", "\r\n", "\r"]) {
          const body = Buffer.from(fixture.bytes)
            .toString("utf8")
            .replaceAll(/\r\n|\n|\r/g, ending);
          const reply = { ...replyOf(fixture), body };
          assert.deepEqual(await suite.against(reply, (provider) => eventsOf(provider, fixture)), expected);
        }
      },
    },
    {
      name: "framing: a malformed frame is reply_malformed",
      run: async () => {
        const { content, finish } = main().frames;
        for (const at of [0, content + 1, finish])
          await failsWith(answer(suite, main(), { type: "malformed-frame", at }), "reply_malformed");
      },
    },
    {
      name: "truncation: an end before the finish reason is stream_truncated",
      run: forEach(async (fixture) => {
        for (let from = 0; from <= fixture.frames.finish; from += 1)
          await failsWith(answer(suite, fixture, { type: "drop-frames", from }), "stream_truncated");
      }),
    },
    {
      name: "truncation: an end inside a frame is stream_truncated",
      run: forEach(async (fixture) => {
        const frames = splitFrames(fixture.bytes, fixture.headers["content-type"] ?? "");
        const before = frames.slice(0, fixture.frames.finish).reduce((sum, frame) => sum + frame.length, 0);
        const after = before + Math.floor((frames[fixture.frames.finish]?.length ?? 0) / 2);
        await failsWith(answer(suite, fixture, { type: "cut", after, how: "clean" }), "stream_truncated");
      }),
    },
    {
      name: "truncation: a connection closed or reset in the middle is an error",
      run: forEach(async (fixture) => {
        const after = Math.floor(fixture.bytes.length / 2);
        for (const how of ["fin", "reset"] as const)
          await failsWith(answer(suite, fixture, { type: "cut", after, how }), "connection_failed", "stream_truncated");
        await failsWith(
          answer(suite, fixture, { type: "close-delimited" }, { type: "cut", after, how: "fin" }),
          "stream_truncated",
        );
      }),
    },
    {
      name: "truncation: a finish reason without what usually follows it is complete",
      run: forEach(async (fixture) => {
        const whole = await answer(suite, fixture);
        const cut = await answer(suite, fixture, { type: "drop-frames", from: fixture.frames.finish + 1 });
        assert.deepEqual([cut.content, cut.finishReason], [whole.content, whole.finishReason], fixture.file);
      }),
    },
  ];
}

/** Unknown fields may be kept for whoever knows them. */
function withoutMetadata(event: TextEvent): TextEvent {
  if (event.type !== "response-end") return event;
  const { providerMetadata: _unknown, ...rest } = event;
  return rest;
}

function events(suite: Suite, fixture: Fixture): Promise<TextEvent[]> {
  return suite.against(replyOf(fixture), (provider) => eventsOf(provider, fixture));
}

async function cutEverywhere(suite: Suite, fixture: Fixture): Promise<void> {
  const expected = await events(suite, fixture);
  const step = Math.max(1, Math.ceil(fixture.bytes.length / maxCuts));
  const cuts = Array.from(fixture.bytes, (byte, offset) => ({ byte, offset }))
    // Bytes of the form 10xxxxxx continue a UTF-8 character.
    .filter(({ byte, offset }) => offset > 0 && (offset % step === 0 || (byte & 0xc0) === 0x80))
    .map(({ offset }) => offset);
  for (const half of batches(cuts, 64)) {
    // A provider and an upstream for each batch keep every batch within the suite's bound.
    await suite.against(
      (_, index) => replyOf(fixture, { type: "split", at: [half[index] ?? 0] }),
      async (provider) => {
        for (const offset of half)
          assert.deepEqual(await eventsOf(provider, fixture), expected, `${fixture.file} cut at ${offset}`);
      },
    );
  }
}

function batches<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
