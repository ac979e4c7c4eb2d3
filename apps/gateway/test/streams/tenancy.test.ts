import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exchange, type Received } from "./exchange.ts";
import { chatBody, chatEvents, type StreamGateway, startStreamGateway } from "./stream-gateway.ts";

const eventStream = { "content-type": "text/event-stream" };
const unknown = `st_${"0".repeat(40)}`;

let gw: StreamGateway;
let mine: { readonly authorization: string };
const others: { readonly authorization: string }[] = [];
beforeAll(async () => {
  gw = await startStreamGateway();
  mine = await gw.newKey();
  others.push(await gw.newKey(), await gw.newKey({ organisation: "other" }), await gw.newKey({ project: "other" }));
});
afterAll(() => gw.close());

/** Every way to ask for a stream, or to stop it. */
function ways(id: string): [method: string, path: string][] {
  return [
    ["GET", `/v1/streams/${id}`],
    ["HEAD", `/v1/streams/${id}`],
    ["POST", `/v1/streams/${id}/cancel`],
    ["GET", `/v1/responses/${id}`],
    ["GET", `/v1/responses/${id}?stream=true&starting_after=0`],
    ["POST", `/v1/responses/${id}/cancel`],
    ["GET", `/ai/run/${id}/resume?from=0`],
    ["GET", `/client/v4/accounts/a/ai/run/${id}/resume?from=0`],
  ];
}

/** All that an answer says, but for the id of the request. */
function saying({ status, headers, text }: Received): unknown {
  const { date: _date, "gw-request-id": requestId, ...rest } = headers;
  return { status, headers: rest, text: text.replaceAll(String(requestId), "") };
}

async function responsesStream(headers = mine): Promise<{ readonly id: string; readonly responseId: string }> {
  gw.vendor.answers(({ response }) => void response.writeHead(200, eventStream).end(chatEvents(["a", "b"]).join("")));
  const body = { model: "house/m", input: "Say something.", stream: true };
  const answer = await gw.ask("/v1/responses", { body, headers });
  const [, responseId = ""] = /"id":"(resp_\w+)"/.exec(answer.text) ?? [];
  return { id: answer.headers["gw-stream-id"] as string, responseId };
}

describe("a stream", () => {
  it("is its key's: for others it is what it would be if there were none", async () => {
    const { id, responseId } = await responsesStream();
    for (const name of [id, responseId]) {
      for (const [index, [method, path]] of ways(name).entries()) {
        const [, unknownPath = ""] = ways(unknown)[index] ?? [];
        for (const headers of others) {
          const answer = await gw.ask(path, { method, headers });
          expect([path, answer.status, answer.headers["gw-error"]]).toEqual([path, 404, "not_found"]);
          expect(saying(answer)).toEqual(saying(await gw.ask(unknownPath, { method, headers })));
        }
        const shown = await exchange(gw.url + path, { method });
        expect([path, shown.status]).toEqual([path, 401]);
      }
    }
    for (const headers of [mine, {}]) {
      const statuses: [string, number][] = [];
      for (const [method, path] of ways(responseId))
        statuses.push([path, (await gw.ask(path, { method, headers })).status]);
      expect(statuses).toEqual(ways(responseId).map(([, path]) => [path, 200]));
    }
  });

  it("goes on when somebody else cancels it", async () => {
    let finish = (): void => {};
    gw.vendor.answers(({ response }) => {
      response.writeHead(200, eventStream).write(chatEvents(["a"], null).join(""));
      finish = () => response.end(chatEvents(["b"]).join(""));
    });
    const { headers } = await gw.ask("/v1/chat/completions", { body: chatBody(), headers: mine, cutAfterBytes: 5 });
    const path = `/v1/streams/${headers["gw-stream-id"]}`;
    for (const other of others)
      expect((await gw.ask(`${path}/cancel`, { method: "POST", headers: other })).status).toBe(404);
    finish();
    expect((await gw.ask(path, { headers: mine })).text).toMatch(/data: \[DONE\]\n\n$/);
  });

  it("has an id that nobody guesses", async () => {
    gw.vendor.answers(({ response }) => void response.writeHead(200, eventStream).end(chatEvents(["a"]).join("")));
    const ids = new Set<string>();
    for (let count = 0; count < 50; count += 1) {
      const { headers } = await gw.ask("/v1/chat/completions", { body: chatBody() });
      ids.add(headers["gw-stream-id"] as string);
    }
    expect(ids.size).toBe(50);
    for (const id of ids) expect(id).toMatch(/^st_[0-9a-f]{40}$/);
    // 160 bits: in no place do they all agree.
    for (let at = 3; at < 43; at += 1) expect(new Set([...ids].map((id) => id[at])).size).toBeGreaterThan(1);
  });

  it("that has expired is 410 to its key and to the admin, and 404 to others as before", async () => {
    gw.vendor.answers(({ response }) => void response.writeHead(200, eventStream).end(chatEvents(["a"]).join("")));
    const { headers } = await gw.ask("/v1/chat/completions", {
      body: chatBody(),
      headers: { ...mine, "gw-stream-retain-s": "1" },
    });
    const id = headers["gw-stream-id"] as string;
    const { headers: facts } = await gw.ask(`/v1/streams/${id}`, { method: "HEAD", headers: mine });
    await sleep(Date.parse(facts["gw-stream-expires-at"] as string) - Date.now() + 5);
    for (const [method, path] of ways(id)) {
      for (const headers of [mine, {}]) {
        const answer = await gw.ask(path, { method, headers });
        expect([path, answer.status, answer.headers["gw-error"]]).toEqual([path, 410, "stream_expired"]);
      }
      expect((await gw.ask(path, { method, headers: others[0] ?? {} })).status).toBe(404);
    }
  });

  it("of a program that holds the gateway is the admin's", async () => {
    gw.vendor.answers(({ response }) => void response.writeHead(200, eventStream).end(chatEvents(["a"]).join("")));
    const answer = await gw.gateway.fetch("http://gateway/v1/chat/completions", {
      method: "POST",
      body: JSON.stringify(chatBody()),
    });
    const text = await answer.text();
    const path = `/v1/streams/${answer.headers.get("gw-stream-id")}`;
    expect((await gw.ask(path)).text).toBe(text);
    expect((await gw.ask(path, { headers: mine })).status).toBe(404);
  });
});
