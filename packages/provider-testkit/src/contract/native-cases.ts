import assert from "node:assert/strict";
import { isJsonObject, type JsonObject } from "@gw/core";
import type { DialectId, NativeFrame, NativeReply, NativeRequest, Observation, Provider } from "@gw/core/types";
import type { Fixture } from "../fixtures/fixture.ts";
import type { StreamFixture } from "../fixtures/fixtures.ts";
import { splitFrames } from "../upstream/frames.ts";
import type { Fault, ScriptedReply } from "../upstream/scripted-reply.ts";
import type { Upstream } from "../upstream/start-upstream.ts";
import { checkUsage } from "./answer-cases.ts";
import { failsWith, failureOf, replyOf } from "./exchange.ts";
import { assertRequest } from "./request-cases.ts";
import type { ContractCase, Suite } from "./suite.ts";

/** The model as the caller wrote it, before it was resolved. */
const callerModel = "contract/caller-model";
/** A field that no vendor has. The number is beyond what a JavaScript number can hold: who parses and writes it again loses it. */
const unknownField = '"x_contract_unknown": {"nested": [1, "é\\u00e9"], "big": 12345678901234567890}';

/** The lane in which nothing is translated: bytes pass as they are, both ways. */
export function nativeCases(suite: Suite): ContractCase[] {
  return suite.nativeDialects.flatMap((dialect) => {
    const isText = suite.capabilities.text?.nativeDialects.includes(dialect) === true;
    const names = isText ? { request: "request.text", reply: "text" } : { request: "request.embed", reply: "embed" };
    return [
      ...wholeCases(suite, dialect, names),
      ...(isText && suite.capabilities.text?.streaming ? streamedCases(suite, dialect) : []),
      ...(isText && suite.fixtures.find("request.count-tokens", dialect) !== null ? [countTokens(suite, dialect)] : []),
    ];
  });
}

interface Names {
  readonly request: string;
  readonly reply: string;
}

function wholeCases(suite: Suite, dialect: DialectId, names: Names): ContractCase[] {
  const fixture = () => suite.fixtures.need(names.reply, dialect);
  const send = (reply: ScriptedReply, overrides: Partial<NativeRequest> = {}) =>
    suite.against(reply, async (provider, upstream) => {
      const sent = await open(suite, provider, dialect, { ...names, stream: false, overrides });
      return { ...sent, request: upstream.requests[0] };
    });
  return [
    {
      name: `native ${dialect}: the reply's body is untouched`,
      run: async () => {
        for (const body of [fixture().bytes, withUnknownField(fixture().bytes)]) {
          const { reply } = await send({ ...replyOf(fixture()), body });
          assert.equal(reply.type, "whole");
          assert.equal(reply.status, 200);
          assert.deepEqual(Buffer.from(reply.bytes), Buffer.from(body));
        }
      },
    },
    {
      name: `native ${dialect}: what the reply says is observed`,
      run: async () => {
        const { reply } = await send(replyOf(fixture()));
        assert.equal(reply.type, "whole");
        checkObservation(fixture(), reply.observation);
      },
    },
    {
      name: `native ${dialect}: only the model is replaced in the request`,
      run: async () => {
        const { request, expected } = await send(replyOf(fixture()));
        const body = request?.json();
        assert.ok(isJsonObject(body));
        assert.ok(request?.body.includes("12345678901234567890"), "unknown fields are passed on digit by digit");
        assertRequest(suite, request, {
          ...expected,
          body: { ...expected.body, x_contract_unknown: body.x_contract_unknown },
        });
      },
    },
    {
      name: `native ${dialect}: the caller's credentials and cookies stay here`,
      run: async () => {
        const headers = {
          authorization: "Bearer caller-secret",
          "x-api-key": "caller-secret",
          cookie: "a=caller-secret",
        };
        const { request, expected } = await send(replyOf(fixture()), { headers });
        assert.ok(!JSON.stringify(request?.headers).includes("caller-secret"));
        for (const [name, value] of Object.entries(expected.headers))
          assert.equal(request?.headers[name], value.replace("{apiKey}", suite.apiKey));
      },
    },
    {
      name: `native ${dialect}: the vendor's cookies and connection headers stay here`,
      run: async () => {
        const headers = { ...fixture().headers, "set-cookie": "a=b", "keep-alive": "timeout=5" };
        const { reply } = await send({ ...replyOf(fixture()), headers });
        for (const name of [
          "set-cookie",
          "connection",
          "keep-alive",
          "transfer-encoding",
          "content-length",
          "content-encoding",
        ])
          assert.equal(reply.headers[name], undefined, name);
        assert.match(reply.headers["content-type"] ?? "", /json/);
      },
    },
    {
      name: `native ${dialect}: an error keeps the vendor's body`,
      run: async () => {
        const body = '{ "error": {"message": "Slow down", "x": [1.0]} }';
        const error = await failureOf(send({ status: 429, headers: { "retry-after": "7" }, body }));
        assert.equal(error.code, "rate_limited");
        assert.equal(error.upstream?.body, body);
        assert.equal(error.retryAfterMs, 7_000);
      },
    },
    {
      name: `native ${dialect}: a reply that is no answer is reply_malformed`,
      run: async () => {
        await failsWith(send(replyOf(fixture(), { type: "html" })), "reply_malformed");
        await failsWith(send(replyOf(fixture(), { type: "garbage" })), "reply_malformed");
      },
    },
  ];
}

function countTokens(suite: Suite, dialect: DialectId): ContractCase {
  return {
    name: `native ${dialect}: a token count passes as it is`,
    run: async () => {
      const fixture = suite.fixtures.need("count-tokens", dialect);
      await suite.against(replyOf(fixture), async (provider, upstream) => {
        const { reply, expected } = await open(suite, provider, dialect, {
          request: "request.count-tokens",
          stream: false,
          overrides: { operation: "count-tokens" },
        });
        assert.equal(upstream.requests[0]?.path, expected.path);
        assert.equal(reply.type, "whole");
        assert.deepEqual(Buffer.from(reply.bytes), Buffer.from(fixture.bytes));
      });
    },
  };
}

function streamedCases(suite: Suite, dialect: DialectId): ContractCase[] {
  const { fixtures } = suite;
  const main = () => fixtures.needStream("text.stream", dialect);
  const all = () => fixtures.streams(dialect);
  const read = (fixture: Fixture, ...faults: readonly Fault[]) =>
    suite.against(replyOf(fixture, ...faults), (provider) => readStream(suite, provider, dialect));
  return [
    {
      name: `native ${dialect}: a stream's frames are untouched`,
      run: async () => {
        for (const fixture of all()) {
          const { frames } = await read(fixture);
          assert.equal(join(frames), visible(fixture, fixture.bytes).join(""), fixture.file);
          const body = Buffer.concat(splitFrames(fixture.bytes, contentType(fixture)).map(withUnknownField));
          const strange = await read({ ...fixture, bytes: body });
          assert.equal(join(strange.frames), visible(fixture, body).join(""), `${fixture.file} with unknown fields`);
        }
      },
    },
    {
      name: `native ${dialect}: each frame is an event, however its bytes arrive`,
      run: async () => {
        for (const fixture of all()) {
          const { frames } = await read(fixture, { type: "split", at: "every-byte" });
          assert.deepEqual(frames.map(textOfFrame), visible(fixture, fixture.bytes), fixture.file);
        }
      },
    },
    {
      name: `native ${dialect}: the first content is marked`,
      run: async () => {
        for (const fixture of all()) {
          const { frames } = await read(fixture);
          const hiddenBefore = fixture.frames.hidden.filter((at) => at < fixture.frames.content).length;
          assert.equal(
            frames.findIndex((frame) => frame.content),
            fixture.frames.content - hiddenBefore,
            fixture.file,
          );
        }
      },
    },
    {
      name: `native ${dialect}: what a stream says is observed`,
      run: async () => {
        for (const fixture of all()) checkObservation(fixture, (await read(fixture)).observation);
      },
    },
    {
      name: `native ${dialect}: a streamed request differs in nothing but what the provider must add`,
      run: () =>
        suite.against(replyOf(main()), async (provider, upstream) => {
          const { expected } = await readStream(suite, provider, dialect);
          const received = upstream.requests[0]?.json();
          assert.ok(isJsonObject(received));
          const body = { ...expected.body, x_contract_unknown: received.x_contract_unknown };
          assertRequest(suite, upstream.requests[0], { ...expected, body });
        }),
    },
    {
      name: `native ${dialect}: a caller who asks for what the provider adds gets it`,
      run: () =>
        suite.against(replyOf(main()), async (provider) => {
          const { frames } = await readStream(suite, provider, dialect, { asksForAll: true });
          assert.equal(join(frames), Buffer.from(main().bytes).toString("utf8"));
        }),
    },
    {
      name: `native ${dialect}: an error inside a stream is thrown, not passed on`,
      run: async () => {
        const error = fixtures.need("error-in-stream", dialect);
        assert.ok(error.expect.code);
        for (const at of [0, main().frames.content + 1]) {
          const frames: NativeFrame[] = [];
          const faults: Fault[] = [
            { type: "insert", at, bytes: error.bytes },
            { type: "drop-frames", from: at + 1 },
          ];
          const outcome = suite.against(replyOf(main(), ...faults), (provider) =>
            readStream(suite, provider, dialect, { into: frames }),
          );
          await failsWith(outcome, error.expect.code);
          const before = splitFrames(main().bytes, contentType(main())).slice(0, at);
          assert.equal(join(frames), Buffer.concat(before).toString("utf8"));
        }
      },
    },
    {
      name: `native ${dialect}: an end before the finish reason is stream_truncated`,
      run: async () => {
        for (const fixture of all())
          await failsWith(read(fixture, { type: "drop-frames", from: fixture.frames.finish }), "stream_truncated");
      },
    },
    {
      name: `native ${dialect}: a finish reason without what usually follows it is complete`,
      run: async () => {
        for (const fixture of all()) await read(fixture, { type: "drop-frames", from: fixture.frames.finish + 1 });
      },
    },
    {
      name: `native ${dialect}: abort and early exit free the socket`,
      run: async () => {
        const after = Buffer.concat(
          splitFrames(main().bytes, contentType(main())).slice(0, main().frames.content + 1),
        ).length;
        const stalled = replyOf(main(), { type: "stall", after });
        await suite.against(stalled, async (provider, upstream) => {
          const controller = new AbortController();
          const reading = readStream(suite, provider, dialect, {
            signal: controller.signal,
            onFrame: (frame) => frame.content && controller.abort(),
          });
          await failsWith(reading, "aborted");
          await upstream.waitForClose(suite.boundMs);
        });
        await suite.against(stalled, (provider, upstream) => leaveEarly(suite, provider, upstream, dialect));
      },
    },
  ];
}

async function leaveEarly(suite: Suite, provider: Provider, upstream: Upstream, dialect: DialectId): Promise<void> {
  const { reply } = await open(suite, provider, dialect, { request: "request.text.stream", stream: true });
  assert.equal(reply.type, "stream");
  for await (const batch of reply.batches) if (batch.some((frame) => frame.content)) break;
  await upstream.waitForClose(suite.boundMs);
}

async function readStream(
  suite: Suite,
  provider: Provider,
  dialect: DialectId,
  options: {
    readonly asksForAll?: boolean;
    readonly signal?: AbortSignal;
    readonly into?: NativeFrame[];
    readonly onFrame?: (frame: NativeFrame) => void;
  } = {},
) {
  const { reply, expected } = await open(suite, provider, dialect, {
    request: "request.text.stream",
    stream: true,
    ...options,
  });
  assert.equal(reply.type, "stream");
  const frames = options.into ?? [];
  for await (const batch of reply.batches)
    for (const frame of batch) {
      // A frame may be a view of a buffer that is used again.
      frames.push({ ...frame, bytes: Buffer.from(frame.bytes) });
      options.onFrame?.(frame);
    }
  return { frames, observation: reply.observation(), expected };
}

/** Sends what a caller of this dialect would send: the expected request without what the provider adds to it. */
async function open(
  suite: Suite,
  provider: Provider,
  dialect: DialectId,
  options: {
    readonly request: string;
    readonly stream: boolean;
    readonly asksForAll?: boolean;
    readonly signal?: AbortSignal;
    readonly overrides?: Partial<NativeRequest>;
  },
) {
  assert.ok(provider.native, "native dialects are declared, so provider.native must be there");
  const { fixture, request: expected } = suite.fixtures.needRequest(options.request, dialect);
  const own: JsonObject = { ...expected.body, ...(typeof expected.body.model === "string" && { model: callerModel }) };
  if (!options.asksForAll) for (const field of fixture.added) delete own[field];
  // Written as a person would, so that bytes that were parsed and written again do not look the same.
  const raw = JSON.stringify(own, null, 3).replace("{", `{ ${unknownField},`);
  const reply: NativeReply = await provider.native.open(
    {
      dialect,
      operation: "generate",
      model: fixture.model,
      stream: options.stream,
      raw: Buffer.from(raw),
      body: JSON.parse(raw) as JsonObject,
      headers: {},
      ...options.overrides,
    },
    options.signal === undefined ? {} : { signal: options.signal },
  );
  return { reply, expected };
}

function checkObservation(fixture: Fixture, observation: Observation): void {
  const { finishReason, usage, id, model } = fixture.expect;
  if (finishReason !== undefined) assert.equal(observation.finishReason, finishReason, fixture.file);
  if (usage !== undefined) checkUsage(observation, usage);
  if (id !== undefined) assert.equal(observation.id, id);
  if (model !== undefined) assert.equal(observation.model, model);
}

/** Puts an unknown field first into the first object of the bytes. */
function withUnknownField(bytes: Uint8Array): Buffer {
  return Buffer.from(
    Buffer.from(bytes)
      .toString("utf8")
      .replace(/\{(?=\s*")/, `{${unknownField},`),
  );
}

function visible(fixture: StreamFixture, bytes: Uint8Array): string[] {
  return splitFrames(bytes, contentType(fixture))
    .filter((_, at) => !fixture.frames.hidden.includes(at))
    .map((frame) => Buffer.from(frame).toString("utf8"));
}

function join(frames: readonly NativeFrame[]): string {
  return frames.map(textOfFrame).join("");
}

function textOfFrame(frame: NativeFrame): string {
  return Buffer.from(frame.bytes).toString("utf8");
}

function contentType(fixture: Fixture): string {
  return fixture.headers["content-type"] ?? "";
}
