import { createAI, resumingFetch } from "@gw/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminKey, newDirectory, startStreamGateway } from "../streams/stream-gateway.ts";
import { startCuttingProxy } from "./cutting-proxy.ts";
import { pieces, type ResumeGateway, saysAndWaits, saysPieces, startResumeGateway, text } from "./resume-gateway.ts";

let setup: ResumeGateway;
beforeAll(async () => {
  setup = await startResumeGateway();
});
afterAll(() => setup[Symbol.asyncDispose]());

const model = "house/m";
const prompt = "Say something.";
const connect = (url: string) => createAI({ baseURL: url, apiKey: adminKey });

/** Resolves once the vendor has been asked. */
async function asked(): Promise<void> {
  await expect.poll(() => setup.gw.vendor.calls.length).toBe(1);
}

describe("a stop before the answer began", () => {
  test.each([
    ["streamed", { prompt, stream: true as const }],
    ["whole", { prompt }],
  ])("ends the vendor's call: %s", async (_name, input) => {
    const { gw, proxy } = setup;
    gw.vendor.answers(() => {});
    const stop = new AbortController();
    const running = connect(proxy.url).run(model, input, { signal: stop.signal });
    await asked();
    const reason = new Error("stopped by the person");
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(await gw.vendor.calls[0]?.cut).toBe(true);
  });

  test("and a cut does not end it", async () => {
    const { gw, proxy } = setup;
    const { promise, resolve } = Promise.withResolvers<void>();
    gw.vendor.answers(async ({ response }) => {
      await promise;
      response.writeHead(200, { "content-type": "application/json" });
      const message = { role: "assistant", content: text };
      response.end(JSON.stringify({ id: "c", model: "m", choices: [{ index: 0, message, finish_reason: "stop" }] }));
    });
    const running = connect(proxy.url).run(model, { prompt });
    await asked();
    proxy.cutAll();
    resolve();
    expect((await running).response).toBe(text);
    expect(gw.vendor.calls.length).toBe(1);
  });
});

test("a call is cancelled by its idempotency key, and by the key of its caller alone", async () => {
  const { gw } = setup;
  gw.vendor.answers(() => {});
  const headers = { "idempotency-key": "turn-8" };
  const cancel = (more: object) => gw.ask("/v1/streams/cancel", { method: "POST", headers: { ...headers, ...more } });
  const running = gw.ask("/v1/chat/completions", {
    headers,
    body: { model, messages: [{ role: "user", content: prompt }] },
  });
  await asked();
  expect((await cancel(await gw.newKey())).status).toBe(404);
  expect((await gw.ask("/v1/streams/cancel", { method: "POST" })).status).toBe(400);
  expect((await cancel({})).status).toBe(200);
  expect((await running).headers["gw-error"]).toBe("cancelled");
  expect(await gw.vendor.calls[0]?.cut).toBe(true);
  expect((await cancel({})).status).toBe(404);
});

test("a stream that goes silent is read on over another connection", async () => {
  const { gw, proxy } = setup;
  saysPieces(gw);
  proxy.mute = true;
  const cutsBefore = proxy.cuts;
  proxy.cutAfter([900]);
  const ai = createAI({ baseURL: proxy.url, apiKey: adminKey, fetch: resumingFetch({ maxSilenceMs: 150 }) });
  let got = "";
  for await (const { response } of await ai.run(model, { prompt, stream: true })) got += response;
  proxy.mute = false;
  expect([got, gw.vendor.calls.length, proxy.cuts - cutsBefore]).toEqual([text, 1, 1]);
});

describe("reading again", () => {
  test("another program reads on where the first one was, and its leaving stops nothing", async () => {
    const { gw, proxy } = setup;
    const { goOn } = saysAndWaits(gw, 4);
    const first = await connect(proxy.url).run(model, { prompt, stream: true });
    const iterator = first[Symbol.asyncIterator]();
    let got = "";
    while (got !== pieces.slice(0, 3).join("")) got += (await iterator.next()).value?.response;
    expect(first.lastEventId).toBe(2);

    const second = connect(proxy.url);
    const place = { lastEventId: first.lastEventId };
    const onlooker = await second.resume<{ response: string }>(first.id as string, place);
    for await (const { response } of onlooker) {
      expect(response).toBe(pieces[3]);
      break;
    }
    goOn();
    const rest = await second.resume<{ response: string }>(first.id as string, place);
    for await (const { response } of rest) got += response;
    expect(got).toBe(text);
    expect(gw.vendor.calls.length).toBe(1);
    // There is nothing after its end.
    const after = await second.resume(first.id as string, { lastEventId: rest.lastEventId });
    for await (const chunk of after) expect(chunk).toBeNull();
    await expect(second.resume("st_unknown", place)).rejects.toMatchObject({ code: "not_found", status: 404 });
  });

  test("cancel stops the vendor's call", async () => {
    const { gw, proxy } = setup;
    saysAndWaits(gw, 4);
    const ai = connect(proxy.url);
    const stream = await ai.run(model, { prompt, stream: true });
    await ai.cancel(stream.id as string);
    const reading = (async () => {
      for await (const _chunk of stream);
    })();
    await expect(reading).rejects.toMatchObject({ code: "cancelled" });
    expect(await gw.vendor.calls[0]?.cut).toBe(true);
  });
});

test("a stream that ended while its reader was away is read on at the next gateway", async () => {
  const dataDirectory = newDirectory();
  const { vendor } = setup.gw;
  saysPieces(setup.gw);
  const first = await startStreamGateway({}, { vendor, dataDirectory });
  const proxy = await startCuttingProxy(first.url);
  proxy.cutAfter([900], () => {
    proxy.down = true;
  });
  const stream = await connect(proxy.url).run(model, { prompt, stream: true });
  let got = "";
  const reading = (async () => {
    for await (const { response } of stream) got += response;
  })();
  await expect.poll(() => proxy.down).toBe(true);
  await expect
    .poll(async () => (await first.ask(`/v1/streams/${stream.id}`, { method: "HEAD" })).headers["gw-stream-status"])
    .toBe("done");
  await first.close();
  const second = await startStreamGateway({}, { vendor, dataDirectory });
  proxy.target = second.url;
  proxy.down = false;
  await reading;
  expect([got, vendor.calls.length]).toEqual([text, 1]);
  expect(proxy.cuts).toBe(1);
  proxy.close();
  await second.close();
});
