import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { idsOf } from "./events.ts";
import { exchange } from "./exchange.ts";
import { chatBody, chatEvents, type StreamGateway, startStreamGateway } from "./stream-gateway.ts";

const eventStream = { "content-type": "text/event-stream" };

let gw: StreamGateway;
let mine: { readonly authorization: string };
beforeAll(async () => {
  gw = await startStreamGateway();
  mine = await gw.newKey();
});
afterAll(() => gw.close());

async function newStream(): Promise<string> {
  gw.vendor.answers(({ response }) => void response.writeHead(200, eventStream).end(chatEvents(["a", "b"]).join("")));
  const { headers } = await gw.ask("/v1/chat/completions", { body: chatBody(), headers: mine });
  return headers["gw-stream-id"] as string;
}

async function sign(id: string, body: object = { expires_in_s: 60 }): Promise<{ url: string; expires_at: string }> {
  const { status, text } = await gw.ask(`/v1/streams/${id}/url`, { body, headers: mine });
  expect([status, text.startsWith("{")]).toEqual([200, true]);
  return JSON.parse(text) as { url: string; expires_at: string };
}

describe("a signed URL", () => {
  it("shows one stream to who has no key, in a browser too, and from where he was", async () => {
    const id = await newStream();
    const askedAtMs = Date.now();
    const { url, expires_at } = await sign(id);
    expect(url.startsWith(`${gw.url}/v1/streams/${id}?`)).toBe(true);
    expect(Math.abs(Date.parse(expires_at) - askedAtMs - 60_000)).toBeLessThan(5_000);
    const whole = await exchange(url);
    expect([whole.status, idsOf(whole.bytes)]).toEqual([200, [0, 1, 2, 3]]);
    expect(whole.headers).toMatchObject({ "access-control-allow-origin": "*", "cache-control": "no-store" });
    const rest = await exchange(url, { headers: { "last-event-id": "1" } });
    expect(idsOf(rest.bytes)).toEqual([2, 3]);
    expect((await exchange(url, { method: "HEAD" })).headers["gw-stream-status"]).toBe("done");
    // A key beside it changes nothing.
    expect((await exchange(url, { headers: { authorization: "Bearer gw_none" } })).status).toBe(200);
  });

  it("is good for reading alone, and for that stream alone", async () => {
    const [id, other] = [await newStream(), await newStream()];
    const { search } = new URL((await sign(id)).url);
    for (const [method, path] of [
      ["POST", `/v1/streams/${id}/cancel`],
      ["POST", `/v1/streams/${id}/url`],
      ["GET", `/v1/responses/${id}`],
      ["POST", `/v1/responses/${id}/cancel`],
      ["GET", `/ai/run/${id}/resume`],
      ["GET", "/v1/models"],
    ]) {
      const answer = await exchange(`${gw.url}${path}${search}`, { method: method as string });
      expect([path, answer.status]).toEqual([path, 401]);
    }
    for (const stranger of [other, `st_${"0".repeat(40)}`]) {
      const answer = await exchange(`${gw.url}/v1/streams/${stranger}${search}`);
      expect([answer.status, answer.headers["gw-error"]]).toEqual([403, "permission_denied"]);
    }
  });

  it("is refused when anything in it is changed", async () => {
    const { url } = await sign(await newStream());
    const signed = new URL(url);
    const [expires, signature] = [signed.searchParams.get("expires") ?? "", signed.searchParams.get("signature") ?? ""];
    const changed: [string, string][] = [
      [String(Number(expires) + 1), signature],
      [`${expires}0`, signature],
      [`${expires}.5`, signature],
      [` ${expires}`, signature],
      ["", signature],
      [expires, ""],
      [expires, signature.slice(0, -2)],
      [expires, `${signature}AA`],
      [expires, "A".repeat(43)],
    ];
    for (let at = 0; at < signature.length - 1; at += 1) {
      const letter = signature[at] === "A" ? "B" : "A";
      changed.push([expires, signature.slice(0, at) + letter + signature.slice(at + 1)]);
    }
    for (const [time, other] of changed) {
      const query = new URLSearchParams({ expires: time, signature: other });
      const answer = await exchange(`${gw.url}${signed.pathname}?${query}`);
      expect([time, other, answer.status]).toEqual([time, other, 403]);
    }
    expect((await exchange(url)).status).toBe(200);
  });

  it("is refused when its time is over", async () => {
    const { url, expires_at } = await sign(await newStream(), { expires_in_s: 1 });
    await sleep(Math.max(0, Date.parse(expires_at) - Date.now()) + 5);
    const answer = await exchange(url);
    expect([answer.status, answer.headers["gw-error"]]).toEqual([403, "permission_denied"]);
  });

  it("is made by whose stream it is, for at most an hour", async () => {
    const id = await newStream();
    const other = await gw.newKey();
    expect((await gw.ask(`/v1/streams/${id}/url`, { body: {}, headers: other })).status).toBe(404);
    for (const seconds of [0, -1, 3_601, 1.5, "60", null]) {
      const answer = await gw.ask(`/v1/streams/${id}/url`, { body: { expires_in_s: seconds }, headers: mine });
      expect([seconds, answer.status]).toEqual([seconds, 400]);
    }
    expect((await sign(id, {})).expires_at).toMatch(/Z$/);
  });

  it("outlives a restart: its secret is its owner's file, and made once", async () => {
    const id = await newStream();
    const { search, pathname } = new URL((await sign(id)).url);
    const file = join(gw.dataDirectory, "stream-url-secret");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const secret = readFileSync(file, "utf8");
    expect(secret).toMatch(/^[\w-]{43}$/);
    await gw.close();
    gw = await startStreamGateway({}, { dataDirectory: gw.dataDirectory });
    expect(readFileSync(file, "utf8")).toBe(secret);
    expect((await exchange(`${gw.url}${pathname}${search}`)).status).toBe(200);
    await using another = await startStreamGateway({}, { vendor: gw.vendor });
    expect((await exchange(`${another.url}${pathname}${search}`)).status).toBe(403);
  });
});
