import { readdirSync } from "node:fs";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Fault, startUpstream, type Upstream } from "@gw/provider-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Caller, callers, outcomeOf } from "./callers.ts";
import { rawConnection } from "./raw-connection.ts";
import { adminKey, type RunningGateway, startGateway } from "./running-gateway.ts";
import { afterContent, answerStream, answerWhole, beforeContent, vendorFaults } from "./vendor-faults.ts";

const boundMs = 10_000;

/** What a vendor does, by the model it is asked for. */
const stalls: Readonly<Record<string, Fault>> = {
  "before-head": { type: "stall", after: "request" },
  "after-head": { type: "stall", after: "head" },
  "before-content": { type: "stall", after: beforeContent },
  "after-content": { type: "stall", after: afterContent },
  "half-way": { type: "stall", after: 40 },
};

async function startHouse(): Promise<Upstream> {
  return startUpstream((received) => {
    const { model, stream } = received.json() as { model: string; stream?: boolean };
    const reply = vendorFaults[Number(/^fault-(\d+)/.exec(model)?.[1])]?.reply;
    if (reply) return reply;
    const stall = stalls[model];
    const faults = stall === undefined ? [] : [stall];
    return stream === true ? answerStream(...faults) : answerWhole(...faults);
  });
}

// What one attempt comes to: no second try, and nothing is held against the next case.
const once = { maxAttempts: 1, breaker: { failuresInRow: 1_000_000, minCalls: 1_000_000 } };

describe("a caller who leaves", () => {
  let house: Upstream;
  let gw: RunningGateway;

  beforeAll(async () => {
    house = await startHouse();
    gw = await startGateway({
      ...once,
      commitAfterMs: 100,
      onDisconnect: "cancel",
      providers: { house: { package: "@gw/provider-openai-compatible", baseUrl: `${house.url}/v1` } },
    });
  });
  afterAll(async () => {
    await gw.close();
    await house.close();
  });

  const translatedOnly = callers.filter((caller) => ["chat", "messages", "gemini as an array"].includes(caller.name));
  const cases = translatedOnly.flatMap((caller) =>
    [
      ["before the vendor's head", "before-head", true],
      ["after the vendor's head", "after-head", true],
      ["before content", "before-content", true],
      ["in the middle of a stream", "after-content", true],
      ["before a whole answer", "before-head", false],
      ["in the middle of a whole answer", "half-way", false],
    ].flatMap(([when, model, stream]) =>
      stream || caller.wholeToo ? [[caller.name, when, model, stream, caller] as const] : [],
    ),
  );
  it.each(cases)(
    "%s, %s: frees the vendor's socket, and is logged as cancelled",
    async (_caller, _when, model, stream, caller) => {
      const asked = house.requests.length;
      const outgoing = request(gw.url + caller.path(`house/${model}`, stream === true), {
        method: "POST",
        headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
        agent: false,
      });
      outgoing.on("error", () => {});
      const answered = new Promise<void>((resolve) =>
        outgoing.on("response", (incoming) => {
          incoming.on("error", () => {});
          incoming.once("data", () => resolve());
        }),
      );
      outgoing.end(JSON.stringify(caller.body(`house/${model}`, stream === true)));
      await house.waitForRequests(asked + 1, boundMs);
      expect(house.openSockets()).toBe(1);
      if (model === "after-content") await answered;
      outgoing.destroy();
      await house.waitForClose(boundMs);
      await expect
        .poll(() => lastCall(gw), { timeout: boundMs })
        .toMatchObject({
          model: `house/${model}`,
          state: "cancelled",
          // With the head out the caller was one reader of a stream.
          error_code: model === "after-content" ? "cancelled" : "aborted",
          attempts: [{ provider: "house" }],
        });
      expect(await gw.call("GET", "/metrics")).toMatchObject({
        text: expect.stringContaining("\ngw_running_requests 0\n"),
      });
    },
  );
});

describe("a caller who waits", () => {
  let house: Upstream;
  let gw: RunningGateway;

  beforeAll(async () => {
    house = await startHouse();
    gw = await startGateway({
      ...once,
      commitAfterMs: 100,
      heartbeatMs: 100,
      firstContentTimeoutMs: 1_000,
      idleTimeoutMs: 600,
      providers: { house: { package: "@gw/provider-openai-compatible", baseUrl: `${house.url}/v1` } },
    });
  });
  afterAll(async () => {
    await gw.close();
    await house.close();
  });

  const streaming = callers.filter((caller) => caller.name !== "gemini as an array");
  const silences = ["before-head", "after-head", "before-content", "after-content"];
  it.each(silences)("through a silence %s gets the head and comments, and an error event at the end", async (model) => {
    await Promise.all(streaming.map((caller) => waitThrough(caller, model)));
  });

  async function waitThrough(caller: Caller, model: string): Promise<void> {
    // A connection of its own: the callers wait side by side.
    const answer = await fetch(gw.url + caller.path(`house/${model}`, true), {
      method: "POST",
      headers: { authorization: `Bearer ${adminKey}` },
      body: JSON.stringify(caller.body(`house/${model}`, true)),
    });
    expect({ status: answer.status, ...Object.fromEntries(answer.headers) }).toMatchObject({
      status: 200,
      "content-type": "text/event-stream; charset=utf-8",
      "gw-request-id": expect.stringMatching(/^req_/),
    });
    const text = await answer.text();
    // Who answers is told by the head once there is content, and else by the last event.
    const told = Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith("gw-")));
    const lane = caller.native ? "native" : "translated";
    if (model === "after-content") {
      expect(told).toMatchObject({ "gw-provider": "house", "gw-model": model, "gw-lane": lane, "gw-attempts": "1" });
    } else {
      expect(told).not.toHaveProperty("gw-provider");
      expect(text).toContain(`\n: gw-provider=house; gw-model=${model}; gw-lane=${lane}; gw-attempts=1\n`);
    }
    const pieces = text.split("\n\n").filter((piece) => piece !== "");
    expect(pieces.filter((piece) => piece === ": ka").length).toBeGreaterThan(1);
    const last = JSON.parse(/^data: (.*)$/m.exec(pieces.at(-1) ?? "")?.[1] ?? "");
    expect(caller.code(last as never)).toBe("timed_out");
    expect(last).toHaveProperty("error.partial", true);
    expect(text).not.toMatch(/\[DONE\]|message_stop/);
  }

  it("of an array that has no room for comments gets its head all the same", async () => {
    const caller = callers.find(({ name }) => name === "gemini as an array");
    if (caller === undefined) throw new Error("there is no such caller");
    const outgoing = request(`${gw.url}${caller.path("house/before-head", true)}`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminKey}` },
      agent: false,
    });
    const head = new Promise<number>((resolve) =>
      outgoing.on("response", (incoming) => resolve(incoming.statusCode ?? 0)),
    );
    outgoing.end(JSON.stringify(caller.body("", true)));
    expect(await head).toBe(200);
    outgoing.on("error", () => {});
    outgoing.destroy();
  });

  it("is told when a deadline passes before the first content, although the head is out", async () => {
    const answer = await gw.call("POST", "/v1/messages", {
      body: { model: "house/before-content", stream: true, max_tokens: 9, messages: [{ role: "user", content: "a" }] },
      headers: { "gw-deadline-ms": "300" },
    });
    expect(answer.text).toMatch(/"timed_out".*"partial":true/);
  });

  it("a deadline ends with the first content", async () => {
    const answer = await gw.call("POST", "/v1/chat/completions", {
      body: { model: "house/after-content", stream: true, messages: [{ role: "user", content: "a" }] },
      headers: { "gw-deadline-ms": "300" },
    });
    expect(answer.text).toContain("Nothing came from the vendor for 600 ms");
  });

  it("a deadline bounds a whole answer", async () => {
    const answer = await gw.call("POST", "/v1/chat/completions", {
      body: { model: "house/half-way", messages: [{ role: "user", content: "a" }] },
      headers: { "gw-deadline-ms": "300" },
    });
    expect([answer.status, answer.headers["gw-error"]]).toEqual([504, "timed_out"]);
  });
});

describe("a caller who takes nothing", () => {
  const chunk = `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: { content: "x".repeat(65_536) } }] })}\n\n`;
  const wholeAnswer = { choices: [{ index: 0, message: { content: "x".repeat(32_000_000) }, finish_reason: "stop" }] };
  it.each([
    // The gateway reads on for whoever may come back, to the end: the vendor's, who does not finish.
    ["of a stream", true, "stream_truncated"],
    ["of a whole answer", false, null],
  ])("%s is given up, and frees what was held for it", async (_name, stream, code) => {
    const house = await startUpstream(() =>
      stream
        ? { headers: { "content-type": "text/event-stream" }, body: chunk.repeat(500) }
        : { body: JSON.stringify(wholeAnswer) },
    );
    const gw = await startGateway({
      stalledReaderMs: 300,
      heartbeatMs: 50,
      providers: { house: { package: "@gw/provider-openai-compatible", baseUrl: `${house.url}/v1` } },
    });
    const connection = await rawConnection(gw.url);
    connection.pause();
    const body = JSON.stringify({ model: "house/m", stream, messages: [{ role: "user", content: "a" }] });
    const head = `Host: a\r\nAuthorization: Bearer ${adminKey}\r\nContent-Length: ${body.length}`;
    connection.send(`POST /v1/chat/completions HTTP/1.1\r\n${head}\r\n\r\n${body}`);
    await expect.poll(() => lastCall(gw), { timeout: boundMs }).toMatchObject({ model: "house/m", error_code: code });
    await sleep(1_500);
    connection.resume();
    expect((await connection.untilClosed()).length).toBeLessThan(32_000_000);
    await gw.close();
    await house.close();
  });
});

describe("a gateway that is closed", () => {
  it("waits for calls in process, and cancels them after its grace", async () => {
    const house = await startHouse();
    const providers = { house: { package: "@gw/provider-openai-compatible", baseUrl: `${house.url}/v1` } };
    const { gateway } = await startGateway({ shutdownGraceMs: 300, providers });
    const messages = [{ role: "user", content: "a" }];
    const ask = (model: string) =>
      gateway.fetch("http://gateway/v1/chat/completions", {
        method: "POST",
        body: JSON.stringify({ model: `house/${model}`, stream: true, messages }),
      });
    const [good, stalled] = await Promise.all([ask("good"), ask("after-content")]);
    const texts = Promise.all([good.text(), stalled.text()]);
    await gateway.close();
    const [goodText, stalledText] = await texts;
    expect(goodText).toMatch(/\[DONE\]\n\n$/);
    expect(stalledText).toMatch(/"code":"unavailable".*"partial":true/);
    await house.close();
  });
});

describe("hundreds of calls that go wrong", () => {
  it("leave no socket, no descriptor and no running call behind", async () => {
    const house = await startHouse();
    const gw = await startGateway({
      ...once,
      // A key that rests is not waited for.
      deadlineMs: 1_000,
      providers: {
        house: {
          package: "@gw/provider-openai-compatible",
          baseUrl: `${house.url}/v1`,
          firstContentTimeoutMs: 300,
          idleTimeoutMs: 300,
        },
      },
    });
    const round = async (): Promise<void> => {
      const calls = vendorFaults.flatMap((fault, index) =>
        fault.reply === null ? [] : callers.map((caller) => [caller, `house/fault-${index}`] as const),
      );
      for (let start = 0; start < calls.length; start += 96) {
        const some = calls.slice(start, start + 96);
        await Promise.all(some.map(([caller, model]) => outcomeOf(caller, gw, model, true).catch(() => "")));
      }
    };
    const settled = async (): Promise<{ descriptors: number; timers: number }> => {
      // Idle connections to the vendor are kept for the next call, as many as there were calls at once.
      await expect.poll(() => house.openSockets(), { timeout: boundMs }).toBeLessThanOrEqual(96);
      const { text } = await gw.call("GET", "/metrics");
      expect(text).toContain("\ngw_running_requests 0\n");
      const kinds = Object.groupBy(process.getActiveResourcesInfo(), (kind) => kind);
      return { descriptors: openDescriptors() - 2 * house.openSockets(), timers: kinds.Timeout?.length ?? 0 };
    };
    await round();
    const before = await settled();
    await round();
    await expect.poll(settled, { timeout: boundMs }).toEqual({
      descriptors: expect.toSatisfy((count: number) => count <= before.descriptors + 2),
      timers: expect.toSatisfy((count: number) => count <= before.timers + 2),
    });
    expect(house.requests.length).toBeGreaterThan(500);
    await gw.close();
    await house.waitForClose(boundMs);
    await house.close();
  });
});

function openDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    // Only Linux lists them there.
    return 0;
  }
}

async function lastCall(gw: RunningGateway): Promise<unknown> {
  const { data } = (await gw.call("GET", "/admin/v1/logs?limit=1")).json() as { data: unknown[] };
  return data[0];
}
