import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { afterEach, describe, expect, it } from "vitest";
import type { Config } from "../../src/index.ts";
import { type CallBound, withRequestTokens } from "../../src/money/call-bound.ts";
import { countedBounds, hopedBounds } from "../../src/money/counted-input.ts";
import type { DecodedCall } from "../../src/pipeline/decode.ts";
import { newDirectory } from "../operation/gateway-process.ts";
import { adminKey } from "../robustness/running-gateway.ts";
import { chat, type MoneyGateway, startMoneyGateway, usage, whole } from "./money-gateway.ts";

let running: MoneyGateway | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

const content = "A limit is for those who would pass it, and should never keep out those who would not. ".repeat(15);
const body = (fields: object = {}) => chat({ messages: [{ role: "user", content }], max_tokens: 16, ...fields });
const bytesOf = (sent: object): number => JSON.stringify(sent).length;
const countedTokens = (sent: object): number => Math.ceil((countTokens(JSON.stringify(sent)) * 11) / 10);
/** What a token of input costs is 1 micro-USD, and a tenth of what one of output costs. */
const countedUsd = (sent: object, outputTokens: number): number => (countedTokens(sent) + outputTokens * 10) / 1e6;

/** A gateway whose only limit is this, and whose catalogue says so of the tokenizer of `acme/one`. */
function limitedTo(
  usd: number,
  tokenizer: string | null,
  config: Config = {},
  stalledMaxTokens: number | null = null,
): Promise<MoneyGateway> {
  const catalog = join(newDirectory(), "catalog.json");
  const one = { id: "acme/one", modalities: ["text"], ...(tokenizer !== null && { tokenizer }), sources: "acme" };
  writeFileSync(catalog, JSON.stringify({ schemaVersion: 1, models: [one], prices: [] }));
  const limits: Config["limits"] = [{ name: "all", usd, per: "total" }];
  return startMoneyGateway(
    (request) => {
      const stalls = (request.json() as { max_tokens: number }).max_tokens === stalledMaxTokens;
      return {
        ...whole(7, 3),
        faults: [stalls ? { type: "stall", after: "request" } : { type: "delay", delayMs: 100 }],
      };
    },
    { catalog, limits, ...config },
  );
}

const headers = { authorization: `Bearer ${adminKey}`, "gw-hold-wait-ms": "0" };
const ask = ({ url }: MoneyGateway, sent: object, more: RequestInit = {}): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify(sent), ...more });

async function heldUsd(gateway: MoneyGateway): Promise<number | undefined> {
  const { data } = (await gateway.call("GET", "/admin/v1/limits")).json() as { data: { held_usd: number }[] };
  return data[0]?.held_usd;
}

/** Until the thread that counts is there: on a busy machine the first calls find that it takes too long. */
async function served(gateway: MoneyGateway, sent: object): Promise<void> {
  await expect.poll(async () => (await ask(gateway, sent)).status, { timeout: 15_000 }).toBe(200);
  await expect.poll(() => heldUsd(gateway)).toBe(0);
}

describe("a call whose bytes do not fit a limit", () => {
  it("is held at its count of tokens and a tenth, where the model's tokenizer is known", async () => {
    running = await limitedTo(0.001, "o200k_base", { fitMaxTokens: false });
    expect(bytesOf(body()) + 160).toBeGreaterThan(1_000);
    await served(running, body());
    const asked = ask(running, body());
    const { requests } = running.upstream;
    await running.upstream.waitForRequests(requests.length + 1, 3_000);
    expect(await heldUsd(running)).toBe(countedUsd(body(), 16));
    expect((await asked).status).toBe(200);
    await usage(running, "model", 2);
    expect(await heldUsd(running)).toBe(0);
  });

  it("gets the most output that the count leaves room for", async () => {
    running = await limitedTo(0.001, "o200k_base");
    const sent = body({ max_tokens: 500 });
    const least = Math.floor((1_000 - countedTokens(sent)) / 10);
    await served(running, sent);
    const asked = running.upstream.requests[0]?.json() as { max_tokens: number };
    expect(asked.max_tokens).toBe(least);
  });

  it("is counted before it would wait for what others hold", async () => {
    running = await limitedTo(0.0022, "o200k_base", { fitMaxTokens: false }, 18);
    await served(running, body({ messages: [{ role: "user", content: content.repeat(2) }] }));
    const before = running.upstream.requests.length;
    const leaving = new AbortController();
    const first = ask(running, body({ max_tokens: 18 }), { signal: leaving.signal });
    await running.upstream.waitForRequests(before + 1, 3_000);
    expect(await heldUsd(running)).toBe((bytesOf(body({ max_tokens: 18 })) + 180) / 1e6);
    const second = await ask(running, body(), { headers: { ...headers, "gw-hold-wait-ms": "60000" } });
    expect(second.status).toBe(200);
    leaving.abort();
    await expect(first).rejects.toThrow();
  });

  it.each([null, "nobody_knows_it"])("is refused as its bytes are, where the tokenizer is %s", async (tokenizer) => {
    running = await limitedTo(0.001, tokenizer, { fitMaxTokens: false });
    const refused = await ask(running, body());
    expect([refused.status, refused.headers.get("gw-error")]).toEqual([402, "budget_exceeded"]);
    expect(running.upstream.requests.length).toBe(0);
  });

  it("is held at its bytes where those fit", async () => {
    running = await limitedTo(1, "o200k_base");
    const asked = ask(running, body());
    await running.upstream.waitForRequests(1, 3_000);
    expect(await heldUsd(running)).toBe((bytesOf(body()) + 160) / 1e6);
    expect((await asked).status).toBe(200);
  });
});

describe("the bound of a request", () => {
  const json = JSON.stringify(body());
  const call = { raw: Buffer.from(json), body: body() } as unknown as DecodedCall;
  const boundOf = (tokenizer: string | null, more: Partial<CallBound> = {}): CallBound =>
    ({
      target: { facts: { tokenizer } },
      inputTokens: json.length,
      addedTokens: 0,
      namedTokens: 0,
      ...more,
    }) as unknown as CallBound;
  const signal = new AbortController().signal;
  const inputs = (bounds: readonly CallBound[]): number[] => bounds.map(({ inputTokens }) => inputTokens);

  it("is that of each target's own tokenizer, each asked once, and of the bytes where there is none or it says nothing", async () => {
    const asked: string[] = [];
    const counter = {
      count: async (encoding: string) => {
        asked.push(encoding);
        return encoding === "mute" ? null : { tokens: encoding.length * 10, uncountedBytes: 5 };
      },
    };
    const bounds = ["four", null, "three", "four", "mute"].map((tokenizer) => boundOf(tokenizer));
    expect(inputs(await countedBounds(bounds, call, counter, signal))).toEqual([49, json.length, 60, 49, json.length]);
    expect(asked).toEqual(["four", "three", "mute"]);
  });

  it("is never more than the bytes", async () => {
    const counter = { count: async () => ({ tokens: json.length, uncountedBytes: 0 }) };
    expect(inputs(await countedBounds([boundOf("any")], call, counter, signal))).toEqual([json.length]);
  });

  it("keeps what a target adds, and what the request names without showing it", () => {
    expect(withRequestTokens(boundOf("any", { addedTokens: 7 }), 100).inputTokens).toBe(107);
    expect(withRequestTokens(boundOf("any", { namedTokens: 900 }), 100).inputTokens).toBe(900);
  });

  it("is counted where an eighth of the bytes would fit, and beyond the first MiB by its bytes", async () => {
    expect(inputs(hopedBounds([boundOf("any"), boundOf(null)], json.length))).toEqual([
      Math.ceil(json.length / 8),
      json.length,
    ]);
    const long = { raw: Buffer.from("é".repeat(600_000)), body: {} } as unknown as DecodedCall;
    let sentBytes = 0;
    const counter = {
      count: async (_encoding: string, head: Uint8Array) => {
        sentBytes = head.byteLength;
        return { tokens: 10, uncountedBytes: 0 };
      },
    };
    const bound = boundOf("any", { inputTokens: 1_200_000 });
    expect(inputs(await countedBounds([bound], long, counter, signal))).toEqual([11 + 1_200_000 - sentBytes]);
    expect(sentBytes).toBe(1_048_576);
  });
});
