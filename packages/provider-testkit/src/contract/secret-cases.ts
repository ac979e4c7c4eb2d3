import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { GatewayError } from "@gw/core/types";
import { rewriteFrames } from "../upstream/frames.ts";
import { ask, failureOf, replyOf } from "./exchange.ts";
import type { ContractCase, Suite } from "./suite.ts";

/** Vendors quote keys in their errors; no error of a provider holds its own, in any part of it. */
export function secretCases(suite: Suite): ContractCase[] {
  if (suite.capabilities.text === undefined) return [];
  const { fixtures, apiKey } = suite;
  const whole = () => fixtures.need("text");
  const quoted = `Incorrect API key provided: ${apiKey}.`;
  const body = JSON.stringify({
    error: { message: quoted, type: "auth", code: apiKey },
    message: quoted,
    detail: quoted,
  });
  const echo = { "x-request-id": `request of ${apiKey}`, "content-type": "application/json" };

  const cases: ContractCase[] = [
    {
      name: "secrets: no key in an error answer that quotes it",
      run: async () => {
        for (const status of [400, 401, 429, 500])
          for (const text of [body, quoted, `<html>${quoted}</html>`])
            await suite.against({ status, body: text, headers: echo }, async (provider) =>
              assertNoSecret(await failureOf(ask(provider, whole())), apiKey),
            );
      },
    },
    {
      name: "secrets: no key in the error for a reply that is no answer",
      run: async () => {
        for (const text of [quoted, `{"answer": "${apiKey}`, `["${apiKey}"]`])
          await suite.against({ body: text }, async (provider) =>
            assertNoSecret(await failureOf(ask(provider, whole())), apiKey),
          );
      },
    },
    {
      name: "secrets: no key in the error for a failed connection",
      run: async () => {
        for (const how of ["fin", "reset"] as const)
          await suite.against(replyOf(whole(), { type: "cut", after: "request", how }), async (provider) =>
            assertNoSecret(await failureOf(ask(provider, whole())), apiKey),
          );
        await suite.against(replyOf(whole()), async (provider) =>
          assertNoSecret(await failureOf(ask(provider, whole(), { signal: AbortSignal.abort() })), apiKey),
        );
      },
    },
  ];
  if (!suite.capabilities.text.streaming) return cases;
  return [
    ...cases,
    {
      name: "secrets: no key in an error inside a stream that quotes it",
      run: async () => {
        const stream = fixtures.needStream("text.stream");
        // Into every object of the frame, wherever this vendor keeps its words.
        const bytes = rewriteFrames(
          fixtures.need("error-in-stream").bytes,
          stream.headers["content-type"] ?? "",
          (text) => text.replaceAll(/\{(?=\s*")/g, `{"quoted":${JSON.stringify(quoted)},`),
        );
        const reply = replyOf(stream, { type: "insert", at: 0, bytes }, { type: "drop-frames", from: 1 });
        await suite.against(reply, async (provider) => assertNoSecret(await failureOf(ask(provider, stream)), apiKey));
      },
    },
  ];
}

function assertNoSecret(error: GatewayError, secret: string): void {
  const places: Record<string, string> = {
    message: error.message,
    stack: error.stack ?? "",
    JSON: JSON.stringify(error),
    "upstream.body": error.upstream?.body ?? "",
    "upstream.headers": JSON.stringify(error.upstream?.headers ?? {}),
    requestId: error.requestId ?? "",
    inspect: inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
  };
  for (let cause: unknown = error.cause, depth = 0; cause instanceof Error && depth < 8; depth += 1) {
    places[`cause ${depth}`] =
      `${cause.message} ${cause.stack} ${inspect(cause, { depth: Number.POSITIVE_INFINITY, showHidden: true })}`;
    cause = cause.cause;
  }
  for (const [place, text] of Object.entries(places))
    assert.ok(!text.includes(secret), `The key is in the error's ${place}`);
}
