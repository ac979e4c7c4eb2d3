import { startUpstream } from "@gw/provider-testkit";
import { afterEach, describe, expect, it } from "vitest";
import { adminKey } from "../robustness/running-gateway.ts";
import { chat, type MoneyGateway, price, startMoneyGateway, streamed, usage, whole } from "./money-gateway.ts";

let running: MoneyGateway | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

describe("a call on the books", () => {
  it("is priced by what the vendor says it used, streamed or not, in both lanes", async () => {
    running = await startMoneyGateway((request) =>
      (request.json() as { stream?: boolean }).stream === true ? streamed(7, 3) : whole(7, 3),
    );
    const answer = await running.call("POST", "/v1/chat/completions", { body: chat() });
    expect(answer.headers["gw-cost-usd"]).toBe("0.000037");
    await running.call("POST", "/v1/chat/completions", { body: chat({ stream: true }) });
    const messages = { ...chat(), max_tokens: 10 };
    const translated = await running.call("POST", "/v1/messages", { body: messages });
    expect(translated.headers["gw-lane"]).toBe("translated");
    await running.call("POST", "/v1/messages", { body: { ...messages, stream: true } });
    await running.call("POST", "/ai/run", { body: { model: "acme/one", input: "hello" } });
    const [row, ...others] = await usage(running, "provider,model", 5);
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      group: { provider: "acme", model: "acme/one" },
      cost_usd: 0.000185,
      requests: 5,
      errors: 0,
      unpriced_requests: 0,
      estimated_requests: 0,
      input_tokens: 35,
      output_tokens: 15,
    });
  });

  it("is of an embedding, too", async () => {
    running = await startMoneyGateway(() => ({
      body: JSON.stringify({
        object: "list",
        model: "one",
        data: [{ object: "embedding", index: 0, embedding: [0.5] }],
        usage: { prompt_tokens: 5, total_tokens: 5 },
      }),
    }));
    const answer = await running.call("POST", "/v1/embeddings", { body: { model: "acme/one", input: "hello" } });
    expect([answer.status, answer.headers["gw-cost-usd"]]).toEqual([200, "0.000005"]);
    expect((await usage(running, "model", 1))[0]).toMatchObject({ cost_usd: 0.000005, estimated_requests: 0 });
  });

  it("without a price is told as such, and costs nothing that anybody knows", async () => {
    running = await startMoneyGateway(() => whole(7, 3));
    const answer = await running.call("POST", "/v1/chat/completions", { body: chat({ model: "acme/free" }) });
    expect([answer.status, answer.headers["gw-cost-usd"]]).toEqual([200, undefined]);
    expect((await usage(running, "model", 1))[0]).toMatchObject({
      group: { model: "acme/free" },
      cost_usd: 0,
      unpriced_requests: 1,
      input_tokens: 7,
    });
    expect((await running.call("GET", "/metrics")).text).toContain('gw_unpriced_requests_total{provider="acme"} 1');
  });

  it("without a usage is estimated from its size, and says so", async () => {
    const { body: _body, ...reply } = whole(0, 0);
    const message = { role: "assistant", content: "x".repeat(400) };
    const text = JSON.stringify({ choices: [{ index: 0, message, finish_reason: "stop" }] });
    running = await startMoneyGateway(() => ({ ...reply, body: text }));
    const sent = chat();
    await running.call("POST", "/v1/chat/completions", { body: sent });
    const inputTokens = Math.ceil(JSON.stringify(sent).length / 4);
    const outputTokens = Math.ceil(text.length / 4);
    expect((await usage(running, "model", 1))[0]).toMatchObject({
      cost_usd: (inputTokens + 10 * outputTokens) / 1e6,
      estimated_requests: 1,
      input_tokens: inputTokens,
      output_tokens: outputTokens,
    });
  });

  it("that broke off after its first words is paid for as far as it came", async () => {
    running = await startMoneyGateway(() => ({ ...streamed(7, 3), faults: [{ type: "drop-frames", from: 3 }] }));
    const answer = await running.call("POST", "/v1/chat/completions", { body: chat({ stream: true }) });
    expect(answer.text).toContain('"code":"stream_truncated"');
    const [row] = await usage(running, "model", 1);
    expect(row).toMatchObject({ requests: 1, errors: 1, estimated_requests: 1, output_tokens: 3 });
  });

  it("goes on the books by the vendor's usage although its caller went away", async () => {
    running = await startMoneyGateway(() => ({ ...streamed(7, 3), faults: [{ type: "delay", delayMs: 50 }] }));
    const leave = new AbortController();
    const asked = fetch(`${running.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminKey}` },
      body: JSON.stringify(chat({ stream: true })),
      signal: leave.signal,
    });
    const answer = await asked;
    await answer.body?.getReader().read();
    leave.abort();
    expect((await usage(running, "model", 1))[0]).toMatchObject({ cost_usd: 0.000037, estimated_requests: 0 });
  });

  it("pays for an attempt that failed after its vendor had counted it", async () => {
    const start = {
      type: "message_start",
      message: {
        id: "m",
        type: "message",
        role: "assistant",
        model: "m",
        content: [],
        usage: { input_tokens: 9, output_tokens: 1 },
      },
    };
    const failure = { type: "error", error: { type: "overloaded_error", message: "busy" } };
    const vendor = await startUpstream({
      headers: { "content-type": "text/event-stream" },
      body: `event: message_start\ndata: ${JSON.stringify(start)}\n\nevent: error\ndata: ${JSON.stringify(failure)}\n\n`,
    });
    try {
      running = await startMoneyGateway(() => streamed(7, 3), {
        providers: {
          other: {
            package: "@gw/provider-anthropic",
            baseUrl: vendor.url,
            apiKey: "k",
            models: [{ id: "m", price: { inputUsdPerMillion: 100, outputUsdPerMillion: 100 } }],
          },
        },
        limits: [{ name: "all", usd: 1, per: "total" }],
      });
      const body = chat({ model: "other/m", stream: true, max_tokens: 10, fallbacks: ["acme/one"] });
      const answer = await running.call("POST", "/v1/messages", { body });
      expect([answer.status, answer.headers["gw-provider"]]).toEqual([200, "acme"]);
      const [row] = await usage(running, "model", 1);
      // 10 tokens at 100 micro-USD, then the answer's 37.
      expect(row).toMatchObject({ cost_usd: 0.001037, requests: 1, input_tokens: 16, output_tokens: 4 });
    } finally {
      await vendor.close();
    }
  });

  it("is told by session, key-bound metadata and time, also as CSV", async () => {
    running = await startMoneyGateway(() => whole(7, 3));
    for (const [session, team] of [
      ["s1", "a"],
      ["s1", "b"],
      ["s2", "=a"],
    ] as const) {
      const headers = { "gw-session-id": session, "gw-metadata": JSON.stringify({ team }) };
      await running.call("POST", "/v1/chat/completions", { body: chat(), headers });
    }
    const sessions = await usage(running, "session", 3);
    expect(sessions.map(({ group, cost_usd, requests }) => [group.session, cost_usd, requests])).toEqual([
      ["s1", 0.000074, 2],
      ["s2", 0.000037, 1],
    ]);
    const csv = await running.call("GET", "/admin/v1/usage?group_by=metadata.team&format=csv");
    expect(csv.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(csv.text.split("\r\n").map((line) => line.split(",").slice(0, 3).join())).toEqual([
      "metadata.team,cost_usd,requests",
      "a,0.000037,1",
      "b,0.000037,1",
      "'=a,0.000037,1",
      "",
    ]);
    expect((await running.call("GET", "/admin/v1/usage?to=2020-01-01")).json()).toEqual({ data: [] });
    expect((await running.call("GET", "/admin/v1/usage?group_by=colour")).status).toBe(400);
    const metrics = (await running.call("GET", "/metrics")).text;
    const spent = /gw_spend_usd_total\{provider="acme",model="one"\} (\S+)/.exec(metrics)?.[1];
    expect(Number(spent)).toBeCloseTo(0.000111, 12);
  });

  it("saves by its cache what reading anew would have cost more, where both prices are known", async () => {
    const usageObject = { prompt_tokens: 100, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 80 } };
    const message = { role: "assistant", content: "ok" };
    const body = JSON.stringify({ choices: [{ index: 0, message, finish_reason: "stop" }], usage: usageObject });
    const vendor = await startUpstream({ body });
    try {
      running = await startMoneyGateway(() => ({ body }), {
        providers: {
          cached: {
            package: "@gw/provider-openai-compatible",
            baseUrl: `${vendor.url}/v1`,
            apiKey: "k",
            models: [{ id: "m", price: { ...price, cacheReadUsdPerMillion: 0.1 } }],
          },
        },
      });
      await running.call("POST", "/v1/chat/completions", { body: chat({ model: "cached/m" }) });
      expect((await usage(running, "model", 1))[0]).toMatchObject({
        cost_usd: 0.000038,
        cache_read_tokens: 80,
        cache_savings_usd: 0.000072,
      });
    } finally {
      await vendor.close();
    }
  });

  it("is of a response in the background, and of one whose idempotency key is used again, once", async () => {
    const shell = { id: "r", object: "response", model: "one", output: [] };
    const used = { input_tokens: 7, output_tokens: 3, total_tokens: 10 };
    const events = [
      { type: "response.created", response: { ...shell, status: "in_progress" } },
      { type: "response.output_text.delta", item_id: "m", output_index: 0, content_index: 0, delta: "ok" },
      { type: "response.completed", response: { ...shell, status: "completed", usage: used } },
    ];
    const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
    running = await startMoneyGateway(({ path }) =>
      path === "/v1/responses" ? { headers: { "content-type": "text/event-stream" }, body } : whole(7, 3),
    );
    const response = { model: "acme/one", input: "hello", background: true };
    expect((await running.call("POST", "/v1/responses", { body: response })).status).toBe(200);
    expect((await usage(running, "model", 1))[0]).toMatchObject({ cost_usd: 0.000037, requests: 1 });
    const headers = { "idempotency-key": "once" };
    for (let time = 0; time < 3; time += 1) {
      expect((await running.call("POST", "/v1/chat/completions", { body: chat(), headers })).status).toBe(200);
    }
    expect((await usage(running, "model", 2))[0]).toMatchObject({ cost_usd: 0.000074, requests: 2 });
    expect(running.upstream.requests.length).toBe(2);
  });

  it("is told in the usage that ends a translated chat stream, where the caller asked for one", async () => {
    const events = [
      {
        type: "message_start",
        message: {
          id: "m",
          type: "message",
          role: "assistant",
          model: "m",
          content: [],
          usage: { input_tokens: 7, output_tokens: 1 },
        },
      },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "ok" } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 3 } },
      { type: "message_stop" },
    ];
    const vendor = await startUpstream({
      headers: { "content-type": "text/event-stream" },
      body: events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""),
    });
    try {
      const other = {
        package: "@gw/provider-anthropic",
        baseUrl: vendor.url,
        apiKey: "k",
        models: [{ id: "m", price }],
      };
      running = await startMoneyGateway(() => streamed(7, 3), { providers: { other } });
      const asked = { stream: true, stream_options: { include_usage: true } };
      const usageOf = async (fields: object): Promise<unknown> => {
        const { text } = await (running as MoneyGateway).call("POST", "/v1/chat/completions", { body: chat(fields) });
        const chunk = text.split("\n").find((line) => line.includes('"choices":[]'));
        return chunk === undefined ? null : JSON.parse(chunk.slice("data:".length)).usage;
      };
      expect(await usageOf({ model: "other/m", ...asked })).toMatchObject({ cost_usd: 0.000037, prompt_tokens: 7 });
      expect(await usageOf({ model: "other/m", stream: true })).toBeNull();
      // The vendor's own bytes stay as they are.
      expect(await usageOf(asked)).not.toHaveProperty("cost_usd");
    } finally {
      await vendor.close();
    }
  });
});
