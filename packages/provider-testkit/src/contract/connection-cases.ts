import assert from "node:assert/strict";
import type { AttemptTimeouts, Call, Provider, TextEvent, TextRequest } from "@gw/core/types";
import type { Fixture } from "../fixtures/fixture.ts";
import type { StreamFixture } from "../fixtures/fixtures.ts";
import { splitFrames } from "../upstream/frames.ts";
import type { Fault } from "../upstream/scripted-reply.ts";
import { startUpstream, type Upstream, type UpstreamScript } from "../upstream/start-upstream.ts";
import { ask, collect, eventsOf, failsWith, replyOf, requestFor, textOf } from "./exchange.ts";
import { type ContractCase, type Suite, within } from "./suite.ts";

/** Short enough not to hold up a test run; what is timed here never answers, so a slow machine changes nothing. */
const shortMs = 150;
const longMs = 60_000;

/** Abort, early exit, time limits and refused connections: nothing waits for ever, and no socket stays behind. */
export function connectionCases(suite: Suite): ContractCase[] {
  if (suite.capabilities.text === undefined) return [];
  const { fixtures } = suite;
  const whole = () => fixtures.need("text");
  return [
    {
      name: "abort: a call that is aborted before it begins sends nothing",
      run: () =>
        suite.against(replyOf(whole()), async (provider, upstream) => {
          await failsWith(ask(provider, whole(), { signal: AbortSignal.abort() }), "aborted");
          assert.equal(upstream.requests.length, 0);
        }),
    },
    {
      name: "abort: before the head frees the socket",
      run: () => abortWhenAsked(suite, whole(), { type: "stall", after: "request" }),
    },
    {
      name: "abort: inside a whole answer frees the socket",
      run: () => abortWhenAsked(suite, whole(), { type: "stall", after: 1 }),
    },
    {
      name: "timeouts: no head",
      run: () => timesOut(suite, whole(), "request", { firstContentTimeoutMs: shortMs, idleTimeoutMs: longMs }),
    },
    {
      name: "timeouts: an answer that stops coming",
      run: () => timesOut(suite, whole(), 1, { firstContentTimeoutMs: longMs, idleTimeoutMs: shortMs }),
    },
    {
      name: "timeouts: of the call override the provider's",
      run: () =>
        suite.against(replyOf(whole(), { type: "stall", after: "request" }), (provider) =>
          failsWith(ask(provider, whole(), { timeouts: { firstContentTimeoutMs: shortMs } }), "timed_out"),
        ),
    },
    {
      name: "connection: refused is connection_failed",
      run: async () => {
        const provider = suite.create({ baseUrl: await deadAddress() });
        await within(suite.boundMs, failsWith(ask(provider, whole()), "connection_failed"));
        await provider.close();
      },
    },
    {
      name: "connection: closed before a reply is connection_failed",
      run: async () => {
        for (const how of ["fin", "reset"] as const)
          await suite.against(replyOf(whole(), { type: "cut", after: "request", how }), (provider) =>
            failsWith(ask(provider, whole()), "connection_failed"),
          );
      },
    },
    ...(suite.capabilities.text.streaming ? streamed(suite) : []),
  ];
}

function streamed(suite: Suite): ContractCase[] {
  const { fixtures } = suite;
  const main = () => fixtures.needStream("text.stream");
  return [
    {
      name: "abort: inside a stream frees the socket",
      run: () =>
        duringStream(suite, async (provider, upstream) => {
          const controller = new AbortController();
          const reading = (async () => {
            const stream = textOf(provider).stream(requestFor(main()), { signal: controller.signal });
            for await (const event of stream) if (event.type.endsWith("-delta")) controller.abort();
          })();
          await failsWith(reading, "aborted");
          await upstream.waitForClose(suite.boundMs);
        }),
    },
    {
      name: "early exit: leaving the loop closes the socket",
      run: () =>
        duringStream(suite, async (provider, upstream) => {
          for await (const event of textOf(provider).stream(requestFor(main())))
            if (event.type.endsWith("-delta")) break;
          await upstream.waitForClose(suite.boundMs);
        }),
    },
    {
      name: "stream: nothing is sent before the first next()",
      run: () =>
        suite.against(replyOf(main()), async (provider, upstream) => {
          textOf(provider).stream(requestFor(main()));
          // A second call, read to its end, is the only one that the vendor may have seen.
          await eventsOf(provider, main());
          assert.equal(upstream.requests.length, 1);
        }),
    },
    {
      name: "timeouts: a stream without content",
      run: async () => {
        const limits = { firstContentTimeoutMs: shortMs, idleTimeoutMs: longMs };
        await timesOut(suite, main(), "head", limits);
        await timesOut(suite, main(), bytesBefore(main(), main().frames.content), limits);
      },
    },
    {
      name: "timeouts: a stream that stops coming",
      run: () =>
        timesOut(suite, main(), bytesBefore(main(), main().frames.content + 1), {
          firstContentTimeoutMs: longMs,
          idleTimeoutMs: shortMs,
        }),
    },
    {
      name: "timeouts: the limit to the first content ends with it",
      run: () =>
        duringStream(
          suite,
          async (provider) => {
            const controller = new AbortController();
            const reading = eventsOf(provider, main(), { signal: controller.signal });
            const late = setTimeout(() => controller.abort(), 1_500);
            await failsWith(reading, "aborted");
            clearTimeout(late);
          },
          { firstContentTimeoutMs: 1_000, idleTimeoutMs: longMs },
        ),
    },
    {
      name: "concurrency: streams at the same time do not mix",
      run: async () => {
        const streams = fixtures.streams();
        const mark = (index: number) => `contract stream ${index}.`;
        const script: UpstreamScript = (request) => {
          const asked = streams.findIndex((_, index) => request.body.includes(mark(index)));
          const fixture = streams[asked] ?? main();
          const at = Array.from({ length: Math.ceil(fixture.bytes.length / 32) }, (_, index) => index * 32);
          return replyOf(fixture, { type: "split", at });
        };
        await suite.against(script, async (provider) => {
          const ask = (fixture: Fixture, index: number) =>
            collect(textOf(provider).stream(saying(requestFor(fixture), mark(index))));
          const inTurn: TextEvent[][] = [];
          for (const [index, fixture] of streams.entries()) inTurn.push(await ask(fixture, index));
          const together = await Promise.all(
            [...streams, ...streams].map((fixture, index) => ask(fixture, index % streams.length)),
          );
          assert.deepEqual(together, [...inTurn, ...inTurn]);
        });
      },
    },
  ];
}

/** Where the stream has said its first words and then stays silent. */
function duringStream(
  suite: Suite,
  run: (provider: Provider, upstream: Upstream) => Promise<void>,
  timeouts: Partial<AttemptTimeouts> = {},
): Promise<void> {
  const fixture = suite.fixtures.needStream("text.stream");
  const after = bytesBefore(fixture, fixture.frames.content + 1);
  return suite.against(replyOf(fixture, { type: "stall", after }), run, timeouts);
}

async function abortWhenAsked(suite: Suite, fixture: Fixture, fault: Fault): Promise<void> {
  await suite.against(replyOf(fixture, fault), async (provider, upstream) => {
    const controller = new AbortController();
    const call: Call = { signal: controller.signal };
    const outcome = failsWith(ask(provider, fixture, call), "aborted");
    await upstream.waitForRequests(1, suite.boundMs);
    controller.abort();
    await outcome;
    await upstream.waitForClose(suite.boundMs);
  });
}

async function timesOut(
  suite: Suite,
  fixture: Fixture,
  after: "request" | "head" | number,
  timeouts: Partial<AttemptTimeouts>,
): Promise<void> {
  const script = replyOf(fixture, { type: "stall", after });
  await suite.against(
    script,
    async (provider, upstream) => {
      await failsWith(ask(provider, fixture), "timed_out");
      await upstream.waitForClose(suite.boundMs);
    },
    timeouts,
  );
}

function bytesBefore(fixture: StreamFixture, frame: number): number {
  return splitFrames(fixture.bytes, fixture.headers["content-type"] ?? "")
    .slice(0, frame)
    .reduce((sum, bytes) => sum + bytes.length, 0);
}

function saying(request: TextRequest, text: string): TextRequest {
  return { ...request, messages: [...request.messages, { role: "user", content: [{ type: "text", text }] }] };
}

/** An address at which nobody listens any more. */
async function deadAddress(): Promise<string> {
  const upstream = await startUpstream({});
  await upstream.close();
  return upstream.url;
}
