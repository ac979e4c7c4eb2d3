import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { namesMore } from "../../src/money/call-bound.ts";
import type { DecodedCall } from "../../src/pipeline/decode.ts";
import { newDirectory } from "../operation/gateway-process.ts";
import { chat, type MoneyGateway, startMoneyGateway, whole } from "./money-gateway.ts";

let running: MoneyGateway | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

const isNamed = (body: object): boolean =>
  namesMore({ raw: Buffer.from(JSON.stringify(body)), body } as unknown as DecodedCall);

const names: readonly (readonly [string, unknown])[] = [
  ["previous_response_id", "resp_1"],
  ["conversation", "conv_1"],
  ["conversation", { id: "conv_1" }],
  ["file_id", "file_1"],
  ["file_uri", "gs://bucket/object"],
  ["fileUri", "gs://bucket/object"],
  ["cachedContent", "cachedContents/1"],
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

  it("names nothing in the text of a message, nor by null", () => {
    expect(isNamed({ content: JSON.stringify({ file_id: "file_1", type: "item_reference" }) })).toBe(false);
    expect(isNamed({ previous_response_id: null })).toBe(false);
  });
});

describe("what a call only names", () => {
  const contextTokens = 5_000;
  // Enough for the bytes of the request with 100 tokens of output, and not for the window.
  const limits = [{ name: "all", usd: 0.005, per: "total" as const }];
  const started = (): Promise<MoneyGateway> => {
    const catalog = join(newDirectory(), "catalog.json");
    const one = { id: "acme/one", modalities: ["text"], contextTokens, sources: "acme" };
    writeFileSync(catalog, JSON.stringify({ schemaVersion: 1, models: [one], prices: [] }));
    return startMoneyGateway(() => whole(7, 3), { catalog, limits, fitMaxTokens: false });
  };
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
