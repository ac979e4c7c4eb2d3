import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "@gw/core";
import { afterEach, describe, expect, it } from "vitest";
import { cachesForAnHour, namesMore } from "../../src/money/request-marks.ts";
import { newDirectory } from "../operation/gateway-process.ts";
import { adminKey } from "../robustness/running-gateway.ts";
import { chat, type MoneyGateway, startMoneyGateway, whole } from "./money-gateway.ts";

let running: MoneyGateway | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

const isNamed = (body: object): boolean => namesMore(body as JsonObject);

const names: readonly (readonly [string, unknown])[] = [
  ["previous_response_id", "resp_1"],
  ["conversation", "conv_1"],
  ["conversation", { id: "conv_1" }],
  ["file_id", "file_1"],
  ["file_uri", "gs://bucket/object"],
  ["fileUri", "gs://bucket/object"],
  ["cachedContent", "cachedContents/1"],
  ["cached_content", "cachedContents/1"],
  ["prompt", { id: "pmpt_1" }],
  ["document_url", "https://example.com/a.pdf"],
  ["video_url", { url: "https://example.com/a.mp4" }],
  ["input_audio", "https://example.com/a.mp3"],
  ["url", "https://example.com/a.png"],
  ["image_url", "https://example.com/a.png"],
  ["file_url", "https://example.com/a.pdf"],
  ["type", "item_reference"],
];

describe("a request", () => {
  it.each(names)("names what it does not show by %s", (name, value) => {
    expect(isNamed({ input: [{ [name]: value }] })).toBe(true);
  });

  it.each(["url", "image_url", "file_url"])("shows what stands in %s itself", (name) => {
    expect(isNamed({ input: [{ [name]: "data:image/png;base64,AAAA" }] })).toBe(false);
  });

  it("names it by a key that is written with escapes", async () => {
    running = await startMoneyGateway(() => whole(7, 3), {
      limits: [{ name: "all", usd: 0.005, per: "total" }],
      fitMaxTokens: false,
      catalog: windowOf(5_000),
    });
    const body = JSON.stringify(chat({ max_tokens: 100, previous_response_id: "resp_1" }));
    const raw = body.replace("previous_response_id", "previous\\u005fresponse_id");
    const answer = await fetch(`${running.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminKey}` },
      body: raw,
    });
    expect([answer.status, running.upstream.requests.length]).toEqual([402, 0]);
  });

  it("names nothing in what a tool was called with", () => {
    const url = "https://example.com";
    expect(isNamed({ content: [{ type: "tool_use", id: "a", name: "get", input: { url } }] })).toBe(false);
    expect(isNamed({ parts: [{ functionCall: { name: "get", args: { url } } }] })).toBe(false);
  });

  it("names nothing in the text of a message, nor by null", () => {
    expect(isNamed({ content: JSON.stringify({ file_id: "file_1", type: "item_reference" }) })).toBe(false);
    expect(isNamed({ previous_response_id: null })).toBe(false);
  });
});

/** A catalogue in which the model has a window of so many tokens. @returns its file */
function windowOf(contextTokens: number): string {
  const catalog = join(newDirectory(), "catalog.json");
  const one = { id: "acme/one", modalities: ["text"], contextTokens, sources: "acme" };
  writeFileSync(catalog, JSON.stringify({ schemaVersion: 1, models: [one], prices: [] }));
  return catalog;
}

describe("what a call only names", () => {
  // Enough for the bytes of the request with 100 tokens of output, and not for the window.
  const limits = [{ name: "all", usd: 0.005, per: "total" as const }];
  const started = (): Promise<MoneyGateway> =>
    startMoneyGateway(() => whole(7, 3), { catalog: windowOf(5_000), limits, fitMaxTokens: false });
  const statusOf = async (fields: object): Promise<number> => {
    const body = chat({ max_tokens: 100, ...fields });
    return ((await running?.call("POST", "/v1/chat/completions", { body })) ?? { status: 0 }).status;
  };

  it("fills the model's window, whether its body or a fallback's own fields name it", async () => {
    running = await started();
    expect(await statusOf({ previous_response_id: "resp_1" })).toBe(402);
    expect(await statusOf({ fallbacks: [{ model: "acme/one", previous_response_id: "resp_1" }] })).toBe(402);
    expect(running.upstream.requests.length).toBe(0);
    expect(await statusOf({ fallbacks: [{ model: "acme/one", temperature: 0.5 }] })).toBe(200);
  });
});

it("a request holds no more input than its model's window, however large a picture in it is", async () => {
  // 5,000 tokens of input and 100 of output: 0.006 USD.
  const limits = [{ name: "all", usd: 0.0061, per: "total" as const }];
  running = await startMoneyGateway(() => whole(7, 3), { catalog: windowOf(5_000), limits, fitMaxTokens: false });
  const image_url = { url: `data:image/png;base64,${"A".repeat(100_000)}` };
  const body = chat({ max_tokens: 100, messages: [{ role: "user", content: [{ type: "image_url", image_url }] }] });
  expect((await running.call("POST", "/v1/chat/completions", { body })).status).toBe(200);
});

it("a request is held at the price of a cache that is kept for an hour where it asks for one", async () => {
  const catalog = join(newDirectory(), "catalog.json");
  const rates = { input: "1", output: "10", cacheWrite5m: "1.25", cacheWrite1h: "2" };
  const models = [{ id: "acme/other", modalities: ["text"], sources: "acme" }];
  const prices = [{ of: "acme/other", rates, sources: "acme" }];
  writeFileSync(catalog, JSON.stringify({ schemaVersion: 1, models, prices }));
  const text = "x".repeat(4_000);
  // Enough for 1.25 times some 4,200 bytes and for 100 tokens of output, and not for twice the bytes.
  const limits = [{ name: "all", usd: 0.007, per: "total" as const }];
  running = await startMoneyGateway(() => whole(7, 3), { catalog, limits, fitMaxTokens: false });
  const statusOf = async (ttl: string): Promise<number | undefined> => {
    const content = [{ type: "text", text, cache_control: { type: "ephemeral", ttl } }];
    const body = chat({ model: "acme/other", max_tokens: 100, messages: [{ role: "user", content }] });
    return (await running?.call("POST", "/v1/chat/completions", { body }))?.status;
  };
  expect([await statusOf("1h"), await statusOf("5m")]).toEqual([402, 200]);
  expect(cachesForAnHour({ messages: [{ content: "ttl: 1h" }] })).toBe(false);
});
