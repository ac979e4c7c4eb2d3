import { join } from "node:path";
import { verify } from "@gw/billing";
import { SqliteLedgerStore } from "@gw/billing/sqlite";
import { type ScriptedReply, startUpstream } from "@gw/provider-testkit";
import { afterEach, describe, expect, it } from "vitest";
import { newDirectory } from "../operation/gateway-process.ts";
import { adminKey } from "../robustness/running-gateway.ts";
import { chat, type MoneyGateway, startMoneyGateway, streamed, usage, whole } from "./money-gateway.ts";

let running: MoneyGateway | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

const limits = [{ name: "all", usd: 1, per: "total" as const }];
const frames = (...data: object[]): ScriptedReply => ({
  headers: { "content-type": "text/event-stream" },
  body: data.map((one) => `data: ${JSON.stringify(one)}\n\n`).join(""),
});
const chunk = (fields: object): object => ({ id: "c", object: "chat.completion.chunk", created: 1, ...fields });
const role = { choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] };
const counted = chunk({ ...role, usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 } });
const failure = { error: { message: "busy", type: "server_error", code: null } };

/** What an attempt costs in micro-USD: 29 is 9 tokens in and 2 out; a request costs as many as it is estimated to have tokens. */
interface Failure {
  readonly of: string;
  readonly stream: boolean;
  readonly reply: ScriptedReply;
  readonly native: number | "the request" | "the hold";
  readonly translated: number | "the request" | "the hold";
  readonly timeoutMs?: number;
}

const failures: readonly Failure[] = [
  {
    of: "a body that breaks off",
    stream: false,
    reply: { ...whole(7, 3), faults: [{ type: "cut", after: 20, how: "fin" }] },
    native: "the request",
    translated: "the request",
  },
  {
    of: "a body that is no JSON",
    stream: false,
    reply: { body: "so" },
    native: "the request",
    translated: "the request",
  },
  {
    of: "a body that says that it failed",
    stream: false,
    reply: { body: JSON.stringify(failure) },
    native: 0,
    translated: 0,
  },
  {
    of: "a stream that breaks off before its first content",
    stream: true,
    reply: { ...frames(chunk(role)), faults: [{ type: "cut", after: 60, how: "fin" }] },
    native: "the request",
    translated: "the request",
  },
  {
    of: "a stream that ends before its first content",
    stream: true,
    reply: frames(chunk(role)),
    native: "the request",
    translated: "the request",
  },
  {
    of: "a stream that ends after its vendor had counted",
    stream: true,
    reply: frames(counted),
    native: 29,
    // This format tells a usage at its end alone, by its own rules.
    translated: "the request",
  },
  {
    of: "a stream that falls silent after its head, for its caller's haste",
    stream: true,
    reply: { ...frames(chunk(role)), faults: [{ type: "stall", after: "head" }] },
    native: "the hold",
    translated: "the hold",
    timeoutMs: 150,
  },
  {
    of: "a stream that says that it failed",
    stream: true,
    reply: frames(chunk(role), failure),
    native: 0,
    translated: 0,
  },
  {
    of: "a stream that says that it failed after its vendor had counted",
    stream: true,
    reply: frames(counted, failure),
    native: 29,
    translated: 0,
  },
  { of: "another status", stream: false, reply: { status: 503, body: "{}" }, native: 0, translated: 0 },
  {
    of: "a connection that breaks before a status",
    stream: true,
    reply: { faults: [{ type: "cut", after: "request", how: "reset" }] },
    native: 0,
    translated: 0,
  },
  {
    of: "no status in the time that its caller set",
    stream: false,
    reply: { faults: [{ type: "stall", after: "request" }] },
    native: "the hold",
    translated: "the hold",
    timeoutMs: 150,
  },
];

const ways = [
  { lane: "native", path: "/v1/chat/completions" },
  { lane: "translated", path: "/v1/messages" },
] as const;
const costs = ways.flatMap((way) => failures.map((one) => ({ ...one, ...way, costs: one[way.lane] })));

describe("an attempt that failed", () => {
  it.each(costs)("by $of, $lane, costs $costs", async ({ lane, path, stream, reply, costs: expected, timeoutMs }) => {
    running = await startMoneyGateway(
      (request) =>
        (request.json() as { model: string }).model === "one" ? reply : stream ? streamed(7, 3) : whole(7, 3),
      { limits },
    );
    const sent = chat({ max_tokens: 10, stream });
    const body = { ...sent, fallbacks: ["acme/dear"] };
    const headers = timeoutMs === undefined ? {} : { "gw-request-timeout-ms": String(timeoutMs) };
    const answer = await running.call("POST", path, { body, headers });
    expect([answer.status, answer.headers["gw-lane"], answer.headers["gw-model"]]).toEqual([200, lane, "dear"]);
    const [row] = await usage(running, "provider", 1);
    const bytes = JSON.stringify(sent).length;
    // At the dearest of both targets, with 10 tokens of output.
    const held = bytes * 10 + 10 * 100;
    const failed = expected === "the request" ? Math.ceil(bytes / 4) : expected === "the hold" ? held : expected;
    // The answer: 7 tokens of 10 micro-USD, 3 of 100.
    expect(Math.round((row?.cost_usd ?? 0) * 1e6)).toBe(failed + 370);
    expect(row?.estimated_requests).toBe(failed === 0 ? 0 : 1);
    const { data } = (await running.call("GET", "/admin/v1/limits")).json() as { data: object[] };
    expect(data).toMatchObject([{ spent_usd: row?.cost_usd, held_usd: 0 }]);
  });

  it("of a vendor who counts at the start costs that much, translated too", async () => {
    const counting = await startUpstream({
      headers: { "content-type": "text/event-stream" },
      body: [
        { type: "message_start", message: { id: "m", content: [], usage: { input_tokens: 9, output_tokens: 1 } } },
        { type: "error", error: { type: "overloaded_error", message: "busy" } },
      ]
        .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
        .join(""),
    });
    try {
      const models = [{ id: "m", price: { inputUsdPerMillion: 100, outputUsdPerMillion: 100 } }];
      running = await startMoneyGateway(() => streamed(7, 3), {
        providers: { busy: { package: "@gw/provider-anthropic", baseUrl: counting.url, apiKey: "k", models } },
      });
      const body = chat({ model: "busy/m", stream: true, fallbacks: ["acme/one"] });
      const answer = await running.call("POST", "/v1/chat/completions", { body });
      expect([answer.status, answer.headers["gw-model"]]).toEqual([200, "one"]);
      // 10 tokens at 100 micro-USD, then the answer's 37.
      expect((await usage(running, "provider", 1))[0]?.cost_usd).toBe(0.001037);
    } finally {
      await counting.close();
    }
  });

  it("by its caller's haste is charged each time, and asked for again only while limits have room", async () => {
    running = await startMoneyGateway(() => ({ faults: [{ type: "stall", after: "request" }] }), {
      limits: [{ name: "all", usd: 0.003, per: "total" }],
      fitMaxTokens: false,
    });
    const body = chat({ max_tokens: 100 });
    const answer = await running.call("POST", "/v1/chat/completions", {
      body,
      headers: { "gw-request-timeout-ms": "50", "gw-max-attempts": "3" },
    });
    const heldUsd = (JSON.stringify(body).length + 100 * 10) / 1e6;
    expect([answer.status, running.upstream.requests.length]).toEqual([402, 2]);
    expect((await usage(running, "provider", 1))[0]?.cost_usd).toBeCloseTo(2 * heldUsd, 9);
    expect((await running.call("POST", "/v1/chat/completions", { body })).status).toBe(402);
  });

  it("by its caller's haste is in the cost that the answer tells, in its usage as in its head", async () => {
    running = await startMoneyGateway(
      (_request, index) => (index === 0 ? { faults: [{ type: "stall", after: "request" }] } : whole(7, 3)),
      { limits },
    );
    const body = chat({ max_tokens: 100 });
    const answer = await running.call("POST", "/v1/messages", { body, headers: { "gw-request-timeout-ms": "100" } });
    const { usage: told } = answer.json() as { usage: { cost_usd: number } };
    const held = JSON.stringify(body).length + 100 * 10;
    expect([answer.status, answer.headers["gw-lane"], running.upstream.requests.length]).toEqual([
      200,
      "translated",
      2,
    ]);
    expect(Math.round(told.cost_usd * 1e6)).toBe(held + 37);
    expect(Number(answer.headers["gw-cost-usd"])).toBe(told.cost_usd);
  });

  it("by the gateway's own patience costs nothing", async () => {
    running = await startMoneyGateway(() => ({ faults: [{ type: "stall", after: "request" }] }), {
      limits,
      firstContentTimeoutMs: 50,
      maxAttempts: 1,
    });
    const body = chat({ max_tokens: 100 });
    expect((await running.call("POST", "/v1/chat/completions", { body })).status).toBe(504);
    expect((await usage(running, "provider", 1))[0]).toMatchObject({ cost_usd: 0, requests: 1, errors: 1 });
  });

  it("costs the same where no other answers", async () => {
    running = await startMoneyGateway(() => ({ body: "so" }), { limits });
    const body = chat({ max_tokens: 10 });
    const headers = { "gw-max-attempts": "1" };
    expect((await running.call("POST", "/v1/chat/completions", { body, headers })).status).toBe(502);
    const inputTokens = Math.ceil(JSON.stringify(body).length / 4);
    expect((await usage(running, "provider", 1))[0]).toMatchObject({
      cost_usd: inputTokens / 1e6,
      requests: 1,
      errors: 1,
      estimated_requests: 1,
      input_tokens: inputTokens,
      output_tokens: 0,
    });
  });

  it("without a price does not hide what the answer cost", async () => {
    running = await startMoneyGateway((request) =>
      (request.json() as { model: string }).model === "free" ? { body: "so" } : whole(7, 3),
    );
    const body = chat({ model: "acme/free", fallbacks: ["acme/one"] });
    await running.call("POST", "/v1/chat/completions", { body });
    expect((await usage(running, "provider", 1))[0]).toMatchObject({
      cost_usd: 0.000037,
      unpriced_requests: 0,
      estimated_requests: 1,
    });
  });

  it("and the answer are rounded together", async () => {
    // Half a nano-USD a token.
    const small = { inputUsdPerMillion: 0.0005, outputUsdPerMillion: 0.0005 };
    const vendor = await startUpstream((request) =>
      (request.json() as { model: string }).model === "first" ? frames(counted) : streamed(7, 4),
    );
    try {
      const models = ["first", "second"].map((id) => ({ id, price: small }));
      running = await startMoneyGateway(() => whole(7, 3), {
        providers: {
          other: { package: "@gw/provider-openai-compatible", baseUrl: `${vendor.url}/v1`, apiKey: "k", models },
        },
      });
      const body = chat({ model: "other/first", stream: true, fallbacks: ["other/second"] });
      expect((await running.call("POST", "/v1/chat/completions", { body })).status).toBe(200);
      // 11 tokens twice: 5.5 nano-USD each.
      expect((await usage(running, "provider", 1))[0]).toMatchObject({ cost_usd: 0.000000011, output_tokens: 6 });
    } finally {
      await vendor.close();
    }
  });

  it("and one that its caller left after it cost what was held for both, and no more", async () => {
    const dataDirectory = newDirectory();
    const gateway = await startMoneyGateway(
      (request) =>
        (request.json() as { model: string }).model === "one"
          ? { body: "so" }
          : { faults: [{ type: "stall", after: "request" }] },
      { limits },
      { dataDirectory },
    );
    running = gateway;
    const standing = async () =>
      ((await gateway.call("GET", "/admin/v1/limits")).json() as { data: { spent_usd: number; held_usd: number }[] })
        .data[0];
    const leave = new AbortController();
    const sent = chat({ max_tokens: 10 });
    const asked = fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({ ...sent, fallbacks: ["acme/dear"] }),
      signal: leave.signal,
    });
    await gateway.upstream.waitForRequests(2, 5_000);
    // At the dearest: a token a byte, and 10 of output; then the failed attempt again, by 4 bytes a token.
    const { length } = JSON.stringify(sent);
    const heldUsd = (length * 10 + 10 * 100 + Math.ceil(length / 4)) / 1e6;
    expect((await standing())?.held_usd).toBeCloseTo(heldUsd, 9);
    leave.abort();
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    await expect.poll(standing, { timeout: 5_000 }).toMatchObject({ held_usd: 0 });
    expect((await standing())?.spent_usd).toBeCloseTo(heldUsd, 9);
    const store = new SqliteLedgerStore(join(dataDirectory, "ledger.db"), { readOnly: true });
    expect(await verify(store, Date.now())).toMatchObject({ overruns: 0, problems: [] });
    store.close();
  });
});
