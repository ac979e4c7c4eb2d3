import { connect } from "node:net";
import { type Fault, type ScriptedReply, splitFrames, startUpstream, type UpstreamScript } from "@gw/provider-testkit";
import { describe, expect, onTestFinished, test } from "vitest";

async function started(script: UpstreamScript) {
  const upstream = await startUpstream(script);
  onTestFinished(() => upstream.close());
  return upstream;
}

/** Sends one request over a bare socket; gives what came back and how the connection ended. */
async function exchange(reply: ScriptedReply) {
  const upstream = await started(reply);
  const { port } = new URL(upstream.url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write("POST /a?b=c HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nx-one: 1\r\nconnection: close\r\n\r\nhi");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  const ending = await new Promise<string>((resolve) => {
    socket.on("end", () => resolve("fin"));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    // Nothing more comes from a reply that stalls: what is asked is that the socket is still open then.
    socket.setTimeout(300, () => resolve("open"));
  });
  socket.destroy();
  const [head = "", ...rest] = Buffer.concat(chunks).toString("utf8").split("\r\n\r\n");
  return { upstream, ending, head: head.toLowerCase(), body: rest.join("\r\n\r\n") };
}

const sse = { "content-type": "text/event-stream" };
const frames = "data: 1\n\ndata: é\n\ndata: 3\n\n";

describe("one reply", () => {
  test("comes as given, and the request is remembered", async () => {
    const { upstream, head, body, ending } = await exchange({ status: 418, headers: { "x-two": "2" }, body: "tea" });
    expect(head).toContain("http/1.1 418");
    expect(head).toContain("x-two: 2");
    expect(head).toContain("content-length: 3");
    expect([body, ending]).toEqual(["tea", "fin"]);
    expect(upstream.requests).toMatchObject([{ method: "POST", path: "/a?b=c", headers: { "x-one": "1" } }]);
    expect(upstream.requests[0]?.body.toString()).toBe("hi");
  });

  const cases: readonly {
    readonly fault: string;
    readonly reply: ScriptedReply;
    readonly body: string;
    readonly ending: string;
    readonly head?: string;
  }[] = [
    {
      fault: "a stream is chunked",
      reply: { headers: sse, body: "abc" },
      body: "3\r\nabc\r\n0\r\n\r\n",
      ending: "fin",
    },
    faulty(
      "split at every byte",
      [{ type: "split", at: "every-byte" }],
      "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n",
      "fin",
      sse,
    ),
    faulty("split at offsets", [{ type: "split", at: [2] }], "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "fin", sse),
    faulty("stall before the head", [{ type: "stall", after: "request" }], "", "open"),
    faulty("stall after the head", [{ type: "stall", after: "head" }], "", "open"),
    faulty("stall in the body", [{ type: "stall", after: 2 }], "ab", "open"),
    faulty("cut before the head", [{ type: "cut", after: "request", how: "fin" }], "", "fin"),
    faulty("cut by closing", [{ type: "cut", after: 2, how: "fin" }], "ab", "fin"),
    faulty("cut by closing, chunked", [{ type: "cut", after: 2, how: "fin" }], "2\r\nab\r\n", "fin", sse),
    faulty("cut cleanly, chunked", [{ type: "cut", after: 2, how: "clean" }], "2\r\nab\r\n0\r\n\r\n", "fin", sse),
    faulty("cut by a reset", [{ type: "cut", after: "request", how: "reset" }], "", "ECONNRESET"),
    faulty("no length and no chunks", [{ type: "close-delimited" }], "abc", "fin", sse),
  ];
  test.each(cases)("$fault", async ({ reply, body, ending }) => {
    expect(await exchange(reply)).toMatchObject({ body, ending });
  });

  test("a length that promises too much", async () => {
    const { head, body, ending } = await exchange({ body: "abc", faults: [{ type: "content-length", extraBytes: 9 }] });
    expect(head).toContain("content-length: 12");
    expect([body, ending]).toEqual(["abc", "fin"]);
  });
  test("a body withheld from a length that was promised", async () => {
    const { head } = await exchange({ body: "abc", faults: [{ type: "cut", after: 1, how: "fin" }] });
    expect(head).toContain("content-length: 3");
  });
  test("a page in place of the reply", async () => {
    const { head, body } = await exchange({ headers: sse, body: frames, faults: [{ type: "html" }] });
    expect(head).toContain("content-type: text/html");
    expect(body).toMatch(/^<!DOCTYPE html>/);
  });
  test("gzip that is none", async () => {
    const { head, body } = await exchange({ body: "abc", faults: [{ type: "gzip-lie" }] });
    expect(head).toContain("content-encoding: gzip");
    expect(body).toBe("abc");
  });
  test("garbage is no UTF-8", async () => {
    const { body } = await exchange({ body: "abc", faults: [{ type: "garbage" }] });
    expect(body).toContain("\ufffd");
    expect(body).not.toContain("abc");
  });

  test.each([
    { fault: "a malformed frame", faults: [{ type: "malformed-frame", at: 1 }], kept: [0, 1, 2] },
    {
      fault: "an inserted frame",
      faults: [{ type: "insert", at: 1, bytes: Buffer.from("data: x\n\n") }],
      kept: [0, 1, 2],
    },
    { fault: "dropped frames", faults: [{ type: "drop-frames", from: 1 }], kept: [0] },
  ] satisfies { fault: string; faults: Fault[]; kept: number[] }[])("$fault", async ({ faults, kept }) => {
    const whole = splitFrames(Buffer.from(frames), "text/event-stream").map((frame) => Buffer.from(frame).toString());
    const { body } = await exchange({ headers: sse, body: frames, faults: [...faults, { type: "close-delimited" }] });
    const got = splitFrames(Buffer.from(body), "text/event-stream").map((frame) => Buffer.from(frame).toString());
    expect(got.filter((frame) => whole.includes(frame))).toEqual(kept.map((at) => whole[at]));
    expect(got.length).toBe(kept.length + faults.filter(({ type }) => type !== "drop-frames").length);
  });

  test("malformed frames are no JSON", async () => {
    const faults: Fault[] = [{ type: "malformed-frame", at: 0 }, { type: "close-delimited" }];
    const { body } = await exchange({ headers: sse, body: frames, faults });
    expect(() => JSON.parse(body.split("\n\n")[0]?.slice("data: ".length) ?? "1")).toThrow(SyntaxError);
  });
});

function faulty(
  fault: string,
  faults: readonly Fault[],
  body: string,
  ending: string,
  headers: Readonly<Record<string, string>> = {},
) {
  return { fault, reply: { body: "abc", headers, faults }, body, ending };
}

describe("a script", () => {
  const texts = async (script: UpstreamScript, count: number) => {
    const upstream = await started(script);
    const replies: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const reply = await fetch(upstream.url, { method: "POST", body: `${index}` });
      replies.push(`${reply.status} ${(await reply.text()).slice(0, 5)}`);
    }
    return replies;
  };
  test("of one reply gives it to everyone", async () => {
    expect(await texts({ body: "a" }, 2)).toEqual(["200 a", "200 a"]);
  });
  test("of several gives each once, then 500", async () => {
    expect(await texts([{ body: "a" }, { status: 201, body: "b" }], 3)).toEqual(["200 a", "201 b", '500 {"mes']);
  });
  test("as a function sees the request and its number", async () => {
    const script: UpstreamScript = (request, index) => ({ body: `${request.body.toString()}-${index}` });
    expect(await texts(script, 2)).toEqual(["200 0-0", "200 1-1"]);
  });
});

describe("open sockets", () => {
  test("are counted, and waited for in vain while a client holds them", async () => {
    const upstream = await started({ faults: [{ type: "stall", after: "head" }] });
    const socket = connect(Number(new URL(upstream.url).port), "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await upstream.waitForRequests(1, 5_000);
    expect(upstream.openSockets()).toBe(1);
    await expect(upstream.waitForClose(20)).rejects.toThrow();
    socket.destroy();
    await upstream.waitForClose(5_000);
    expect(upstream.openSockets()).toBe(0);
  });
  test("a request that does not come is not waited for without end", async () => {
    await expect((await started({})).waitForRequests(1, 20)).rejects.toThrow();
  });
});

describe("splitFrames", () => {
  test.each([
    ["text/event-stream; charset=utf-8", "a\n\nb\r\n\r\nc\r\rd", ["a\n\n", "b\r\n\r\n", "c\r\r", "d"]],
    ["application/x-ndjson", '{"é":1}\n{}\n', ['{"é":1}\n', "{}\n"]],
    ["application/json", "{}\n\n", ["{}\n\n"]],
    ["text/event-stream", "", []],
  ])("%s", (contentType, body, expected) => {
    const split = splitFrames(Buffer.from(body), contentType).map((frame) => Buffer.from(frame).toString());
    expect(split).toEqual(expected);
  });
});
