import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chatBody, chatEvents, type StreamGateway, startStreamGateway } from "./stream-gateway.ts";

const path = "/v1/chat/completions";
const eventStream = { "content-type": "text/event-stream" };
const secret = "the-secret-word-of-the-answer";

let gw: StreamGateway;
let always: StreamGateway;
let finish: () => void;
beforeAll(async () => {
  gw = await startStreamGateway();
  always = await startStreamGateway({ streamRetainMs: 0 }, { vendor: gw.vendor });
});
afterAll(async () => {
  await always.close();
  await gw.close();
});

function hold(): void {
  gw.vendor.answers(({ response }) => {
    response.writeHead(200, eventStream).write(chatEvents([`${secret} `, `${secret} `], null).join(""));
    finish = () => response.end(chatEvents([secret]).join(""));
  });
}

/** Whether any file of a gateway holds a text. */
function onDisk({ dataDirectory }: StreamGateway, text: string): boolean {
  return readdirSync(dataDirectory).some((name) => readFileSync(join(dataDirectory, name)).includes(text));
}

describe.each([
  ["asked for by the call", () => gw, { "gw-stream-retain-s": "0" }],
  ["configured", () => always, {}],
] as const)("no retention, %s", (_how, of, headers) => {
  it("keeps an answer in memory alone, and until it has been read", async () => {
    hold();
    const first = await of().ask(path, { body: chatBody(), headers, cutAfterBytes: 10 });
    const id = first.headers["gw-stream-id"] as string;
    const back = of().ask(`/v1/streams/${id}`, { onHead: () => setTimeout(finish, 100) });
    expect((await back).text.split(secret)).toHaveLength(4);
    const gone = await of().ask(`/v1/streams/${id}`);
    expect([gone.status, gone.headers["gw-error"]]).toEqual([404, "not_found"]);
    // What is written behind has been written by then.
    await of().ask(path, {
      body: chatBody(),
      headers: { ...headers, "idempotency-key": "another" },
      cutAfterBytes: 10,
    });
    finish();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([onDisk(of(), secret), onDisk(of(), id)]).toEqual([false, false]);
  });

  it("keeps nothing of a whole answer for its idempotency key either", async () => {
    const message = { role: "assistant", content: secret };
    const whole = {
      id: "c",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [{ index: 0, message, finish_reason: "stop" }],
    };
    gw.vendor.answers(({ response }) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(whole));
    });
    const body = chatBody({ stream: false });
    const key = { ...headers, "idempotency-key": "of a whole answer" };
    const answers = await Promise.all([of().ask(path, { body, headers: key }), of().ask(path, { body, headers: key })]);
    for (const { text } of answers) expect(text).toContain(secret);
    expect(onDisk(of(), secret)).toBe(false);
  });
});

it("an answer that is kept is on disk: the look into the files can tell", async () => {
  hold();
  const first = await gw.ask(path, { body: chatBody(), cutAfterBytes: 10 });
  expect(existsSync(join(gw.dataDirectory, "streams.db"))).toBe(true);
  await expect
    .poll(() => [onDisk(gw, secret), onDisk(gw, first.headers["gw-stream-id"] as string)])
    .toEqual([true, true]);
  finish();
});
