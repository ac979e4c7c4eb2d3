import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf, idsOf, joined } from "./events.ts";
import type { VendorCall } from "./scripted-vendor.ts";
import { chatBody, chatEvents, type StreamGateway, startStreamGateway } from "./stream-gateway.ts";

const commitAfterMs = 20;
const eventStream = { "content-type": "text/event-stream" };
const winning = chatEvents(["the ", "winner's ", "words"]);
const opening = `data: ${JSON.stringify({ id: "lost", choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] })}\n\n`;

const routes = { both: { targets: ["house/m", "second/m"] } };
let gw: StreamGateway;
/** Its heads do not wait. */
let hasty: StreamGateway;
beforeAll(async () => {
  gw = await startStreamGateway({ commitAfterMs: 60_000, routes });
  hasty = await startStreamGateway({ commitAfterMs, routes }, { vendor: gw.vendor });
});
afterAll(async () => {
  await hasty.close();
  await gw.close();
});

/** The first target fails, and the second one answers. */
function firstFails(fail: (call: VendorCall) => void | Promise<void>) {
  return async (call: VendorCall): Promise<void> => {
    if (!call.path.startsWith("/second/")) return fail(call);
    call.response.writeHead(200, eventStream);
    for (const event of winning) {
      call.response.write(event);
      await sleep(2);
    }
    call.response.end();
  };
}

const failures: [string, (call: VendorCall) => void | Promise<void>][] = [
  ["refuses", ({ response }) => void response.writeHead(500).end("{}")],
  [
    "breaks off before its first content",
    ({ response }) => {
      response.writeHead(200, eventStream);
      response.write(opening, () => response.destroy());
    },
  ],
  [
    "reports an error before its first content",
    ({ response }) => {
      response.writeHead(200, eventStream).end(`${opening}data: {"error":{"message":"overloaded","code":503}}\n\n`);
    },
  ],
];

describe("failover before the commit point", () => {
  it.each(failures)("is not seen in the buffer when the first target %s", async (_what, fail) => {
    gw.vendor.answers(firstFails(fail));
    const first = await gw.ask("/v1/chat/completions", { body: chatBody({ model: "route/both" }), cutAfterBytes: 30 });
    expect([first.headers["gw-provider"], first.headers["gw-attempts"]]).toEqual(["second", "2"]);
    const kept = await gw.ask(`/v1/streams/${first.headers["gw-stream-id"]}`);
    expect(kept.text).toBe(winning.map((event, index) => `id: ${index}\n${event}`).join(""));
    expect(gw.vendor.calls).toHaveLength(2);
  });

  it.each(failures)(
    "is not seen by who resumes while nobody has answered, when the first target then %s",
    async (_what, fail) => {
      gw.vendor.answers(
        firstFails(async (call) => {
          await sleep(commitAfterMs * 4);
          await fail(call);
        }),
      );
      const first = await hasty.ask("/v1/chat/completions", {
        body: chatBody({ model: "route/both" }),
        cutAfterBytes: 1,
      });
      expect(first.headers["gw-provider"]).toBeUndefined();
      // Before any target has failed.
      const resumed = await hasty.ask(`/v1/streams/${first.headers["gw-stream-id"]}`);
      expect(idsOf(resumed.bytes)).toEqual(winning.map((_event, index) => index));
      expect(eventsOf(resumed.bytes).map(({ data }) => `data: ${data}\n\n`)).toEqual(winning);
      expect(resumed.text).toContain("gw-provider=second; gw-model=m; gw-lane=native; gw-attempts=2");
      expect(joined((await hasty.ask(`/v1/streams/${first.headers["gw-stream-id"]}`)).bytes)).toBe(
        joined(resumed.bytes),
      );
      expect(gw.vendor.calls).toHaveLength(2);
    },
  );

  it("is over after it: what then breaks off ends the stream, and no other target is asked", async () => {
    gw.vendor.answers(({ response }) => {
      response.writeHead(200, eventStream);
      response.write(chatEvents(["half"], null).join(""), () => response.destroy());
    });
    const { bytes } = await gw.ask("/v1/chat/completions", { body: chatBody({ model: "route/both" }) });
    expect(idsOf(bytes)).toEqual([0, 1]);
    expect(JSON.parse(eventsOf(bytes)[1]?.data ?? "")).toMatchObject({
      error: { code: "stream_truncated", partial: true },
    });
    expect(gw.vendor.calls).toHaveLength(1);
  });
});
