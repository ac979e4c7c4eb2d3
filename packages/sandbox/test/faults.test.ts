import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseFault } from "../src/fault.ts";
import { readScenario, type Sandbox, startSandbox } from "../src/index.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ paceMs: 0 });
});
afterAll(() => sandbox.close());

const say = "Say exactly: one two three four";
const anthropicKey = { "x-api-key": "any", "anthropic-version": "2023-06-01" };

type VendorName = "openai" | "responses" | "anthropic" | "google";

function request(
  vendor: VendorName,
  prompt: string,
  stream: boolean,
): { path: string; headers: Record<string, string>; body: object } {
  const messages = [{ role: "user", content: prompt }];
  switch (vendor) {
    case "openai":
      return {
        path: "/v1/chat/completions",
        headers: { authorization: "Bearer any" },
        body: { model: "gpt-4.1", messages, stream },
      };
    case "responses":
      return {
        path: "/v1/responses",
        headers: { authorization: "Bearer any" },
        body: { model: "gpt-4.1", input: prompt, stream },
      };
    case "anthropic":
      return {
        path: "/v1/messages",
        headers: anthropicKey,
        body: { model: "claude-haiku-4-5", max_tokens: 99, messages, stream },
      };
    case "google":
      return {
        path: `/v1beta/models/gemini-2.0-flash:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
        headers: { "x-goog-api-key": "any" },
        body: { contents: [{ role: "user", parts: [{ text: prompt }] }] },
      };
  }
}

interface Exchange {
  readonly status: number;
  readonly headers: Headers;
  /** What arrived, whether or not the body came to a proper end. */
  readonly text: string;
  readonly isCut: boolean;
}

async function send(
  vendor: VendorName,
  options: { fault?: string; prompt?: string; stream?: boolean; url?: string; signal?: AbortSignal } = {},
): Promise<Exchange> {
  const { path, headers, body } = request(vendor, options.prompt ?? say, options.stream ?? true);
  const response = await fetch((options.url ?? sandbox.url) + path, {
    method: "POST",
    headers: { ...headers, ...(options.fault !== undefined && { "gw-sandbox-fault": options.fault }) },
    body: JSON.stringify(body),
    ...(options.signal && { signal: options.signal }),
  });
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>)
      text += decoder.decode(chunk, { stream: true });
    return { status: response.status, headers: response.headers, text, isCut: false };
  } catch {
    return { status: response.status, headers: response.headers, text, isCut: true };
  }
}

const eventsIn = (text: string): string[] => text.split(/\r?\n\r?\n/).filter((event) => event !== "");

describe("statuses, in the vendor's own body", () => {
  test.each([
    ["openai", 429, { error: { type: "requests", code: "rate_limit_exceeded" } }],
    ["openai", 503, { error: { type: "service_unavailable_error", code: "server_is_overloaded" } }],
    ["responses", 500, { error: { type: "server_error" } }],
    ["anthropic", 429, { type: "error", error: { type: "rate_limit_error" } }],
    ["anthropic", 500, { type: "error", error: { type: "api_error" } }],
    ["anthropic", 529, { type: "error", error: { type: "overloaded_error" } }],
    ["google", 429, { error: { code: 429, status: "RESOURCE_EXHAUSTED" } }],
    ["google", 503, { error: { code: 503, status: "UNAVAILABLE" } }],
  ] as const)("%s %i", async (vendor, status, body) => {
    const reply = await send(vendor, { fault: `status:${status}` });
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.text)).toMatchObject(body);
  });

  test("a hint for the retry and a code of its own", async () => {
    const reply = await send("openai", { fault: "status=429;retry-after=2;code=insufficient_quota" });
    expect(reply.headers.get("retry-after")).toBe("2");
    expect(JSON.parse(reply.text)).toMatchObject({ error: { code: "insufficient_quota" } });
    const google = await send("google", { fault: "status=429;retry-after=2" });
    expect(JSON.parse(google.text)).toMatchObject({ error: { details: [{ retryDelay: "2s" }] } });
  });

  test("asked for in the prompt, where headers are lost; but not by a prompt that was answered", async () => {
    const prompt = `${say} [[gw-fault:status=503]]`;
    expect((await send("anthropic", { prompt })).status).toBe(503);
    const { path, headers } = request("anthropic", "", false);
    const messages = [
      { role: "user", content: prompt },
      { role: "assistant", content: "Sorry" },
      { role: "user", content: "Again?" },
    ];
    const body = JSON.stringify({ model: "claude-haiku-4-5", max_tokens: 9, messages });
    expect((await fetch(sandbox.url + path, { method: "POST", headers, body })).status).toBe(200);
  });

  test("only so often", async () => {
    const prompt = "[[gw-fault:status=500;times=2]]";
    const statuses = [];
    for (let call = 0; call < 4; call += 1) statuses.push((await send("google", { prompt })).status);
    expect(statuses).toEqual([500, 500, 200, 200]);
  });
});

describe("streams that go wrong", () => {
  const vendors: VendorName[] = ["openai", "responses", "anthropic", "google"];

  test.each(vendors)("%s: cut after two events", async (vendor) => {
    const reply = await send(vendor, { fault: "cut=2" });
    expect([eventsIn(reply.text).length, reply.isCut]).toEqual([2, true]);
  });

  test.each(vendors)("%s: an error after two events, and nothing after it", async (vendor) => {
    const { text, isCut } = await send(vendor, { fault: "error=2;status=529" });
    const rest = eventsIn(text).slice(2).join("\n");
    const words = {
      openai: /"error":\{.*"type":"server_error"/,
      responses: /event: error\n.*"error":\{.*response\.failed/s,
      anthropic: /^event: error\n.*"type":"overloaded_error"/,
      google: /"code":529/,
    };
    expect(rest).toMatch(words[vendor]);
    expect(rest).not.toMatch(/DONE|message_stop|finishReason|response\.completed/);
    expect(isCut).toBe(false);
  });

  test.each(vendors)("%s: one event is not JSON, the others are", async (vendor) => {
    const datas = eventsIn((await send(vendor, { fault: "malformed=2" })).text).map((event) =>
      event.replace(/^(event: .*\n)?data: /, ""),
    );
    const broken = datas.flatMap((data, index) => (data === "[DONE]" || isJson(data) ? [] : index));
    expect(broken).toEqual([2]);
  });

  test.each([
    ["openai", "[DONE]"],
    ["anthropic", "message_stop"],
  ] as const)("%s: no terminator", async (vendor, terminator) => {
    expect((await send(vendor)).text).toContain(terminator);
    const reply = await send(vendor, { fault: "no-terminator" });
    expect([reply.text.includes(terminator), reply.isCut]).toEqual([false, false]);
  });

  test("cut within an event, after so many bytes", async () => {
    const reply = await send("openai", { fault: "cut-bytes=500" });
    expect([Buffer.byteLength(reply.text), reply.isCut]).toEqual([500, true]);
  });

  test("stalled: the connection stays open and silent, until the client goes", async () => {
    const patience = AbortSignal.timeout(150);
    const reply = await send("anthropic", { fault: "stall=3", signal: patience });
    expect(patience.aborted).toBe(true);
    expect(eventsIn(reply.text)).toHaveLength(3);
  });

  test("slow: every event waits", async () => {
    const patience = AbortSignal.timeout(400);
    const reply = await send("google", { fault: "slow=10000", signal: patience });
    expect(eventsIn(reply.text)).toHaveLength(1);
  });
});

describe("whole answers that go wrong", () => {
  test("cut halfway, against the declared length", async () => {
    const whole = await send("openai", { stream: false });
    const reply = await send("openai", { stream: false, fault: "cut" });
    expect(reply.isCut).toBe(true);
    expect(reply.text).toBe(whole.text.slice(0, reply.text.length));
    expect(Number(reply.headers.get("content-length"))).toBe(Buffer.byteLength(whole.text));
  });

  test("malformed: it ends properly, and is not JSON", async () => {
    const reply = await send("anthropic", { stream: false, fault: "malformed" });
    expect([reply.isCut, isJson(reply.text)]).toEqual([false, false]);
  });

  test("an error where a stream would have had one inside", async () => {
    expect((await send("google", { stream: false, fault: "error=2" })).status).toBe(500);
  });

  test("cut before the head, seen on a bare socket", async () => {
    const { port } = new URL(sandbox.url);
    const received = await new Promise<string>((resolve, reject) => {
      let text = "";
      const socket = connect(Number(port), "127.0.0.1", () => {
        const { path, headers, body } = request("openai", say, true);
        const fields = Object.entries({ ...headers, host: "x", "gw-sandbox-fault": "cut=0" }).map(
          ([name, value]) => `${name}: ${value}\r\n`,
        );
        const content = JSON.stringify(body);
        socket.write(`POST ${path} HTTP/1.1\r\n${fields.join("")}content-length: ${content.length}\r\n\r\n${content}`);
      });
      socket.on("data", (chunk) => {
        text += chunk;
      });
      socket.on("error", reject);
      socket.on("close", () => resolve(text));
    });
    expect(received).toBe("");
  });

  test("delayed beyond the client's patience", async () => {
    const signal = AbortSignal.timeout(100);
    await expect(send("responses", { fault: "delay=60000", stream: false, signal })).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });
});

test("closing breaks off what is stalled", async () => {
  const own = await startSandbox({ paceMs: 0 });
  const { path, headers, body } = request("openai", say, true);
  const response = await fetch(own.url + path, {
    method: "POST",
    headers: { ...headers, "gw-sandbox-fault": "stall=1" },
    body: JSON.stringify(body),
  });
  await own.close();
  await expect(response.text()).rejects.toThrow();
});

test("a fault that does not exist is named", () => {
  for (const text of ["", "statu=500", "status=200", "status=abc", "cut=-1", "delay", "delay=999999999"]) {
    expect(() => parseFault(text), text).toThrow(expect.objectContaining({ status: 400 }));
  }
  expect(parseFault("status:503; retry-after=0")).toEqual({ status: 503, "retry-after": 0 });
});

describe("scenarios", () => {
  test("the first rule that matches and is not used up decides", async () => {
    const scripted = await startSandbox({
      paceMs: 0,
      scenario: readScenario([
        { match: { vendor: "anthropic", prompt: "twice" }, fault: "status=529", times: 2 },
        {
          match: { model: "gpt-4.1" },
          reply: { text: "As written.", toolCalls: [{ name: "f", arguments: { a: 1 } }] },
        },
      ]),
    });
    const { url } = scripted;
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await send("anthropic", { url, prompt: "twice" })).status);
    expect(statuses).toEqual([529, 529, 200]);
    const reply = JSON.parse((await send("openai", { url, stream: false })).text);
    expect(reply.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { content: "As written.", tool_calls: [{ function: { name: "f", arguments: '{"a":1}' } }] },
    });
    expect((await send("google", { url })).status).toBe(200);
    await scripted.close();
  });

  test("mistakes are told at the start", async () => {
    expect(() => readScenario({ rules: [] })).toThrow(TypeError);
    expect(() => readScenario([{ fault: "status=500" }, { faults: "x" }])).toThrow(/Rule 1/);
    await expect(startSandbox({ scenario: [{ fault: "statsu=500" }] })).rejects.toMatchObject({ status: 400 });
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
