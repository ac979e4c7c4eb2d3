import { startUpstream, type Upstream } from "@gw/provider-testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { errorBody } from "./dialect-errors.ts";
import { rawConnection } from "./raw-connection.ts";
import { adminKey, type RunningGateway, startGateway } from "./running-gateway.ts";

const head = `Host: gateway\r\nAuthorization: Bearer ${adminKey}\r\n`;
const body = '{"model":"house/m","messages":[{"role":"user","content":"hello"}]}';
const chat = `POST /v1/chat/completions HTTP/1.1\r\n${head}`;
const healthz = `GET /healthz HTTP/1.1\r\n${head}`;
const good = `${chat}Content-Length: ${body.length}\r\n\r\n${body}`;
const smuggled = `GET /admin/v1/keys HTTP/1.1\r\n${head}\r\n`;

let house: Upstream;
let gw: RunningGateway;

beforeAll(async () => {
  const answer = { choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }] };
  house = await startUpstream({ body: JSON.stringify(answer) });
  gw = await startGateway({
    maxBodyBytes: 256 * 1024,
    providers: { house: { package: "@gw/provider-openai-compatible", baseUrl: `${house.url}/v1` } },
  });
});

afterAll(async () => {
  await gw.close();
  await house.close();
});

afterEach(async () => {
  expect((await gw.call("GET", "/healthz")).json()).toEqual({ status: "ok" });
});

describe("what is no HTTP request", () => {
  it.each([
    ["a length and chunks", 400, `${chat}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ["two lengths", 400, `${chat}Content-Length: 2\r\nContent-Length: ${2 + smuggled.length}\r\n\r\n{}${smuggled}`],
    ["a negative length", 400, `${chat}Content-Length: -1\r\n\r\n`],
    ["a length with a sign", 400, `${chat}Content-Length: +2\r\n\r\n{}`],
    ["an unknown transfer encoding", 400, `${chat}Transfer-Encoding: identity\r\n\r\n${smuggled}`],
    ["chunks inside something else", 400, `${chat}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n${smuggled}`],
    ["a folded header", 400, `${healthz}X-A: a\r\n b\r\n\r\n`],
    ["a space before the colon", 400, `${healthz}X-A : a\r\n\r\n`],
    ["a NUL in a header", 400, `${healthz}X-A: a\0b\r\n\r\n`],
    ["lines that end in LF", 400, healthz.replaceAll("\r\n", "\n")],
    ["the greeting of TLS", 400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["the greeting of HTTP/2", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["headers of 20 KB", 431, `${healthz}X-A: ${"a".repeat(20_000)}\r\n\r\n`],
  ])("%s gets %i and the end of the connection", async (_name, status, bytes) => {
    const connection = await rawConnection(gw.url);
    connection.send(Buffer.from(bytes, "latin1"));
    const [answer, ...more] = answersIn(await connection.untilClosed());
    expect(more).toEqual([]);
    expect(answer?.head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer?.head).toContain("gw-error: invalid_request");
    expect(answer?.head).toMatch(/gw-request-id: req_[0-9a-f]{32}/);
    expect(JSON.parse(answer?.body ?? "")).toEqual(errorBody("chat", status, "invalid_request"));
    expect(house.requests).toEqual([]);
  });

  it("gets no answer in the middle of another", async () => {
    const connection = await rawConnection(gw.url);
    connection.send(good);
    await connection.until(/"hi"/);
    connection.send("nonsense\r\n\r\n");
    const texts = answersIn(await connection.untilClosed());
    expect(texts.map((answer) => answer.head.split("\r\n", 1)[0])).toEqual([
      "HTTP/1.1 200 OK",
      "HTTP/1.1 400 Bad Request",
    ]);
  });

  it("a chunk that is none ends the call", async () => {
    const connection = await rawConnection(gw.url);
    connection.send(`${chat}Transfer-Encoding: chunked\r\n\r\nZZ\r\n${body}`);
    expect(await connection.untilClosed()).toMatch(/^HTTP\/1.1 400 /);
  });

  it("CONNECT gets the end of the connection", async () => {
    const connection = await rawConnection(gw.url);
    connection.send(`CONNECT internal:443 HTTP/1.1\r\n${head}\r\n`);
    expect(await connection.untilClosed()).toBe("");
  });

  it.each([
    ["no Host", 400, "GET /healthz HTTP/1.1\r\n\r\n"],
    [
      "an expectation that nobody knows",
      417,
      `${chat}Expect: magic\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
    ],
  ])("%s gets %i", async (_name, status, bytes) => {
    const connection = await rawConnection(gw.url);
    connection.send(bytes);
    expect(await connection.untilClosed()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});

describe("one connection, several requests", () => {
  it("are answered in order, good ones beside bad ones", async () => {
    const connection = await rawConnection(gw.url);
    const noKey = `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const malformed = `${chat}Content-Length: 2\r\n\r\n{]`;
    connection.send(`${good}${noKey}${malformed}${good.replace("\r\n", "\r\nConnection: close\r\n")}`);
    const answers = answersIn(await connection.untilClosed());
    expect(answers.map(({ head: text }) => text.slice(9, 12))).toEqual(["200", "401", "400", "200"]);
    expect(answers[3]?.body).toContain('"hi"');
  });

  // What was not read must not be taken for the next request.
  it.each([
    ["a body beyond the limit", `Content-Length: 300000\r\n\r\n${" ".repeat(200_000)}`, 413],
    ["chunks beyond the limit", `Transfer-Encoding: chunked\r\n\r\n493e0\r\n${" ".repeat(300_000)}\r\n`, 413],
  ])("%s is the last one, whatever follows", async (_name, rest, status) => {
    const connection = await rawConnection(gw.url);
    connection.send(chat + rest);
    connection.send(smuggled.repeat(500));
    const answers = answersIn(await connection.untilClosed());
    expect(answers.map(({ head: text }) => text.slice(9, 12))).toEqual([String(status)]);
    expect(answers[0]?.head).toMatch(/connection: close/i);
  });

  it("a body without a key is not waited for", async () => {
    const connection = await rawConnection(gw.url);
    connection.send("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n{");
    const [answer, ...more] = answersIn(await connection.untilClosed());
    expect([answer?.head.slice(9, 12), more]).toEqual(["401", []]);
  });

  it("a short body without a key leaves the connection in step", async () => {
    const connection = await rawConnection(gw.url);
    connection.send("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
    await connection.until(/HTTP\/1.1 401 /);
    connection.send(smuggled.padEnd(60_000));
    connection.send(`${healthz}Connection: close\r\n\r\n`);
    const answers = answersIn(await connection.untilClosed());
    expect(answers.map(({ head: text }) => text.slice(9, 12))).toEqual(["401", "200"]);
    expect(answers[1]?.body).toBe('{"status":"ok"}');
  });

  it("an oversized body is answered even to a client that reads only after it has written", async () => {
    const connection = await rawConnection(gw.url);
    connection.send(`${chat}Content-Length: 8000000\r\n\r\n${" ".repeat(8_000_000)}`);
    expect(await connection.untilClosed()).toMatch(/^HTTP\/1.1 413 /);
  });
});

describe("a caller who leaves in the middle of its request", () => {
  it.each([
    ["in the head", `${chat}Content-Le`],
    ["in the body", `${chat}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 20)}`],
    ["in a chunk", `${chat}Transfer-Encoding: chunked\r\n\r\nff\r\n${body.slice(0, 20)}`],
  ])("%s costs nothing but its connection", async (_name, bytes) => {
    const asked = house.requests.length;
    const connection = await rawConnection(gw.url);
    connection.send(bytes);
    // Answered on the same turn of the loop or a later one: what was sent is there by then.
    await gw.call("GET", "/healthz");
    connection.destroy();
    await expect
      .poll(async () => (await gw.call("GET", "/metrics")).text, { timeout: 5_000 })
      .toContain("\ngw_running_requests 0\n");
    expect(house.requests.length).toBe(asked);
  });
});

describe("old and rare ways to ask", () => {
  it("HTTP/1.0 gets a stream that ends with the connection", async () => {
    const connection = await rawConnection(gw.url);
    connection.send(good.replace("HTTP/1.1", "HTTP/1.0"));
    const [answer] = answersIn(await connection.untilClosed());
    expect(answer?.head).toMatch(/^HTTP\/1.1 200 /);
    expect(JSON.parse(answer?.body ?? "")).toHaveProperty("choices");
  });

  it("Expect: 100-continue is told to go on", async () => {
    const connection = await rawConnection(gw.url);
    connection.send(`${chat}Connection: close\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`);
    await connection.until(/^HTTP\/1.1 100 Continue\r\n\r\n/);
    connection.send(body);
    expect(await connection.untilClosed()).toContain("HTTP/1.1 200 OK");
  });

  it("an offer to change the protocol is not taken", async () => {
    const connection = await rawConnection(gw.url);
    connection.send(good.replace("\r\n", "\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"));
    expect(await connection.until(/"hi"/)).toMatch(/^HTTP\/1.1 200 /);
    connection.destroy();
  });
});

interface RawAnswer {
  readonly head: string;
  readonly body: string;
}

/** The answers in what a connection gave, each with a body of the length that its head says. */
function answersIn(received: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = received;
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n");
    if (end === -1) throw new Error(`This is no answer: ${rest}`);
    const text = rest.slice(0, end);
    const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) throw new Error(`This has no length: ${text}`);
    answers.push({ head: text, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}
