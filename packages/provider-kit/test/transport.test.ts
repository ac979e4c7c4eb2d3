import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { GatewayError, type Transport, type WireReply } from "@gw/core";
import { afterEach, describe, expect, test } from "vitest";
import { fetchTransport } from "../src/fetch-transport.ts";
import { undiciTransport } from "../src/undici-transport.ts";
import { readWhole } from "../src/wire-body.ts";
import { chunk, chunkedHead, lastChunk, type RawServer, reply, startRawServer } from "./raw-server.ts";

const timeouts = { connectTimeoutMs: 2_000, firstContentTimeoutMs: 5_000, idleTimeoutMs: 5_000 };
const unlimited = 1_000_000_000;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(answer: Parameters<typeof startRawServer>[0]): Promise<RawServer> {
  const server = await startRawServer(answer);
  closing.unshift(() => server.close());
  return server;
}

describe.each([
  ["undici", undiciTransport],
  ["fetch", fetchTransport],
])("the %s transport", (_name, create) => {
  function open(): Transport {
    const transport = create();
    closing.unshift(() => transport.close());
    return transport;
  }
  function send(
    server: { origin: string },
    options: { transport?: Transport; signal?: AbortSignal; timeouts?: Partial<typeof timeouts>; path?: string } = {},
  ): Promise<WireReply> {
    return (options.transport ?? open()).send(
      {
        method: "POST",
        url: `${server.origin}${options.path ?? "/v1/x?a=1"}`,
        headers: { "content-type": "text/plain" },
        body: "hello",
      },
      {
        signal: options.signal ?? new AbortController().signal,
        timeouts: { ...timeouts, ...options.timeouts },
      },
    );
  }
  const text = async (wire: WireReply) => Buffer.from(await readWhole(wire.body, unlimited)).toString();
  async function pieces(wire: WireReply): Promise<string> {
    let read = "";
    for await (const piece of wire.body) read += Buffer.from(piece).toString("latin1");
    return read;
  }
  const failure = (error: unknown) => {
    const { code, retry } = error as GatewayError;
    return { code, sameTarget: retry?.sameTarget };
  };

  test("carries a request and its reply", async () => {
    const server = await serve((socket) =>
      socket.write(reply(201, { "x-a": "1", "content-type": "text/plain" }, "ok")),
    );
    const wire = await send(server);
    expect(wire.status).toBe(201);
    expect(wire.headers).toMatchObject({ "x-a": "1", "content-type": "text/plain" });
    expect(await text(wire)).toBe("ok");
    expect(server.requests).toMatchObject([
      {
        line: "POST /v1/x?a=1 HTTP/1.1",
        headers: { "content-type": "text/plain", "content-length": "5" },
        body: "hello",
      },
    ]);
  });

  test("joins repeated headers and shows what is not an error as it is", async () => {
    const server = await serve((socket) =>
      socket.write("HTTP/1.1 302 X\r\nlocation: /y\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 0\r\n\r\n"),
    );
    const wire = await send(server);
    expect([wire.status, wire.headers["x-a"], wire.headers.location]).toEqual([302, "1, 2", "/y"]);
    expect(await text(wire)).toBe("");
    expect(server.requests).toHaveLength(1);
  });

  test("waits for the reply behind an early hint", async () => {
    const hint = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    const server = await serve((socket) => socket.write(hint + reply(200, {}, "ok").toString()));
    const wire = await send(server);
    expect([wire.status, await text(wire)]).toEqual([200, "ok"]);
  });

  test("gives a body in pieces as they come, and uses the connection again", async () => {
    let next = () => {};
    const server = await serve((socket) => {
      socket.write(chunkedHead(200, "text/plain") + chunk("one"));
      next = () => socket.write(chunk("two") + lastChunk);
    });
    const transport = open();
    for (const _round of [1, 2]) {
      const wire = await send(server, { transport });
      const body = wire.body[Symbol.asyncIterator]();
      expect(Buffer.from((await body.next()).value as Uint8Array).toString()).toBe("one");
      next();
      expect(Buffer.from((await body.next()).value as Uint8Array).toString()).toBe("two");
      expect((await body.next()).done).toBe(true);
      await nextTurn();
    }
    expect(server.connections()).toBe(1);
  });

  test("slows a sender down whom nobody reads, and loses nothing", async () => {
    const size = 24 * 1024 * 1024;
    let drained = false;
    const server = await serve((socket) => {
      socket.write(`HTTP/1.1 200 X\r\ncontent-length: ${size}\r\n\r\n`);
      socket.write(Buffer.alloc(size, "a"), () => {
        drained = true;
      });
    });
    const wire = await send(server);
    await sleep(100);
    expect(drained).toBe(false);
    expect((await pieces(wire)).length).toBe(size);
  });

  test("runs requests side by side", async () => {
    const held: (() => void)[] = [];
    const server = await serve((socket) => {
      held.push(() => socket.write(reply(200, {}, "x")));
      if (held.length === 3) for (const release of held) release();
    });
    const transport = open();
    const bodies = await Promise.all([1, 2, 3].map(async () => text(await send(server, { transport }))));
    expect(bodies).toEqual(["x", "x", "x"]);
  });

  test("refuses a body longer than its reader takes", async () => {
    const server = await serve((socket) => socket.write(reply(200, {}, "123456")));
    const wire = await send(server);
    await expect(readWhole(wire.body, 5)).rejects.toMatchObject({ code: "reply_malformed" });
  });

  test.each<[string, string]>([
    ["an end before the declared length", "HTTP/1.1 200 X\r\ncontent-length: 10\r\n\r\nshort"],
    ["an end between chunks", chunkedHead(200, "text/plain") + chunk("a")],
    ["an end inside a chunk", `${chunkedHead(200, "text/plain")}a\r\nshort`],
  ])("tells of %s", async (_case, bytes) => {
    const server = await serve((socket) => socket.end(bytes));
    const wire = await send(server);
    const error = await pieces(wire).catch((caught: unknown) => caught);
    expect(failure(error)).toEqual({ code: "connection_failed", sameTarget: false });
  });

  test.each<[string, string]>([
    ["nothing", ""],
    ["half a head", "HTTP/1.1 200 X\r\ncontent-"],
    ["what is not HTTP", "220 mail.example ESMTP\r\n"],
  ])("tells of a connection that ends after %s", async (_case, bytes) => {
    const server = await serve((socket) => socket.end(bytes));
    const error = await send(server).catch((caught: unknown) => caught);
    expect(failure(error)).toEqual({ code: "connection_failed", sameTarget: false });
  });

  test("says that nothing was sent where no connection came about", async () => {
    const server = await startRawServer(() => {});
    await server.close();
    const error = await send(server).catch((caught: unknown) => caught);
    expect(failure(error)).toEqual({ code: "connection_failed", sameTarget: true });
  });

  test("bounds the wait for a head", async () => {
    const server = await serve(() => {});
    const error = await send(server, { timeouts: { firstContentTimeoutMs: 60 } }).catch((caught: unknown) => caught);
    expect(failure(error).code).toBe("timed_out");
    await server.allClosed();
  });

  test("bounds the silence inside a body, and only there", async () => {
    const server = await serve((socket) => {
      socket.write(chunkedHead(200, "text/plain") + chunk("a"));
    });
    const wire = await send(server, { timeouts: { idleTimeoutMs: 60 } });
    const error = await pieces(wire).catch((caught: unknown) => caught);
    expect(failure(error).code).toBe("timed_out");
    await server.allClosed();
  });

  describe("frees the socket", () => {
    test("of a request that is aborted before its head", async () => {
      const controller = new AbortController();
      const server = await serve(() => controller.abort());
      await expect(send(server, { signal: controller.signal })).rejects.toMatchObject({ code: "aborted" });
      await server.allClosed();
    });

    test("of a request that is aborted before its connection stands", async () => {
      const controller = new AbortController();
      const server = await serve((socket) => socket.write(reply(200, {}, "ok")));
      const transport = open();
      const sending = send(server, { transport, signal: controller.signal });
      controller.abort();
      await expect(sending).rejects.toMatchObject({ code: "aborted" });
      // Whatever came of the connection is over once another request is through.
      await text(await send(server, { transport }));
      expect(server.requests).toHaveLength(1);
    });

    test("of a reply that is aborted, which its reader learns", async () => {
      const controller = new AbortController();
      const server = await serve((socket) => socket.write(chunkedHead(200, "text/plain") + chunk("a")));
      const wire = await send(server, { signal: controller.signal });
      const body = wire.body[Symbol.asyncIterator]();
      await body.next();
      const waiting = body.next();
      controller.abort();
      await expect(waiting).rejects.toMatchObject({ code: "aborted" });
      await server.allClosed();
    });

    test("with the error that the signal's reason is", async () => {
      const controller = new AbortController();
      const server = await serve(() => controller.abort(new GatewayError("timed_out", "too slow")));
      await expect(send(server, { signal: controller.signal })).rejects.toMatchObject({ code: "timed_out" });
    });

    test("of a reply that its reader leaves", async () => {
      const server = await serve((socket) => socket.write(chunkedHead(200, "text/plain") + chunk("a")));
      const wire = await send(server);
      for await (const _piece of wire.body) break;
      await server.allClosed();
    });

    test("of everything when it is closed", async () => {
      const server = await serve((socket) => socket.write(chunkedHead(200, "text/plain") + chunk("a")));
      const transport = open();
      const wire = await send(server, { transport });
      const body = wire.body[Symbol.asyncIterator]();
      await body.next();
      const waiting = body.next();
      waiting.catch(() => {});
      await transport.close();
      await expect(waiting).rejects.toMatchObject({ code: "aborted" });
      await server.allClosed();
    });
  });

  test("sends nothing for a signal that has fired", async () => {
    const server = await serve(() => {});
    await expect(send(server, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
    expect(server.connections()).toBe(0);
  });
});

test("the undici transport does not wait for an address that nobody answers at", async () => {
  const transport = undiciTransport();
  closing.unshift(() => transport.close());
  // 192.0.2.0/24 is kept for documentation.
  const sending = transport.send(
    { method: "GET", url: "http://192.0.2.1:9", headers: {}, body: null },
    { signal: new AbortController().signal, timeouts: { ...timeouts, connectTimeoutMs: 50 } },
  );
  await expect(sending).rejects.toMatchObject({ code: "connection_failed", retry: { sameTarget: true } });
});
