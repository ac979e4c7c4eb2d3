import { contractCases } from "@gw/provider-testkit";
import { expect, test } from "vitest";
import type { Flaw } from "./toy/flaw.ts";
import { toy } from "./toy/toy-provider.ts";

/** The cases that each flaw must break; it may break no other. `*` stands for anything. */
const breaks: Readonly<Record<Flaw, readonly string[]>> = {
  "accepts any body": [
    "bad reply: an HTML page*",
    "bad reply: garbage*",
    "bad reply: JSON of another shape*",
    "bad reply: an empty body*",
    "embed: garbage*",
    "secrets: no key in the error for a reply that is no answer",
  ],
  "adds usage twice": ["usage: text.stream", "native toy: what a stream says is observed"],
  "counts reasoning beside the output": ["usage: reasoning"],
  "decodes each chunk alone": [
    "framing: the same events wherever the bytes are cut in two",
    "framing: the same events one byte at a time",
    "native toy: each frame is an event, however its bytes arrive",
  ],
  "demands the terminator": ["*: a finish reason without what usually follows it is complete"],
  "drops a delta": ["text: text.stream"],
  "drops refusals": ["refusal: refusal"],
  "drops the seal of reasoning": ["reasoning: *", "request: reasoning goes back to the vendor as it came"],
  "embeds in the order of the reply": ["embed: vectors in the order of the inputs, with usage"],
  "forgets unknown fields of a request": [
    "native *: only the model is replaced in the request",
    "native toy: a streamed request differs in nothing but what the provider must add",
  ],
  "forwards the caller's headers": ["native *: the caller's credentials and cookies stay here"],
  "gives empty arguments as nothing": ["tools: tools.empty-arguments"],
  "gives unknown usage as 0": [
    "usage: *",
    "embed: vectors in the order of the inputs, with usage",
    "native *: what the reply says is observed",
    "native toy: what a stream says is observed",
  ],
  "hides no frame": [
    "native toy: a stream's frames are untouched",
    "native toy: each frame is an event, however its bytes arrive",
  ],
  "hides what the caller asked for": ["native toy: a caller who asks for what the provider adds gets it"],
  "holds the socket after an abort": [
    "abort: before the head frees the socket",
    "abort: inside a whole answer frees the socket",
    "abort: inside a stream frees the socket",
    "timeouts: no head",
    "timeouts: an answer that stops coming",
    "timeouts: a stream without content",
    "timeouts: a stream that stops coming",
    "native toy: abort and early exit free the socket",
  ],
  "holds the socket after an early exit": [
    "early exit: leaving the loop closes the socket",
    "native toy: abort and early exit free the socket",
  ],
  "ignores malformed frames": ["framing: a malformed frame is reply_malformed"],
  "ignores retry-after dates": ["errors: retry-after as a date"],
  "ignores retry-after-ms": ["errors: retry-after in milliseconds"],
  "ignores strictParams": ["params: what cannot be sent is refused under strictParams"],
  "ignores the signal": [
    "abort: *",
    "timeouts: the limit to the first content ends with it",
    "native toy: abort and early exit free the socket",
    "secrets: no key in the error for a failed connection",
  ],
  "ignores truncation": [
    "truncation: an end before the finish reason is stream_truncated",
    "truncation: an end inside a frame is stream_truncated",
    "truncation: a connection closed or reset in the middle is an error",
    "bad reply: garbage*",
    "native toy: an end before the finish reason is stream_truncated",
  ],
  "keeps its limit to the first content for the whole stream": [
    "timeouts: the limit to the first content ends with it",
  ],
  "knows no time limits": [
    "timeouts: no head",
    "timeouts: an answer that stops coming",
    "timeouts: of the call override the provider's",
    "timeouts: a stream without content",
    "timeouts: a stream that stops coming",
  ],
  "leaks the key in the cause": ["secrets: *"],
  "leaks the key in the upstream body": [
    "secrets: no key in an error answer that quotes it",
    "secrets: no key in an error inside a stream that quotes it",
  ],
  "leaks the key in the upstream headers": ["secrets: no key in an error answer that quotes it"],
  "leaves a part open": ["grammar: text.stream", "grammar: reasoning.stream"],
  "makes every failure upstream_failed": [
    "errors: status 4*",
    "errors: status 503",
    "errors: status 504",
    "errors: status 529",
    "errors: error.*",
    "embed: an error has its code",
    "native *: an error keeps the vendor's body",
  ],
  "marks no content": ["native toy: the first content is marked", "native toy: abort and early exit free the socket"],
  "mixes parallel calls": ["tools: tools.parallel.stream"],
  "mixes streams": ["concurrency: streams at the same time do not mix"],
  "passes error frames on": ["native toy: an error inside a stream is thrown, not passed on"],
  "passes the vendor's cookies on": ["native *: the vendor's cookies and connection headers stay here"],
  "reads HTML as an answer": ["bad reply: an HTML page*"],
  "reports nothing": ["params: what cannot be sent is reported before anything is sent"],
  "retries by itself": ["errors: nothing is tried twice"],
  "sends another path": [
    "request: text",
    "request: text.stream",
    "request: tools",
    "request: image",
    "request: json-schema",
    "request: embed",
    "count-tokens: the vendor's count",
    "native toy: a token count passes as it is",
    "native *: only the model is replaced in the request",
    "native toy: a streamed request differs in nothing but what the provider must add",
  ],
  "sends at once": [
    "stream: nothing is sent before the first next()",
    "params: what cannot be sent is refused under strictParams",
  ],
  "sends images that it cannot send": ["request: images are refused, as the capabilities say"],
  "serialises frames anew": [
    "native toy: a stream's frames are untouched",
    "native toy: each frame is an event, however its bytes arrive",
    "native toy: a caller who asks for what the provider adds gets it",
    "native toy: an error inside a stream is thrown, not passed on",
  ],
  "serialises the reply anew": ["native *: the reply's body is untouched", "native toy: a token count passes as it is"],
  "swallows errors in streams": [
    "errors: inside a stream, *",
    "native toy: an error inside a stream is thrown, not passed on",
  ],
  "takes a short body": ["bad reply: a body shorter than its content-length is connection_failed"],
  "takes every end for a stop": ["finish: tools.*", "finish: length", "native toy: what a stream says is observed"],
  "tells no head": ["head: the caller is told the reply's head, and the answer stays the same"],
  "throws at unknown frames": [
    "framing: unknown frames, comments and fields are passed over",
    "native toy: a stream's frames are untouched",
  ],
  "uses one id for all calls": ["tools: tools.parallel*"],
  "uses the wrong field for the bound": [
    "request: text",
    "request: text.stream",
    "request: tools",
    "request: image",
    "request: json-schema",
    "count-tokens: the vendor's count",
  ],
  "writes empty deltas": ["grammar: text.stream", "grammar: reasoning.stream"],
};

/** They take long, so only the flaws that they are for are put to them. */
const slow: readonly string[] = [
  "timeouts: the limit to the first content ends with it",
  "framing: the same events wherever the bytes are cut in two",
  "framing: the same events one byte at a time",
  "native toy: each frame is an event, however its bytes arrive",
];

test.for(Object.entries(breaks) as [Flaw, readonly string[]][])(
  "a provider that %s fails the cases named for it",
  { timeout: 60_000 },
  async ([flaw, patterns]) => {
    const text = flaw === "sends images that it cannot send" ? { imageInput: false } : {};
    const cases = contractCases({
      create: (options) => toy({ ...options, flaw, text }),
      fixtures: new URL("./wire/", import.meta.url),
      boundMs: 3_000,
    }).filter(({ name }) => !slow.includes(name) || patterns.includes(name));

    const failed: string[] = [];
    // A few at a time: a case's bound must not run out while it waits for all the others.
    const queue = cases.values();
    const worker = async () => {
      for (const { name, run } of queue) await run().catch(() => failed.push(name));
    };
    await Promise.all(Array.from({ length: 12 }, worker));
    expect(failed.filter((name) => !patterns.some((pattern) => matches(pattern, name)))).toEqual([]);
    expect(patterns.filter((pattern) => !failed.some((name) => matches(pattern, name)))).toEqual([]);
  },
);

function matches(pattern: string, name: string): boolean {
  const [head = "", tail] = pattern.split("*");
  return tail === undefined ? name === pattern : name.startsWith(head) && name.endsWith(tail);
}
