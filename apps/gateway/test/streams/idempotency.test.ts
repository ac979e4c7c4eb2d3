import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Received } from "./exchange.ts";
import type { VendorCall } from "./scripted-vendor.ts";
import { chatBody, chatEvents, type StreamGateway, startStreamGateway } from "./stream-gateway.ts";

const eventStream = { "content-type": "text/event-stream" };
const path = "/v1/chat/completions";
const streamedBody = chatBody();
const wholeBody = chatBody({ stream: false });

let gw: StreamGateway;
let made = 0;
beforeAll(async () => {
  gw = await startStreamGateway({ maxAttempts: 1, commitAfterMs: 60_000 });
});
afterAll(() => gw.close());

function newKey(): { readonly "idempotency-key": string } {
  made += 1;
  return { "idempotency-key": `key-${made}` };
}

function wholeAnswer(text: string): string {
  const choices = [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }];
  return JSON.stringify({ id: "c-1", object: "chat.completion", created: 1, model: "m", choices, usage: null });
}

/** Answers each call with its number. */
function answering({ response, body }: VendorCall): void {
  const text = `answer ${gw.vendor.calls.length}`;
  if (body.includes('"stream":true')) response.writeHead(200, eventStream).end(chatEvents([text]).join(""));
  else response.writeHead(200, { "content-type": "application/json" }).end(wholeAnswer(text));
}

/** Answers when it is let. */
function held(answer: (call: VendorCall) => void = answering) {
  const { promise: asked, resolve: ask } = Promise.withResolvers<VendorCall>();
  const { promise: let_, resolve: finish } = Promise.withResolvers<void>();
  const script = async (call: VendorCall): Promise<void> => {
    ask(call);
    await let_;
    answer(call);
  };
  return { script, asked, finish: () => finish() };
}

/** What of an answer is the call's own. */
function factsOf({ status, headers, text }: Received): unknown {
  const { "gw-request-id": requestId, "gw-stream-id": streamId, "gw-provider": provider, "gw-lane": lane } = headers;
  return { status, text, requestId, streamId, provider, lane, type: headers["content-type"] };
}

describe.each([
  ["streamed", streamedBody],
  ["unstreamed", wholeBody],
])("the same key and body, %s", (_how, body) => {
  it("gets the first answer again, head and all", async () => {
    gw.vendor.answers(answering);
    const headers = newKey();
    const first = await gw.ask(path, { body, headers });
    expect([first.status, first.headers["gw-replayed"]]).toEqual([200, undefined]);
    expect(first.text).toContain("answer 1");
    for (let again = 0; again < 3; again += 1) {
      const next = await gw.ask(path, { body, headers });
      expect(factsOf(next)).toEqual(factsOf(first));
      expect(next.headers["gw-replayed"]).toBe("true");
    }
    expect(gw.vendor.calls).toHaveLength(1);
  });

  it("makes one call, however many ask at once", async () => {
    const { script, asked, finish } = held();
    gw.vendor.answers(script);
    const headers = newKey();
    const callers = Array.from({ length: 8 }, () => gw.ask(path, { body, headers }));
    await asked;
    callers.push(gw.ask(path, { body, headers }));
    finish();
    const answers = await Promise.all(callers);
    const [first] = answers;
    expect(first?.text).toContain("answer 1");
    expect(answers.map(factsOf)).toEqual(answers.map(() => factsOf(first as Received)));
    expect(answers.filter((answer) => answer.headers["gw-replayed"] === undefined)).toHaveLength(1);
    expect(gw.vendor.calls).toHaveLength(1);
  });

  it("gets the answer of a caller who went away before its head", async () => {
    const { script, asked, finish } = held();
    gw.vendor.answers(script);
    const headers = newKey();
    const abort = new AbortController();
    const gone = gw.ask(path, { body, headers, signal: abort.signal }).catch(() => "gone");
    await asked;
    abort.abort();
    expect(await gone).toBe("gone");
    const second = gw.ask(path, { body, headers });
    finish();
    expect((await second).text).toContain("answer 1");
    expect((await gw.ask(path, { body, headers })).text).toContain("answer 1");
    expect(gw.vendor.calls).toHaveLength(1);
  });

  it("is made anew where the first call failed, and fails for all who asked while it ran", async () => {
    const { script, asked, finish } = held(({ response }) => void response.writeHead(500).end("{}"));
    gw.vendor.answers(script);
    const headers = newKey();
    const both = [gw.ask(path, { body, headers }), gw.ask(path, { body, headers })];
    await asked;
    finish();
    const codes = (await Promise.all(both)).map((answer) => answer.headers["gw-error"]);
    expect(codes).toEqual(["upstream_failed", "upstream_failed"]);
    expect(gw.vendor.calls).toHaveLength(1);
    gw.vendor.answers(answering);
    expect((await gw.ask(path, { body, headers })).text).toContain("answer 1");
    expect((await gw.ask(path, { body, headers })).headers["gw-replayed"]).toBe("true");
    expect(gw.vendor.calls).toHaveLength(1);
  });

  it("is refused with another body, while the first runs and after", async () => {
    const { script, asked, finish } = held();
    gw.vendor.answers(script);
    const headers = newKey();
    const first = gw.ask(path, { body, headers });
    await asked;
    const other = { ...body, temperature: 1 };
    for (const url of [path, "/v1/messages"]) {
      const refused = await gw.ask(url, { body: url === path ? other : { ...body, max_tokens: 5 }, headers });
      expect([refused.status, refused.headers["gw-error"]]).toEqual([422, "idempotency_conflict"]);
    }
    finish();
    expect((await first).status).toBe(200);
    expect((await gw.ask(path, { body: other, headers })).status).toBe(422);
    expect(gw.vendor.calls).toHaveLength(1);
  });

  it("of another tenant is another call", async () => {
    gw.vendor.answers(answering);
    const key = newKey();
    const callers = [{}, await gw.newKey(), await gw.newKey(), await gw.newKey({ project: "other" })];
    for (const [index, caller] of callers.entries()) {
      const answer = await gw.ask(path, { body, headers: { ...key, ...caller } });
      expect([answer.status, answer.headers["gw-replayed"]]).toEqual([200, undefined]);
      expect(answer.text).toContain(`answer ${index + 1}`);
    }
    const other = await gw.ask(path, { body: { ...body, temperature: 1 }, headers: { ...key, ...callers[1] } });
    expect(other.status).toBe(422);
  });

  it("gets its answer after a restart", async () => {
    const before = await startStreamGateway({}, { vendor: gw.vendor });
    gw.vendor.answers(answering);
    const headers = newKey();
    const first = await before.ask(path, { body, headers });
    await before.close();
    await using after = await startStreamGateway({}, { vendor: gw.vendor, dataDirectory: before.dataDirectory });
    const next = await after.ask(path, { body, headers });
    expect(factsOf(next)).toEqual(factsOf(first));
    expect((await after.ask(path, { body: { ...body, temperature: 1 }, headers })).status).toBe(422);
    expect(gw.vendor.calls).toHaveLength(1);
  });
});

describe("a streamed call with a key", () => {
  it("is joined in the middle, from its beginning", async () => {
    let finish = (): void => {};
    gw.vendor.answers(({ response }) => {
      response.writeHead(200, eventStream).write(chatEvents(["one "], null).join(""));
      finish = () => response.end(chatEvents(["two"]).join(""));
    });
    const headers = newKey();
    const first = await gw.ask(path, { body: streamedBody, headers, cutAfterBytes: 20 });
    const second = gw.ask(path, { body: streamedBody, headers, onHead: () => finish() });
    expect((await second).text.startsWith(first.text)).toBe(true);
    expect((await second).text).toMatch(/^id: 0\n.*"one ".*"two".*data: \[DONE\]\n\n$/s);
    expect(gw.vendor.calls).toHaveLength(1);
  });

  it("that failed before its first content, its head being out, is made anew", async () => {
    await using hasty = await startStreamGateway({ maxAttempts: 1, commitAfterMs: 5 }, { vendor: gw.vendor });
    const { script, asked, finish } = held(({ response }) => void response.writeHead(500).end("{}"));
    gw.vendor.answers(script);
    const headers = newKey();
    const first = hasty.ask(path, { body: streamedBody, headers, onHead: () => finish() });
    await asked;
    expect((await first).text).toContain('"code":"upstream_failed"');
    gw.vendor.answers(answering);
    expect((await hasty.ask(path, { body: streamedBody, headers })).text).toContain("answer 1");
    expect(gw.vendor.calls).toHaveLength(1);
  });
});
