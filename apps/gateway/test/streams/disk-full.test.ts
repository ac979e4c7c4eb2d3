import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it, vi } from "vitest";
import { eventsOf, idsOf } from "./events.ts";
import { chatBody, chatEvents, type StreamGateway, startStreamGateway } from "./stream-gateway.ts";

const path = "/v1/chat/completions";
const count = 400;
const words = Array.from({ length: count }, (_, index) => `${index} ${"x".repeat(2_000)}`);

afterEach(() => vi.restoreAllMocks());

/** Every database that holds streams from now on is full at so many pages of 4 KB. */
function smallDisk(pages: number): { readonly grow: () => void } {
  const found: DatabaseSync[] = [];
  const exec = DatabaseSync.prototype.exec;
  vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql: string) {
    exec.call(this, sql);
    if (!sql.includes("TABLE IF NOT EXISTS journal")) return;
    found.push(this);
    exec.call(this, `PRAGMA max_page_count = ${pages}`);
  });
  return {
    grow: () => {
      for (const database of found) exec.call(database, "PRAGMA max_page_count = 1000000");
    },
  };
}

function speakSlowly(gw: StreamGateway): void {
  gw.vendor.answers(async ({ response }) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const [index, event] of chatEvents(words).entries()) {
      response.write(event);
      // So that many batches fail.
      if (index % 20 === 0) await sleep(20);
    }
    response.end();
  });
}

function complaints(gw: StreamGateway): number {
  return gw.logged.filter((line) => line.includes("streams could not be written")).length;
}

it("a full disk does not stop delivery: one ending each, and one word in the log", async () => {
  const disk = smallDisk(60);
  const gw = await startStreamGateway();
  speakSlowly(gw);
  const answers = await Promise.all(Array.from({ length: 4 }, () => gw.ask(path, { body: chatBody() })));
  for (const { bytes, whole } of answers) {
    expect(whole).toBe(true);
    expect(idsOf(bytes)).toEqual(Array.from({ length: count + 2 }, (_, index) => index));
    expect(eventsOf(bytes).map(({ data }) => `data: ${data}\n\n`)).toEqual(chatEvents(words));
  }
  expect(complaints(gw)).toBe(1);
  // Memory has them, and gives them again.
  const [first] = answers;
  const id = first?.headers["gw-stream-id"];
  const again = await gw.ask(`/v1/streams/${id}?starting_after=${count - 2}`);
  expect([idsOf(again.bytes), again.headers["gw-stream-status"]]).toEqual([[count - 1, count, count + 1], "done"]);

  disk.grow();
  const next = await gw.ask(path, { body: chatBody() });
  await gw.close();
  expect(complaints(gw)).toBe(1);
  vi.restoreAllMocks();
  // All of it was written once there was room.
  await using after = await startStreamGateway({}, { dataDirectory: gw.dataDirectory });
  for (const { headers, text } of [...answers, next]) {
    expect((await after.ask(`/v1/streams/${headers["gw-stream-id"]}`)).text).toBe(text);
  }
});

it("a full disk and an end of the process leave what was stored, with one ending", async () => {
  smallDisk(60);
  const gw = await startStreamGateway({ shutdownGraceMs: 50 });
  speakSlowly(gw);
  const answer = await gw.ask(path, { body: chatBody() });
  const started = await gw.ask(path, { body: chatBody(), cutAfterBytes: 20 });
  // What cannot be written is no reason to leave the books unwritten.
  await gw.close();
  vi.restoreAllMocks();
  await using after = await startStreamGateway({}, { dataDirectory: gw.dataDirectory });
  for (const { headers } of [answer, started]) {
    const kept = await after.ask(`/v1/streams/${headers["gw-stream-id"]}`);
    // One of which nothing was stored is not known.
    if (kept.status === 404) continue;
    const events = eventsOf(kept.bytes);
    expect(events.filter(({ data }) => data === "[DONE]" || data.includes('"partial":true'))).toHaveLength(1);
    expect(kept.text).toMatch(/data: (\[DONE\]|.*"partial":true.*)\n\n$/);
  }
});
