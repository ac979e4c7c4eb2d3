import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf, idsOf } from "./events.ts";
import type { Asked, Received } from "./exchange.ts";
import { chatBody, chatEvents, type StreamGateway, startStreamGateway } from "./stream-gateway.ts";

const graceMs = 120;
const eventStream = { "content-type": "text/event-stream" };
const path = "/v1/chat/completions";

let gw: StreamGateway;
let finish: () => void;
beforeAll(async () => {
  gw = await startStreamGateway({ disconnectGraceMs: graceMs });
});
afterAll(() => gw.close());

/** A stream whose caller has left after its first event; the vendor goes on when it is let. */
async function left(asked: Asked = {}): Promise<Received> {
  gw.vendor.answers(({ response }) => {
    response.writeHead(200, eventStream).write(chatEvents(["one "], null).join(""));
    finish = () => response.end(chatEvents(["two"]).join(""));
  });
  return gw.ask(path, { body: chatBody(), cutAfterBytes: 10, ...asked });
}

/** The call's row, once it is over. */
async function rowOf({ headers }: Received): Promise<Record<string, unknown>> {
  const read = async () => {
    const { status, text } = await gw.ask(`/admin/v1/logs/${headers["gw-request-id"]}`);
    return status === 200 ? (JSON.parse(text) as Record<string, unknown>) : null;
  };
  await expect.poll(read, { timeout: 5_000 }).not.toBeNull();
  return (await read()) ?? {};
}

async function expectCancelled(call: Received): Promise<void> {
  expect(await gw.vendor.calls[0]?.cut).toBe(true);
  const kept = await gw.ask(`/v1/streams/${call.headers["gw-stream-id"]}`);
  expect([kept.headers["gw-stream-status"], kept.headers["gw-stream-error"]]).toEqual(["cancelled", "cancelled"]);
  expect(idsOf(kept.bytes)).toEqual([0, 1]);
  expect(JSON.parse(eventsOf(kept.bytes)[1]?.data ?? "")).toMatchObject({
    error: { code: "cancelled", partial: true },
  });
  expect(await rowOf(call)).toMatchObject({ state: "cancelled", error_code: "cancelled", http_status: 200 });
}

async function expectDone(call: Received): Promise<void> {
  const kept = await gw.ask(`/v1/streams/${call.headers["gw-stream-id"]}`);
  expect(kept.text).toMatch(/"one ".*"two".*data: \[DONE\]\n\n$/s);
  expect(await gw.vendor.calls[0]?.cut).toBe(false);
  expect(await rowOf(call)).toMatchObject({ state: "succeeded", error_code: null, finish_reason: "stop" });
}

const runs = async (): Promise<boolean> => {
  const first = gw.vendor.calls[0];
  return first !== undefined && !first.response.destroyed;
};

describe("a stream whose caller has left", () => {
  it("is cancelled when nobody comes back within the grace", async () => {
    await expectCancelled(await left());
  });

  it("goes on to its end within the grace, read or not", async () => {
    const call = await left();
    finish();
    await expectDone(call);
  });

  it("goes on while somebody reads, and the grace begins anew when he leaves", async () => {
    const call = await left();
    const stream = `/v1/streams/${call.headers["gw-stream-id"]}`;
    for (let visit = 0; visit < 3; visit += 1) {
      await sleep(graceMs / 2);
      let leave = (): void => {};
      const back = gw.ask(stream, {
        onHead: (_headers, go) => {
          leave = go;
        },
      });
      await sleep(graceMs * 1.5);
      expect(await runs()).toBe(true);
      leave();
      await back;
    }
    await expectCancelled(call);
  });

  it("of two readers goes on for the other", async () => {
    const call = await left();
    const stay = gw.ask(`/v1/streams/${call.headers["gw-stream-id"]}`);
    await gw.ask(`/v1/streams/${call.headers["gw-stream-id"]}`, { cutAfterBytes: 5 });
    await sleep(graceMs * 2);
    finish();
    expect((await stay).text).toMatch(/data: \[DONE\]\n\n$/);
    await expectDone(call);
  });

  it("is cancelled at once where the caller asked for that", async () => {
    await expectCancelled(await left({ headers: { "gw-on-disconnect": "cancel" } }));
  });

  it.each(["cancel;grace=1", "detach;grace=1"])("takes the caller's grace, %s", async (rule) => {
    const call = await left({ headers: { "gw-on-disconnect": rule } });
    await sleep(graceMs * 3);
    expect(await runs()).toBe(true);
    await expectCancelled(call);
  });

  it("takes the rule of its key, unless the call has its own", async () => {
    const headers = await gw.newKey({ on_disconnect: "cancel" });
    await expectCancelled(await left({ headers }));
    const detached = await left({ headers: { ...headers, "gw-on-disconnect": "detach" } });
    await sleep(graceMs / 2);
    expect(await runs()).toBe(true);
    await expectCancelled(detached);
    const patient = await gw.newKey({ on_disconnect: "detach;grace=2" });
    const long = await left({ headers: patient });
    await sleep(graceMs * 3);
    expect(await runs()).toBe(true);
    finish();
    await expectDone(long);
    const { data } = JSON.parse((await gw.ask("/admin/v1/keys")).text) as { data: { on_disconnect: string | null }[] };
    expect(data.map((key) => key.on_disconnect)).toEqual(["cancel", "detach;grace=2"]);
    const refused = await gw.ask("/admin/v1/keys", { body: { name: "wrong", on_disconnect: "wait" } });
    expect([refused.status, refused.headers["gw-error"]]).toEqual([400, "invalid_request"]);
  });

  it("ends when somebody stops it, and stays as it ended", async () => {
    const call = await left();
    const stream = `/v1/streams/${call.headers["gw-stream-id"]}`;
    const stopped = await gw.ask(`${stream}/cancel`, { method: "POST" });
    expect(JSON.parse(stopped.text)).toEqual({
      id: call.headers["gw-stream-id"],
      object: "stream",
      status: "cancelled",
    });
    await expectCancelled(call);
    expect((await gw.ask(`${stream}/cancel`, { method: "POST" })).headers["gw-stream-next-id"]).toBe("2");
    const done = await left();
    finish();
    await expectDone(done);
    await gw.ask(`/v1/streams/${done.headers["gw-stream-id"]}/cancel`, { method: "POST" });
    await expectDone(done);
  });

  it("is written down once, however it went", async () => {
    const calls = [await left(), await left({ headers: { "gw-on-disconnect": "cancel" } })];
    const third = await left();
    finish();
    for (const call of [...calls, third]) await rowOf(call);
    const { data } = JSON.parse((await gw.ask("/admin/v1/logs?limit=100")).text) as { data: { request_id: string }[] };
    for (const { headers } of [...calls, third]) {
      expect(data.filter(({ request_id: id }) => id === headers["gw-request-id"])).toHaveLength(1);
    }
    await expect.poll(async () => (await gw.ask("/metrics")).text).toContain("gw_running_requests 0\n");
  });
});

it("an unstreamed call ends with its caller, unless a key lets him come back", async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  gw.vendor.answers(() => ask());
  const abort = new AbortController();
  const call = gw.ask(path, { body: chatBody({ stream: false }), signal: abort.signal }).catch(() => null);
  await asked;
  abort.abort();
  expect(await call).toBeNull();
  expect(await gw.vendor.calls[0]?.cut).toBe(true);
});
