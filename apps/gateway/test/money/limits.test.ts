import { startUpstream } from "@gw/provider-testkit";
import { afterEach, describe, expect, it } from "vitest";
import type { Config } from "../../src/index.ts";
import { adminKey } from "../robustness/running-gateway.ts";
import { chat, type MoneyGateway, startMoneyGateway, streamed, usage, whole } from "./money-gateway.ts";

let running: MoneyGateway | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

const total = (usd: number, more: object = {}): NonNullable<Config["limits"]> => [
  { name: "all", usd, per: "total", ...more },
];

interface Standing {
  readonly name: string;
  readonly group?: Readonly<Record<string, string | null>>;
  readonly limit_usd: number;
  readonly spent_usd: number;
  readonly held_usd: number;
}

async function standings(gateway: MoneyGateway): Promise<Standing[]> {
  return ((await gateway.call("GET", "/admin/v1/limits")).json() as { data: Standing[] }).data;
}

const ask = (gateway: MoneyGateway, fields: object = {}, headers: Record<string, string> = {}) =>
  gateway.call("POST", "/v1/chat/completions", { body: chat({ max_tokens: 100, ...fields }), headers });

/** Over a connection of its own, so that it does not wait for others. */
const fetchChat = ({ url }: MoneyGateway, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminKey}`, ...headers },
    body: JSON.stringify(chat({ max_tokens: 100 })),
  });

describe("a limit", () => {
  it("holds a byte of the request as a token, and max_tokens, before anything is sent; the rest comes back", async () => {
    running = await startMoneyGateway(() => ({ ...whole(7, 3), faults: [{ type: "delay", delayMs: 100 }] }), {
      limits: total(1),
    });
    const asked = fetchChat(running);
    await running.upstream.waitForRequests(1, 3_000);
    const heldUsd = (await standings(running))[0]?.held_usd;
    const bytes = JSON.stringify(chat({ max_tokens: 100 })).length;
    expect(heldUsd).toBe((bytes + 100 * 10) / 1e6);
    const answer = await asked;
    expect(answer.status).toBe(200);
    // 1 USD less 7 tokens in and 3 out.
    expect(answer.headers.get("gw-limit-remaining-usd")).toBe("0.999963");
    await usage(running, "model", 1);
    expect((await standings(running))[0]).toMatchObject({ limit_usd: 1, spent_usd: 0.000037, held_usd: 0 });
  });

  it("refuses what does not fit with 402, in the dialect's error object, before a vendor is asked", async () => {
    running = await startMoneyGateway(() => whole(7, 3), { limits: total(0.0002) });
    const standing = { limit: "all", limit_usd: 0.0002, spent_usd: 0, held_usd: 0, resets_at: null };
    const answer = await ask(running);
    expect([answer.status, answer.headers["gw-error"]]).toEqual([402, "budget_exceeded"]);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(answer.json()).toMatchObject({ error: { code: "budget_exceeded", ...standing } });
    const messages = await running.call("POST", "/v1/messages", { body: chat({ max_tokens: 100 }) });
    expect([messages.status, messages.json()]).toMatchObject([402, { error: standing }]);
    const run = await running.call("POST", "/ai/run", { body: { model: "acme/one", input: "a".repeat(300) } });
    expect([run.status, run.json()]).toMatchObject([402, { errors: [{ code: "budget_exceeded", ...standing }] }]);
    expect(running.upstream.requests.length).toBe(0);
  });

  it("gives back at once what a failed call held", async () => {
    running = await startMoneyGateway(() => ({ status: 400, body: "{}" }), { limits: total(0.0012) });
    expect([(await ask(running)).status, (await ask(running)).status]).toEqual([400, 400]);
    const [row] = await usage(running, "model", 2);
    expect(row).toMatchObject({ cost_usd: 0, requests: 2, errors: 2 });
    expect((await standings(running))[0]).toMatchObject({ spent_usd: 0, held_usd: 0 });
  });

  it("sets the largest max_tokens that fits where the whole does not, and says so", async () => {
    running = await startMoneyGateway(() => whole(7, 3), { limits: total(0.0006) });
    const answer = await ask(running);
    expect(answer.status).toBe(200);
    const sent = running.upstream.requests[0]?.json() as { max_tokens: number };
    const bytes = JSON.stringify(chat({ max_tokens: 100 })).length;
    expect(sent.max_tokens).toBe(Math.floor((600 - bytes) / 10));
    expect(answer.headers["gw-params"]).toBe(`max_tokens=${sent.max_tokens}`);
    await running.close();
    running = await startMoneyGateway(() => whole(7, 3), { limits: total(0.0006), fitMaxTokens: false });
    expect((await ask(running)).status).toBe(402);
  });

  it("sets what fits all limits, not only the one that refused", async () => {
    const limits = [...total(0.0006), { name: "other", usd: 0.0005, per: "day" as const }];
    running = await startMoneyGateway(() => whole(7, 3), { limits });
    expect((await ask(running)).status).toBe(200);
    const bytes = JSON.stringify(chat({ max_tokens: 100 })).length;
    expect(running.upstream.requests[0]?.json()).toMatchObject({ max_tokens: Math.floor((500 - bytes) / 10) });
  });

  it("sets no less than the request wants for thinking, and a token more", async () => {
    running = await startMoneyGateway(() => whole(7, 3), { limits: total(0.0006) });
    const thinking = (tokens: number) => ({ thinking: { type: "enabled", budget_tokens: tokens } });
    const most = Math.floor((600 - JSON.stringify(chat({ max_tokens: 100, ...thinking(10) })).length) / 10);
    expect((await ask(running, thinking(most))).status).toBe(402);
    expect(running.upstream.requests.length).toBe(0);
    expect((await ask(running, thinking(most - 1))).status).toBe(200);
    expect(running.upstream.requests[0]?.json()).toMatchObject({ max_tokens: most });
  });

  it("counts answers that are asked for at once, and every name of the bound", async () => {
    running = await startMoneyGateway(() => whole(7, 3), { limits: total(0.0012), fitMaxTokens: false });
    expect((await ask(running, { n: 2 })).status).toBe(402);
    expect((await ask(running, { max_completion_tokens: 200 })).status).toBe(402);
    expect((await ask(running, { service_tier: "priority" })).status).toBe(403);
    expect((await ask(running)).status).toBe(200);
  });

  it("is held at the dearest target's price, and a fallback's own bound does not escape it", async () => {
    running = await startMoneyGateway(() => whole(7, 3), { limits: total(0.005), fitMaxTokens: false });
    expect((await ask(running, { fallbacks: ["acme/dear"] })).status).toBe(402);
    expect((await ask(running, { fallbacks: [{ model: "acme/one", max_tokens: 1_000 }] })).status).toBe(402);
    expect((await ask(running)).status).toBe(200);
  });

  it("keeps a fitted bound at a fallback that asks for more", async () => {
    let failed = false;
    running = await startMoneyGateway(
      () => {
        const reply = failed ? whole(7, 3) : { status: 503, body: "{}" };
        failed = true;
        return reply;
      },
      { limits: total(0.0006) },
    );
    const answer = await ask(running, { fallbacks: [{ model: "acme/dear", max_tokens: 1_000 }] });
    expect(answer.status).toBe(402);
    const other = await ask(running, { fallbacks: [{ model: "acme/one", max_tokens: 1_000 }] });
    expect(other.status).toBe(200);
    const bounds = running.upstream.requests.map((request) => (request.json() as { max_tokens: number }).max_tokens);
    expect(bounds.length).toBe(2);
    expect(new Set(bounds).size).toBe(1);
  });

  it("refuses a model without a price where it is in scope, unless configured otherwise", async () => {
    running = await startMoneyGateway(() => whole(7, 3), { limits: total(1) });
    const refused = await ask(running, { model: "acme/free" });
    expect([refused.status, refused.headers["gw-error"]]).toEqual([403, "permission_denied"]);
    expect((await ask(running, { model: "acme/never-heard-of" })).status).toBe(403);
    await running.close();
    running = await startMoneyGateway(() => whole(7, 3), { limits: total(1), unpricedModels: "allow" });
    const allowed = await ask(running, { model: "acme/free" });
    expect([allowed.status, allowed.headers["gw-cost-usd"]]).toEqual([200, undefined]);
    expect((await usage(running, "model", 1))[0]).toMatchObject({ cost_usd: 0, unpriced_requests: 1 });
  });

  it("of a metadata key has an account for each value, and what the key is bound to cannot be spoofed", async () => {
    running = await startMoneyGateway(() => whole(700, 30), {
      limits: [{ name: "team", scope: { metadata: "teamId" }, usd: 0.0015, per: "day" }],
      fitMaxTokens: false,
    });
    const made = await running.call("POST", "/admin/v1/keys", { body: { name: "k", metadata: { teamId: "a" } } });
    const { key } = made.json() as { key: string };
    const asTeam = (team: string) =>
      ask(running as MoneyGateway, {}, { authorization: `Bearer ${key}`, "gw-metadata": `{"teamId":"${team}"}` });
    expect((await asTeam("a")).status).toBe(200);
    expect((await asTeam("b")).status).toBe(402);
    expect((await ask(running, {}, { "gw-metadata": '{"teamId":"b"}' })).status).toBe(200);
    await usage(running, "metadata.teamId", 2);
    expect((await standings(running)).map(({ group, spent_usd }) => [group, spent_usd])).toEqual([
      [{ "metadata.teamId": "a" }, 0.001],
      [{ "metadata.teamId": "b" }, 0.001],
    ]);
  });

  it("of a key is its own", async () => {
    running = await startMoneyGateway(() => whole(7, 3));
    const made = await running.call("POST", "/admin/v1/keys", {
      body: { name: "k", limits: [{ usd: 0.0002, per: "day" }] },
    });
    const { id, key } = made.json() as { id: string; key: string };
    const refused = await ask(running, {}, { authorization: `Bearer ${key}` });
    expect([refused.status, refused.json()]).toMatchObject([402, { error: { limit: `${id} day` } }]);
    expect((await ask(running)).status).toBe(200);
    expect((await standings(running)).map(({ name, limit_usd }) => [name, limit_usd])).toEqual([[`${id} day`, 0.0002]]);
  });

  it("lets a call wait for money that others hold, and no longer than it says", async () => {
    running = await startMoneyGateway(() => ({ ...whole(7, 3), faults: [{ type: "delay", delayMs: 150 }] }), {
      limits: total(0.0015),
      fitMaxTokens: false,
    });
    const post = (headers?: Record<string, string>) => fetchChat(running as MoneyGateway, headers);
    const first = post();
    await running.upstream.waitForRequests(1, 3_000);
    const [impatient, patient] = await Promise.all([post({ "gw-hold-wait-ms": "0" }), post()]);
    expect([(await first).status, impatient.status, patient.status]).toEqual([200, 402, 200]);
  });

  it("takes a large bound in steps, and ends a stream that is refused more", async () => {
    const words = Array.from({ length: 200 }, () => "0123456789".repeat(10));
    running = await startMoneyGateway(() => streamed(7, 5_000, words), { limits: total(0.06), fitMaxTokens: false });
    const answer = await ask(running, { stream: true, max_tokens: 1_000_000 });
    expect(answer.status).toBe(200);
    const last =
      answer.text
        .trim()
        .split("\n")
        .findLast((line) => line.startsWith("data:")) ?? "";
    expect(JSON.parse(last.slice(5))).toMatchObject({
      error: { code: "budget_exceeded", partial: true, limit: "all" },
    });
    const [row] = await usage(running, "model", 1);
    expect(row).toMatchObject({ requests: 1, errors: 1, estimated_requests: 1 });
    const [standing] = await standings(running);
    expect(standing?.held_usd).toBe(0);
    expect(standing?.spent_usd).toBeGreaterThan(0);
    expect(standing?.spent_usd).toBeLessThanOrEqual(0.06);
  });

  it("binds a stream to as much output as the limit has room for in the end, rather than to cut it", async () => {
    const words = Array.from({ length: 200 }, () => "0123456789".repeat(10));
    running = await startMoneyGateway(() => streamed(7, 5_000, words), { limits: total(0.06) });
    const fields = { stream: true, max_tokens: 1_000_000 };
    const answer = await ask(running, fields);
    const tokens = Math.floor((0.06e6 - JSON.stringify(chat(fields)).length) / 10);
    expect([answer.status, answer.headers["gw-params"]]).toEqual([200, `max_tokens=${tokens}`]);
    expect(running.upstream.requests[0]?.json()).toMatchObject({ max_tokens: tokens });
    expect(answer.text.endsWith("data: [DONE]\n\n")).toBe(true);
    expect((await usage(running, "model", 1))[0]?.cost_usd).toBe(0.050007);
  });

  it("extends a stream that goes on, and gives back what it did not need", async () => {
    const words = Array.from({ length: 200 }, () => "0123456789".repeat(10));
    running = await startMoneyGateway(() => streamed(7, 5_000, words), { limits: total(1) });
    const answer = await ask(running, { stream: true, max_tokens: 1_000_000 });
    expect(answer.text.endsWith("data: [DONE]\n\n")).toBe(true);
    await usage(running, "model", 1);
    expect((await standings(running))[0]).toMatchObject({ spent_usd: 0.050007, held_usd: 0 });
  });

  it("holds again what a failed attempt cost, and asks nobody else where that does not fit", async () => {
    const message = { id: "m", type: "message", role: "assistant", model: "m", content: [] };
    const counted = { type: "message_start", message: { ...message, usage: { input_tokens: 200, output_tokens: 0 } } };
    const failure = { type: "error", error: { type: "overloaded_error", message: "busy" } };
    const vendor = await startUpstream({
      headers: { "content-type": "text/event-stream" },
      body: [counted, failure].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""),
    });
    const models = [{ id: "m", price: { inputUsdPerMillion: 100, outputUsdPerMillion: 100 } }];
    const other = { package: "@gw/provider-anthropic", baseUrl: vendor.url, apiKey: "k", models };
    const body = chat({ model: "other/m", stream: true, max_tokens: 10, fallbacks: ["acme/one"] });
    const heldUsd = ((JSON.stringify(body).length + 10) * 100) / 1e6;
    try {
      running = await startMoneyGateway(() => streamed(7, 3), {
        providers: { other },
        limits: total(heldUsd + 0.01),
        fitMaxTokens: false,
      });
      const answer = await running.call("POST", "/v1/messages", { body });
      expect([answer.status, answer.headers["gw-error"]]).toEqual([402, "budget_exceeded"]);
      expect([vendor.requests.length, running.upstream.requests.length]).toEqual([1, 0]);
      expect((await usage(running, "model", 1))[0]).toMatchObject({ cost_usd: 0.02, errors: 1 });
      expect((await standings(running))[0]).toMatchObject({ spent_usd: 0.02, held_usd: 0 });
    } finally {
      await vendor.close();
    }
  });
});
