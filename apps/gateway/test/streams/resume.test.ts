import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf, idsOf, joined, lastIdOf } from "./events.ts";
import { exchange } from "./exchange.ts";
import { adminKey, chatBody, chatEvents, type StreamGateway, startStreamGateway } from "./stream-gateway.ts";

const texts = ["one ", "two ", "three ", "four"];
const eventStream = { "content-type": "text/event-stream" };
const commitAfterMs = 10;

let gw: StreamGateway;
beforeAll(async () => {
  gw = await startStreamGateway({ commitAfterMs });
});
afterAll(() => gw.close());

/** Cuts a caller at each byte, and reads on. */
async function atEachByte(path: string, body: object, check: (text: string, at: number) => void): Promise<void> {
  const { bytes } = await gw.ask(path, { body });
  for (let at = 0; at <= bytes.length; at += 1) {
    const first = await gw.ask(path, { body, cutAfterBytes: at });
    const last = lastIdOf(first.bytes);
    const from = last === null ? "" : `?starting_after=${last}`;
    const rest = await gw.ask(`/v1/streams/${first.headers["gw-stream-id"]}${from}`);
    check(joined(first.bytes, rest.bytes), at);
  }
}

describe("a reader that comes back", () => {
  it("finds the head's facts at the end of an answer whose head was late", async () => {
    gw.vendor.answers(async ({ response }) => {
      await sleep(commitAfterMs * 3);
      response.writeHead(200, eventStream).end(chatEvents(texts).join(""));
    });
    const first = await gw.ask("/v1/chat/completions", { body: chatBody(), cutAfterBytes: 3 });
    expect([first.status, first.text, first.headers["gw-provider"]]).toEqual([200, ": k", undefined]);
    const rest = await gw.ask(`/v1/streams/${first.headers["gw-stream-id"]}`);
    expect(idsOf(rest.bytes)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(eventsOf(rest.bytes).map(({ data }) => `data: ${data}\n\n`)).toEqual(chatEvents(texts));
    const facts = rest.text.split("\n").filter((line) => line.startsWith(":") && line !== ": ka");
    expect(facts).toEqual([": gw-provider=house; gw-model=m; gw-lane=native; gw-attempts=1"]);
    expect(rest.text.endsWith("data: [DONE]\n\n")).toBe(true);
    expect(gw.vendor.calls).toHaveLength(1);
  });

  it("has every byte of a late answer, cut at each", async () => {
    gw.vendor.answers(async ({ response }) => {
      await sleep(commitAfterMs + 2);
      response.writeHead(200, eventStream);
      for (const event of chatEvents(["a"])) {
        response.write(event);
        await sleep(1);
      }
      response.end();
    });
    await atEachByte("/v1/chat/completions", chatBody(), (text, at) => {
      expect([at, idsOf(text)]).toEqual([at, [0, 1, 2]]);
      expect([at, text.match(/^: gw-provider=house/gm)?.length]).toEqual([at, 1]);
    });
  });

  it("gets the one ending of an answer that broke off, cut at each byte", async () => {
    gw.vendor.answers(({ response }) => {
      response.writeHead(200, eventStream);
      response.write(chatEvents(["one ", "two"], null).join(""), () => response.destroy());
    });
    await atEachByte("/v1/chat/completions", chatBody(), (text, at) => {
      expect([at, idsOf(text)]).toEqual([at, [0, 1, 2]]);
      const last = JSON.parse(eventsOf(text).at(-1)?.data ?? "") as object;
      expect(last).toMatchObject({ error: { code: "stream_truncated", partial: true } });
      expect(text).not.toContain("[DONE]");
    });
    const { headers } = await gw.ask("/v1/chat/completions", { body: chatBody() });
    const again = await gw.ask(`/v1/streams/${headers["gw-stream-id"]}`, { method: "HEAD" });
    expect([
      again.headers["gw-stream-status"],
      again.headers["gw-stream-error"],
      again.headers["gw-stream-next-id"],
    ]).toEqual(["truncated", "stream_truncated", "3"]);
  });

  it("of Gemini's array counts elements, and reads on as events", async () => {
    const chunks = texts.map((text, index) => ({
      candidates: [
        { content: { role: "model", parts: [{ text }] }, ...(index === 3 && { finishReason: "STOP" }), index: 0 },
      ],
    }));
    gw.vendor.answers(({ response }) => {
      response
        .writeHead(200, eventStream)
        .end(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join(""));
    });
    const path = "/v1beta/models/google/m:streamGenerateContent";
    const body = { contents: [{ role: "user", parts: [{ text: "Say something." }] }] };
    const whole = await gw.ask(path, { body });
    expect(JSON.parse(whole.text)).toEqual(chunks);
    for (let at = 0; at < whole.bytes.length; at += 1) {
      const first = await gw.ask(path, { body, cutAfterBytes: at });
      const elements = first.text === "" ? [] : wholeElements(first.text);
      const from = elements.length === 0 ? "" : `?starting_after=${elements.length - 1}`;
      const rest = await gw.ask(`/v1/streams/${first.headers["gw-stream-id"]}${from}`);
      const data = eventsOf(rest.bytes).map((event) => JSON.parse(event.data) as unknown);
      expect([at, [...elements, ...data]]).toEqual([at, chunks]);
    }
  });

  it("of /ai/run reads on by the index of an event, under every address of it", async () => {
    gw.vendor.answers(({ response }) => {
      response.writeHead(200, eventStream).end(chatEvents(texts).join(""));
    });
    const body = { model: "house/m", input: { prompt: "Say something.", stream: true } };
    for (const base of ["", "/client/v4/accounts/some/"]) {
      const run = base === "" ? "/ai/run" : `${base}ai/run`;
      const whole = await gw.ask(run, { body });
      const id = whole.headers["cf-aig-run-id"];
      expect(id).toBe(whole.headers["gw-stream-id"]);
      const count = eventsOf(whole.bytes).length;
      expect(count).toBe(texts.length + 2);
      for (let from = 0; from < count; from += 1) {
        const rest = await gw.ask(`${run}/${id}/resume?from=${from}`);
        expect(rest.text).toBe(
          eventsOf(whole.bytes)
            .slice(from)
            .map(({ text }) => text)
            .join(""),
        );
      }
      expect((await gw.ask(`${run}/${id}/resume?from=${count}`)).status).toBe(204);
    }
  });

  it("is told where it is: 204 at the end, 400 for two places or none that can be, what is there without waiting", async () => {
    let finish = (): void => {};
    gw.vendor.answers(({ response }) => {
      response.writeHead(200, eventStream).write(chatEvents(["one "], null).join(""));
      finish = () => response.end(chatEvents(["two"]).join(""));
    });
    const first = await gw.ask("/v1/chat/completions", { body: chatBody(), cutAfterBytes: 10 });
    const path = `/v1/streams/${first.headers["gw-stream-id"]}`;
    const snapshot = await gw.ask(`${path}?live=false`);
    expect([idsOf(snapshot.bytes), snapshot.headers["gw-stream-status"]]).toEqual([[0], "streaming"]);
    for (const [query, header, code] of [
      ["?starting_after=1", undefined, "invalid_request"],
      ["?starting_after=0", "1", "invalid_request"],
      ["?starting_after=-1", undefined, "invalid_request"],
      ["", "abc", "invalid_request"],
    ]) {
      const { status, headers } = await gw.ask(path + query, {
        ...(header !== undefined && { headers: { "last-event-id": header } }),
      });
      expect([status, headers["gw-error"]]).toEqual([400, code]);
    }
    // Its head does not wait for what is still to come, and nothing but that comes.
    const tail = await gw.ask(`${path}?starting_after=0`, { onHead: () => finish() });
    expect(tail.text).toMatch(/^id: 1\n/);
    expect(idsOf(tail.bytes)).toEqual([1, 2, 3]);
    const ended = await gw.ask(`${path}?starting_after=3`);
    expect([ended.status, ended.text, ended.headers["gw-stream-next-id"]]).toEqual([204, "", "4"]);
    expect((await gw.ask(`${path}?starting_after=900`)).status).toBe(204);
    const head = await exchange(gw.url + path, { method: "HEAD", headers: { "x-api-key": adminKey } });
    expect(head.headers).toMatchObject({ "gw-stream-status": "done", "cache-control": "no-store" });
    expect(Number(head.headers["gw-stream-bytes"])).toBe((await gw.ask(path)).bytes.length);
  });
});

/** The elements of a JSON array that has not come whole. */
function wholeElements(text: string): unknown[] {
  for (const candidate of [text, `${text}]`, `${text.slice(0, text.lastIndexOf(",\r\n"))}]`]) {
    try {
      return JSON.parse(candidate) as unknown[];
    } catch {
      // Something is missing.
    }
  }
  return [];
}
