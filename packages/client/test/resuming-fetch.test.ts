import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { resumingFetch } from "../src/index.ts";

let server: Server | null = null;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answer = (response: ServerResponse) => void;

/** A gateway that gives these answers, one after the other, and keeps what it was asked. */
async function gateway(...answers: readonly Answer[]): Promise<{ readonly url: string; readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { headers, method, url } = request;
    seen.push({ line: `${method} ${url}`, headers, body: Buffer.concat(chunks).toString() });
    const answer = answers[seen.length - 1];
    if (answer === undefined) response.writeHead(500).end();
    else answer(response);
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const streamHead = { "content-type": "text/event-stream", "gw-stream-id": "st_1" };
const events = ["zero", "one", "two"].map((data, id) => `id: ${id}\ndata: ${data}\n\n`);
const last = "id: 3\ndata: [DONE]\n\n";
const all = [...events, last].join("");

/** These bytes, and then the connection is cut, or the answer ends. */
function stream(text: string, end: "cut" | "end" = "end"): Answer {
  return (response) => {
    response.writeHead(200, streamHead);
    if (end === "end") response.end(text);
    else response.write(text, () => response.destroy());
  };
}

const status =
  (code: number): Answer =>
  (response) =>
    void response.writeHead(code).end();

const call = { method: "POST", headers: { authorization: "Bearer k", "content-type": "application/json" }, body: "{}" };

describe("a stream", () => {
  it("goes on after the last whole event, with the caller's key and no other trace of its body", async () => {
    const { url, seen } = await gateway(
      stream(`${events[0]}${events[1]}id: 2\nda`, "cut"),
      stream(`${events[2]}${last}`),
    );
    const response = await resumingFetch()(`${url}/v1/chat/completions`, call);
    expect(await response.text()).toBe(all);
    expect(response.headers.get("gw-stream-id")).toBe("st_1");
    expect(seen[1]).toMatchObject({
      line: "GET /v1/streams/st_1",
      headers: { authorization: "Bearer k", "last-event-id": "1" },
      body: "",
    });
    expect(seen[1]?.headers).not.toHaveProperty("idempotency-key");
    expect(seen[1]?.headers).not.toHaveProperty("content-type");
  });

  it("is asked for again, by its key, where no event had come whole", async () => {
    const { url, seen } = await gateway(stream("id: 0\nda", "cut"), stream(all));
    expect(await (await resumingFetch()(`${url}/v1/messages`, call)).text()).toBe(all);
    expect(seen[1]).toMatchObject({ line: "POST /v1/messages", body: "{}" });
    expect(seen[1]?.headers["idempotency-key"]).toBe(seen[0]?.headers["idempotency-key"]);
  });

  it("whose events came without ids is read on by their number, and none comes later", async () => {
    const first = stream(": ka\n\ndata: zero\n\ndata: one\n\nda", "cut");
    const { url, seen } = await gateway(first, stream(`${events[2]}id: 3\n: of note\ndata: three\n\n`), status(204));
    const { body } = await resumingFetch()(`${url}/v1beta/models/m:streamGenerateContent`, call);
    const text = await new Response(body).text();
    expect(text).toBe(": ka\n\ndata: zero\n\ndata: one\n\ndata: two\n\ndata: three\n\n");
    expect(seen.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "1", "3"]);
  });

  it("passes events on as they come, whatever ends their lines", async () => {
    const pieces = ["id: 0\r\ndata: a\r\n\r", "\n: ka\n\n", "id: 1\rdata: b\r\r", "id: 2\ndata: [DONE]\n\n"];
    let goOn = (): void => {};
    const { url } = await gateway(async (response) => {
      response.writeHead(200, streamHead);
      for (const piece of pieces) {
        response.write(piece);
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
      }
      response.end();
    });
    const { body } = await resumingFetch()(`${url}/v1/messages`, call);
    let got = "";
    for await (const chunk of body ?? []) {
      got += new TextDecoder().decode(chunk);
      goOn();
    }
    expect(got).toBe(pieces.join(""));
  });

  it("that ends before its answer does is asked for the rest", async () => {
    const { url, seen } = await gateway(stream(`${events[0]}${events[1]}`), stream(`${events[2]}${last}`));
    expect(await (await resumingFetch()(`${url}/v1/messages`, call)).text()).toBe(all);
    expect(seen.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "1"]);
  });

  it.each([
    ["nothing comes after it", status(204)],
    ["the gateway does not know it any more", status(404)],
  ])("whose end says nothing is over when %s", async (_name, answer) => {
    const text = events.join("");
    const { url, seen } = await gateway(stream(text), answer);
    expect(await (await resumingFetch()(`${url}/v1/messages`, call)).text()).toBe(text);
    expect(seen.length).toBe(2);
  });

  it.each([
    ["chat", "data: [DONE]\n\n"],
    ["messages", 'event: message_stop\ndata: {"type":"message_stop"}\n\n'],
    ["responses", "event: response.completed\ndata: {}\n\n"],
    ["an error", "event: error\ndata: {}\n\n"],
  ])("that says that it is over is believed: %s", async (_name, end) => {
    const { url, seen } = await gateway(stream(`${events[0]}id: 1\n${end}`, "cut"));
    expect(await (await resumingFetch()(`${url}/v1/messages`, call)).text()).toBe(`${events[0]}id: 1\n${end}`);
    expect(seen.length).toBe(1);
  });

  it("does not believe what a model says about its end", async () => {
    const said = 'id: 0\ndata: {"text":"\\ndata: [DONE]\\n event: message_stop"}\n\n';
    const { url, seen } = await gateway(stream(said, "cut"), stream(`${events[1]}${last}`));
    expect(await (await resumingFetch()(`${url}/v1/messages`, call)).text()).toBe(`${said}${events[1]}${last}`);
    expect(seen.length).toBe(2);
  });

  it("is over when nothing comes after a cut, and what came last without a blank line is passed on", async () => {
    const cut = await gateway(stream(events.join(""), "cut"), status(204));
    expect(await (await resumingFetch()(`${cut.url}/v1/messages`, call)).text()).toBe(events.join(""));
    server?.close();
    const ended = await gateway(stream(`${events[0]}id: 1\ndata: one`), status(204));
    expect(await (await resumingFetch()(`${ended.url}/v1/messages`, call)).text()).toBe(`${events[0]}id: 1\ndata: one`);
  });

  it("that is gone breaks with the break that it had", async () => {
    const { url, seen } = await gateway(stream(`${events[0]}`, "cut"), status(410));
    await expect((await resumingFetch()(`${url}/v1/messages`, call)).text()).rejects.toThrow(TypeError);
    expect(seen.length).toBe(2);
  });

  it("is given up after so many tries that bring nothing", async () => {
    const bad = [stream("", "cut"), stream("id: 1\n", "cut"), status(503)];
    const { url, seen } = await gateway(stream(`${events[0]}`, "cut"), ...bad);
    await expect((await resumingFetch({ maxReconnects: 3 })(`${url}/v1/messages`, call)).text()).rejects.toThrow(
      TypeError,
    );
    expect(seen.length).toBe(4);
  });

  it("that is given up is found by the next call that asks the same", async () => {
    const { url, seen } = await gateway(stream(`${events[0]}`, "cut"), stream(all));
    const fetch = resumingFetch({ maxReconnects: 0 });
    await expect((await fetch(`${url}/v1/messages`, call)).text()).rejects.toThrow(TypeError);
    await (await fetch(`${url}/v1/messages`, call)).text();
    expect(seen[1]?.headers["idempotency-key"]).toBe(seen[0]?.headers["idempotency-key"]);
  });

  it("is given up after so long", async () => {
    const { url, seen } = await gateway(stream(`${events[0]}`, "cut"), status(503), status(503));
    const fetch = resumingFetch({ maxOutageMs: 0, maxReconnects: 1_000 });
    await expect((await fetch(`${url}/v1/messages`, call)).text()).rejects.toThrow(TypeError);
    expect(seen.length).toBeLessThan(4);
  });

  it("has as many tries as before once an event has come", async () => {
    const pieces = events.map((event) => stream(event, "cut"));
    const { url } = await gateway(...pieces, stream(last));
    expect(await (await resumingFetch({ maxReconnects: 1 })(`${url}/v1/messages`, call)).text()).toBe(all);
  });

  it.each([
    ["/v1/chat/completions", "/v1/streams/st_1"],
    ["/ai/run", "/v1/streams/st_1"],
    ["/ai/v1/messages", "/v1/streams/st_1"],
    ["/client/v4/accounts/a/ai/run/x", "/v1/streams/st_1"],
    ["/team/llm/v1/responses", "/team/llm/v1/streams/st_1"],
    ["/v1beta/models/google/m:streamGenerateContent?alt=sse&key=a%2Bb", "/v1/streams/st_1?key=a%2Bb"],
  ])("asked for at %s is read on at %s", async (path, expected) => {
    const { url, seen } = await gateway(stream(`${events[0]}`, "cut"), stream(last));
    await (await resumingFetch()(`${url}${path}`, call)).text();
    expect(seen[1]?.line).toBe(`GET ${expected}`);
  });
});

describe("a stop", () => {
  it.each(["abort", "leave"])("cancels the stream, once: %s", async (way) => {
    const cancelled = Promise.withResolvers<void>();
    const { url, seen } = await gateway(
      (response) => void response.writeHead(200, streamHead).write(events[0]),
      (response) => {
        response.end();
        cancelled.resolve();
      },
    );
    const stop = new AbortController();
    const { body } = await resumingFetch()(`${url}/v1/messages`, { ...call, signal: stop.signal });
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    const reason = new Error("stopped by the person");
    if (way === "abort") {
      stop.abort(reason);
      await expect(reader.read()).rejects.toBe(reason);
    }
    await reader.cancel().catch(() => {});
    await cancelled.promise;
    expect(seen.map(({ line }) => line)).toEqual(["POST /v1/messages", "POST /v1/streams/st_1/cancel"]);
    expect(seen[1]).toMatchObject({ headers: { authorization: "Bearer k" }, body: "" });
  });

  it("after the end cancels nothing", async () => {
    const { url, seen } = await gateway((response) => void response.writeHead(200, streamHead).write(all));
    const { body } = await resumingFetch()(`${url}/v1/messages`, call);
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    await fetch(url);
    expect(seen.map(({ line }) => line)).toEqual(["POST /v1/messages", "GET /"]);
  });

  it("of one that only reads along cancels nothing", async () => {
    const { url, seen } = await gateway((response) => void response.writeHead(200, streamHead).write(events[0]));
    const { body } = await resumingFetch()(`${url}/v1/streams/st_1`);
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    await fetch(url);
    expect(seen.map(({ line }) => line)).toEqual(["GET /v1/streams/st_1", "GET /"]);
  });

  it("between two tries ends them", async () => {
    const stop = new AbortController();
    const reason = new Error("stopped by the person");
    const { url } = await gateway(stream(`${events[0]}`, "cut"), status(503), status(503), (response) => {
      stop.abort(reason);
      response.writeHead(503).end();
    });
    const response = await resumingFetch({ maxReconnects: 1_000 })(`${url}/v1/messages`, {
      ...call,
      signal: stop.signal,
    });
    await expect(response.text()).rejects.toBe(reason);
  });
});

describe("a stop of a call", () => {
  const reason = new Error("stopped by the person");

  it.each(["while it tries", "while it waits"])("ends it %s", async (when) => {
    const stop = new AbortController();
    let tries = 0;
    const fetch = resumingFetch({
      maxReconnects: 1_000,
      fetch: async () => {
        tries += 1;
        if (tries === 3) {
          if (when === "while it tries") stop.abort(reason);
          else setTimeout(() => stop.abort(reason), 10);
        }
        throw new TypeError("no network");
      },
    });
    await expect(fetch("http://gateway/v1/messages", { ...call, signal: stop.signal })).rejects.toBe(reason);
  });

  it("that comes with its head ends its stream", async () => {
    const stop = new AbortController();
    const fetch = resumingFetch({
      fetch: async () => {
        stop.abort(reason);
        return new Response(all, { headers: streamHead });
      },
    });
    const response = await fetch("http://gateway/v1/messages", { ...call, signal: stop.signal });
    await expect(response.text()).rejects.toBe(reason);
  });
});

describe("a call", () => {
  const whole: Answer = (response) =>
    void response.writeHead(200, { "content-type": "application/json", "gw-stream-id": "st_2" }).end('{"a":1}');
  const lost: Answer = (response) => void response.destroy();
  const half: Answer = (response) => {
    const headers = { "content-type": "application/json", "gw-stream-id": "st_2", "content-length": "7" };
    response.writeHead(200, headers).write('{"a', () => response.destroy());
  };

  it("whose head or body is lost is asked for again with its key", async () => {
    const { url, seen } = await gateway(lost, half, whole);
    expect(await (await resumingFetch()(`${url}/v1/messages`, call)).json()).toEqual({ a: 1 });
    const keys = new Set(seen.map(({ headers }) => headers["idempotency-key"]));
    expect([...keys]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(new Set(seen.map(({ body }) => body))).toEqual(new Set(["{}"]));
  });

  it.each([
    ["after a failure of the network", lost, true],
    ["after a gateway that something in between gave up on", status(504), true],
    ["after a refusal", status(422), false],
    ["after an answer", whole, false],
  ])("that is made again %s has the key of the first: %s", async (_name, first, same) => {
    const { url, seen } = await gateway(first, whole, whole);
    const fetch = resumingFetch({ maxReconnects: 0 });
    await fetch(`${url}/v1/messages`, call).catch(() => {});
    await fetch(`${url}/v1/messages`, call);
    await fetch(`${url}/v1/messages`, call);
    const [one, two, three] = seen.map(({ headers }) => headers["idempotency-key"]);
    expect(one === two).toBe(same);
    expect(three).not.toBe(two);
  });

  it("of another body, or stopped by its caller, leaves no key behind", async () => {
    const stop = new AbortController();
    const { url, seen } = await gateway(lost, whole, () => stop.abort(), whole, whole);
    const fetch = resumingFetch({ maxReconnects: 0 });
    const address = `${url}/v1/messages`;
    await fetch(address, call).catch(() => {});
    await fetch(address, { ...call, body: '{"b":2}' });
    await fetch(address, { ...call, body: '{"c":3}', signal: stop.signal }).catch(() => {});
    await fetch(address, { ...call, body: '{"c":3}' });
    const posts = seen.filter(({ line }) => line === "POST /v1/messages");
    expect(new Set(posts.map(({ headers }) => headers["idempotency-key"])).size).toBe(posts.length);
  });

  it.each([
    ["a form", { method: "POST", body: new FormData() }],
    ["bytes", { method: "POST", body: new Uint8Array([1]) }],
    ["another method", { method: "DELETE" }],
  ])("that it does not know goes through as it is: %s", async (_name, init) => {
    const { url, seen } = await gateway(whole);
    expect(await (await resumingFetch()(`${url}/v1/files`, init)).json()).toEqual({ a: 1 });
    expect(seen[0]?.headers).not.toHaveProperty("idempotency-key");
  });

  it("to somebody else is not read on", async () => {
    const { url, seen } = await gateway((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(events[0], () => response.destroy());
    });
    await expect((await resumingFetch()(`${url}/v1/messages`, call)).text()).rejects.toThrow(TypeError);
    expect(seen.length).toBe(1);
  });

  it("to no address fails at once", async () => {
    await expect(resumingFetch()("nowhere", call)).rejects.toThrow(TypeError);
  });
});
