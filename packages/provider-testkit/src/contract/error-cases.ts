import assert from "node:assert/strict";
import type { ErrorCode } from "@gw/core/types";
import type { Fixture } from "../fixtures/fixture.ts";
import type { ScriptedReply } from "../upstream/scripted-reply.ts";
import { answer, ask, failsWith, failureOf, replyOf, textOf } from "./exchange.ts";
import { textRequest } from "./neutral-requests.ts";
import type { ContractCase, Suite } from "./suite.ts";

/** What a status means when the body says nothing. */
const meanings: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_request",
  401: "authentication_failed",
  402: "quota_exhausted",
  403: "permission_denied",
  404: "model_not_found",
  408: "timed_out",
  413: "request_too_large",
  422: "invalid_request",
  429: "rate_limited",
  500: "upstream_failed",
  502: "upstream_failed",
  503: "overloaded",
  504: "timed_out",
  529: "overloaded",
};

/** Kinds of error that every vendor has, so that fixtures must show them. */
const documented: readonly ErrorCode[] = ["invalid_request", "authentication_failed", "rate_limited"];

/** Error answers, errors inside a 200, and replies that are no answer at all. */
export function errorCases(suite: Suite): ContractCase[] {
  const { capabilities, fixtures } = suite;
  if (capabilities.text === undefined) return [];
  const streaming = capabilities.text.streaming;
  const main = () => fixtures.need("text");

  return [
    ...Object.entries(meanings).map(([status, code]) => ({
      name: `errors: status ${status}`,
      run: async () => {
        for (const body of ["", "{}", "<html><body>Error</body></html>"])
          await checkError(suite, main(), { status: Number(status), body }, { code });
      },
    })),
    ...fixtures.starting("error.").map((fixture) => ({
      name: `errors: ${fixture.case}`,
      run: async () => {
        const { code, requestId } = fixture.expect;
        assert.ok(code, `${fixture.file}: expect.code must say what the reply means`);
        await checkError(suite, main(), replyOf(fixture), { code, ...(requestId !== undefined && { requestId }) });
        if (streaming) await checkError(suite, fixtures.need("text.stream"), replyOf(fixture), { code });
      },
    })),
    {
      name: "errors: the vendor's own error bodies are among the fixtures",
      run: async () => {
        const shown = fixtures.starting("error.").map((fixture) => fixture.expect.code);
        for (const code of documented)
          assert.ok(shown.includes(code), `A fixture "error.<status>" whose expect.code is ${code} is missing`);
      },
    },
    {
      name: "errors: nothing is tried twice",
      run: () =>
        suite.against({ status: 503 }, async (provider, upstream) => {
          await failureOf(ask(provider, main()));
          assert.equal(upstream.requests.length, 1);
          if (!streaming) return;
          await failureOf(ask(provider, fixtures.need("text.stream")));
          assert.equal(upstream.requests.length, 2);
        }),
    },
    retryAfter(suite, "in seconds", { "retry-after": "7" }, [7_000, 7_000]),
    retryAfter(suite, "in milliseconds", { "retry-after-ms": "1500", "retry-after": "60" }, [1_500, 1_500]),
    {
      name: "errors: retry-after as a date",
      run: () => {
        const date = new Date(Date.now() + 3_600_000).toUTCString();
        return retryAfter(suite, "", { "retry-after": date }, [3_500_000, 3_600_000]).run();
      },
    },
    {
      name: "errors: without a hint retryAfterMs is null",
      run: async () => assert.equal((await failure(suite, { status: 429 })).retryAfterMs, null),
    },
    ...(streaming ? errorsInStreams(suite) : []),
    ...badReplies(suite, streaming),
  ];
}

function errorsInStreams(suite: Suite): ContractCase[] {
  const { fixtures } = suite;
  const failing = (at: number) => {
    const error = fixtures.need("error-in-stream");
    assert.ok(error.expect.code, `${error.file}: expect.code must say what the error means`);
    const outcome = answer(
      suite,
      fixtures.needStream("text.stream"),
      { type: "insert", at, bytes: error.bytes },
      { type: "drop-frames", from: at + 1 },
    );
    return failsWith(outcome, error.expect.code);
  };
  return [
    { name: "errors: inside a stream, before the content", run: async () => failing(0) },
    {
      name: "errors: inside a stream, after the content",
      run: async () => failing(fixtures.needStream("text.stream").frames.content + 1),
    },
  ];
}

function badReplies(suite: Suite, streaming: boolean): ContractCase[] {
  const { fixtures } = suite;
  const main = () => fixtures.need("text");
  return [
    {
      name: "bad reply: an HTML page of status 200 is reply_malformed",
      run: async () => {
        await failsWith(answer(suite, main(), { type: "html" }), "reply_malformed");
        if (streaming)
          await failsWith(answer(suite, fixtures.needStream("text.stream"), { type: "html" }), "reply_malformed");
      },
    },
    {
      name: "bad reply: garbage is reply_malformed",
      run: async () => {
        await failsWith(answer(suite, main(), { type: "garbage" }), "reply_malformed");
        // Garbage holds no frame that could be malformed: to a reader of frames the stream just ends.
        if (streaming)
          await failsWith(
            answer(suite, fixtures.needStream("text.stream"), { type: "garbage" }),
            "reply_malformed",
            "stream_truncated",
          );
      },
    },
    {
      name: "bad reply: a false claim of gzip is an error",
      run: () => failsWith(answer(suite, main(), { type: "gzip-lie" }), "reply_malformed", "connection_failed"),
    },
    {
      name: "bad reply: JSON of another shape is reply_malformed",
      run: async () => {
        for (const body of ["[]", '"text"', "null", "7"])
          await failsWith(
            suite.against({ body }, (provider) => ask(provider, main())),
            "reply_malformed",
          );
      },
    },
    {
      name: "bad reply: an empty body is reply_malformed",
      run: () => failsWith(answer(suite, main(), { type: "cut", after: "head", how: "clean" }), "reply_malformed"),
    },
    {
      name: "bad reply: a body shorter than its content-length is connection_failed",
      run: async () => {
        const { length } = main().bytes;
        await failsWith(answer(suite, main(), { type: "content-length", extraBytes: 9 }), "connection_failed");
        for (const how of ["fin", "reset"] as const)
          await failsWith(answer(suite, main(), { type: "cut", after: length - 1, how }), "connection_failed");
      },
    },
  ];
}

function retryAfter(
  suite: Suite,
  form: string,
  headers: Readonly<Record<string, string>>,
  [leastMs, mostMs]: readonly [number, number],
): ContractCase {
  return {
    name: `errors: retry-after ${form}`,
    run: async () => {
      const { retryAfterMs } = await failure(suite, { status: 429, headers });
      assert.ok(
        retryAfterMs !== null && retryAfterMs >= leastMs && retryAfterMs <= mostMs,
        `retryAfterMs must be ${leastMs} to ${mostMs}; it is ${retryAfterMs}`,
      );
    },
  };
}

function failure(suite: Suite, reply: ScriptedReply) {
  const { model } = suite.fixtures.need("text");
  return suite.against(reply, (provider) => failureOf(textOf(provider).generate(textRequest(model))));
}

async function checkError(
  suite: Suite,
  fixture: Fixture,
  reply: ScriptedReply,
  expected: { readonly code: ErrorCode; readonly requestId?: string },
): Promise<void> {
  await suite.against(reply, async (provider) => {
    const error = await failureOf(ask(provider, fixture));
    assert.equal(error.code, expected.code, `${expected.code}, not ${error.code}, for status ${reply.status ?? 200}`);
    assert.equal(error.provider, provider.id);
    if (expected.requestId !== undefined) assert.equal(error.requestId, expected.requestId);
    const status = reply.status ?? 200;
    if (status < 400) return;
    assert.equal(error.upstream?.status, status);
    assert.equal(error.upstream?.body, Buffer.from(reply.body ?? "").toString("utf8"));
  });
}
