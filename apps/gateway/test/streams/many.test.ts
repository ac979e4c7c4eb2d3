import { existsSync, readdirSync } from "node:fs";
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RawConnection, rawConnection } from "../robustness/raw-connection.ts";
import { joined, lastIdOf } from "./events.ts";
import { exchange } from "./exchange.ts";
import type { VendorCall } from "./scripted-vendor.ts";
import { adminKey, chatBody, chatEvents, type StreamGateway, startStreamGateway } from "./stream-gateway.ts";

const path = "/v1/chat/completions";
const eventStream = { "content-type": "text/event-stream" };
const stalledReaderMs = 1_000;
// Kept so briefly that a stream is gone from memory by the next sweep.
const briefly = { "gw-stream-retain-s": "1" };
const sweptMs = 7_000;
const megabyte = 1024 * 1024;
const descriptors = "/proc/self/fd";
const maxReaders = 256;
const headers = { authorization: `Bearer ${adminKey}` };
const large = chatEvents(Array.from({ length: 2_000 }, (_, index) => `${index} ${"x".repeat(8_000)}`));
// Seen were 14 to 217 KB for each reader that stalls, with the buffers of the reader itself in it (the stream has 16 MB), and 2 MB
// of rows and log lines after 2,400 calls.
const stalledBytes = 512 * 1024;
const leftBytes = 8 * megabyte;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

let gw: StreamGateway;
beforeAll(async () => {
  gw = await startStreamGateway({ stalledReaderMs, disconnectGraceMs: 60_000, commitAfterMs: 60_000 });
});
afterAll(() => gw.close());

/** What this process holds, its garbage collected: gateway, vendor and callers. */
async function held(): Promise<{ readonly bytes: number; readonly descriptors: number }> {
  for (let times = 0; times < 3; times += 1) {
    await sleep(50);
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return {
    bytes: heapUsed + external,
    descriptors: existsSync(descriptors) ? readdirSync(descriptors).length : 0,
  };
}

/** Answers with these events once it is let. */
function whenLet(events: readonly string[]) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const script = async ({ response }: VendorCall): Promise<void> => {
    response.writeHead(200, eventStream).write(events[0] as string);
    await promise;
    for (const event of events.slice(1)) response.write(event);
    response.end();
  };
  return { script, let: () => resolve() };
}

async function manyReaders(): Promise<void> {
  const events = chatEvents(Array.from({ length: 300 }, (_, index) => `word ${index}`));
  const agent = new Agent({ keepAlive: false });
  const answer = whenLet(events);
  gw.vendor.answers(answer.script);
  const first = await gw.ask(path, { body: chatBody(), headers: briefly, cutAfterBytes: 10 });
  const url = `${gw.url}/v1/streams/${first.headers["gw-stream-id"]}`;
  let heads = 0;
  const { promise: allThere, resolve: complete } = Promise.withResolvers<void>();
  const onHead = (): void => {
    heads += 1;
    if (heads === maxReaders) complete();
  };
  const readers = Array.from({ length: maxReaders }, () => exchange(url, { agent, headers, onHead }));
  await allThere;
  const refused = await exchange(url, { agent, headers });
  expect([refused.status, refused.headers["gw-error"]]).toEqual([429, "rate_limited"]);
  answer.let();
  for (const { text } of await Promise.all(readers)) expect(text === withIds(events)).toBe(true);
  expect(gw.vendor.calls).toHaveLength(1);
}

async function manyStreams(): Promise<void> {
  const agent = new Agent({ keepAlive: false });
  let waiting: (() => void)[] = [];
  gw.vendor.answers(async ({ response, body }) => {
    const [, name = ""] = /stream-(\d+)/.exec(body) ?? [];
    response.writeHead(200, eventStream).write(chatEvents([`first of ${name}, `], null).join(""));
    await new Promise<void>((resolve) => waiting.push(resolve));
    response.end(chatEvents(Array.from({ length: 30 }, (_, index) => `${index} of ${name}, `)).join(""));
  });
  const calls = Array.from({ length: 1_000 }, (_, index) =>
    exchange(gw.url + path, {
      agent,
      headers: { ...headers, ...briefly },
      body: chatBody({ messages: [{ role: "user", content: `stream-${index}` }] }),
    }),
  );
  await expect.poll(() => waiting.length, { timeout: 30_000 }).toBe(1_000);
  for (const go of waiting) go();
  waiting = [];
  for (const [index, { text }] of (await Promise.all(calls)).entries()) {
    const names = new Set([...text.matchAll(/of (\d+), /g)].map(([, name]) => name));
    expect([...names]).toEqual([String(index)]);
    expect(text.match(/^id: /gm)).toHaveLength(33);
  }
}

async function stalledReaders(count: number): Promise<number> {
  const answer = whenLet(large);
  gw.vendor.answers(answer.script);
  const first = await gw.ask(path, { body: chatBody(), headers: { "gw-stream-retain-s": "6" }, cutAfterBytes: 10 });
  const stream = `/v1/streams/${first.headers["gw-stream-id"]}`;
  const before = await held();
  const stalled: RawConnection[] = [];
  for (let reader = 0; reader < count; reader += 1) {
    const connection = await rawConnection(gw.url);
    connection.send(`GET ${stream} HTTP/1.1\r\nhost: gw\r\nauthorization: ${headers.authorization}\r\n\r\n`);
    await connection.until(/^HTTP\/1\.1 200/);
    connection.pause();
    stalled.push(connection);
  }
  answer.let();
  expect(lastIdOf((await gw.ask(stream)).bytes)).toBe(large.length - 1);
  const during = await held();
  await sleep(stalledReaderMs * 1.5);
  const back = await gw.ask(`${stream}?starting_after=${large.length - 3}`);
  expect(back.text).toBe(withIds(large.slice(-2), large.length - 2));
  const ends = stalled.map((connection) => {
    connection.resume();
    return connection.untilClosed();
  });
  for (const text of await Promise.all(ends)) expect(text.includes(`id: ${large.length - 1}\n`)).toBe(false);
  return during.bytes - before.bytes;
}

async function comeAndGo(): Promise<void> {
  const events = chatEvents(Array.from({ length: 200 }, (_, index) => `word ${index}`));
  const answer = whenLet(events);
  gw.vendor.answers(answer.script);
  const first = await gw.ask(path, { body: chatBody(), headers: briefly, cutAfterBytes: 10 });
  const stream = `/v1/streams/${first.headers["gw-stream-id"]}`;
  const visit = (seed: number): Promise<unknown> =>
    seed % 3 === 0
      ? gw.ask(`${stream}?starting_after=0`, { onHead: (_headers, leave) => leave() })
      : gw.ask(stream, { cutAfterBytes: (seed * 37) % 150 });
  for (let round = 0; round < 50; round += 1) {
    await Promise.all(Array.from({ length: 20 }, (_, index) => visit(round * 20 + index)));
  }
  const last = gw.ask(stream);
  answer.let();
  expect(joined((await last).bytes)).toBe(withIds(events));
  expect(gw.vendor.calls).toHaveLength(1);
}

function withIds(events: readonly string[], firstId = 0): string {
  return events.map((event, index) => `id: ${firstId + index}\n${event}`).join("");
}

describe("many at once", () => {
  it("readers of one stream all get it; one more than may is refused", manyReaders, 30_000);

  it("1,000 streams are each other's no business", manyStreams, 60_000);

  it("readers that stall hold nothing up, take no memory, are dropped, and may come back", async () => {
    const without = await stalledReaders(0);
    const withMany = await stalledReaders(100);
    expect((withMany - without) / 100).toBeLessThan(stalledBytes);
  }, 30_000);

  it("readers come and go", comeAndGo, 30_000);

  it("leave nothing behind: what they took the first time is all that they take", async () => {
    await sleep(sweptMs);
    const before = await held();
    await stalledReaders(100);
    await manyReaders();
    await manyStreams();
    await comeAndGo();
    await sleep(sweptMs);
    const after = await held();
    expect(after.bytes - before.bytes).toBeLessThan(leftBytes);
    expect(after.descriptors - before.descriptors).toBeLessThanOrEqual(2);
  }, 120_000);
});
