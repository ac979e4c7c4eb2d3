import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ledger, MemoryLedgerStore } from "@gw/billing";
import { catalog, loadCatalog } from "@gw/catalog";
import { afterEach, describe, expect, it } from "vitest";
import { compareWithGenaiPrices } from "../../src/commands/genai-prices.ts";
import { repriced } from "../../src/money/repriced.ts";
import { newDirectory } from "../operation/gateway-process.ts";
import { chat, type MoneyGateway, startMoneyGateway, usage, whole } from "./money-gateway.ts";

let running: MoneyGateway | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

// A micro-USD for a token of input, 10 for one of output; twice that on weekdays from 1 to 4 o'clock.
const catalogue = {
  schemaVersion: 1,
  models: [{ id: "acme/hours", sources: "acme" }],
  prices: [
    { of: "acme/hours", rates: { input: "1", output: "10" }, sources: "acme" },
    { of: "acme/hours", hours: ["Mon-Fri 01:00-04:00"], rates: { input: "2", output: "20" }, sources: "acme" },
  ],
};
const [usual = "", peak = ""] = loadCatalog(catalogue)[0]?.offers[0]?.prices.map(({ id }) => id) ?? [];

const body = chat({ model: "acme/hours", max_tokens: 100 });
const bytes = JSON.stringify(body).length;
// What one call holds in usual hours, and costs when it uses all of it.
const usualUsd = (bytes + 1_000) / 1e6;

/** A gateway at a moment, with room for so much; while it answers it becomes another moment. */
async function startAt(iso: string, usd: number, answeredAt = iso): Promise<MoneyGateway> {
  const file = join(newDirectory(), "catalog.json");
  writeFileSync(file, JSON.stringify(catalogue));
  let nowMs = Date.parse(iso);
  running = await startMoneyGateway(
    () => {
      nowMs = Date.parse(answeredAt);
      return whole(bytes, 100);
    },
    { catalog: file, limits: [{ name: "all", usd, per: "total" }], fitMaxTokens: false },
    { nowMs: () => nowMs },
  );
  return running;
}

const ask = async (gateway: MoneyGateway) => gateway.call("POST", "/v1/chat/completions", { body });
const costUsd = async (gateway: MoneyGateway) => (await usage(gateway, "model", 1))[0]?.cost_usd;

describe("a call in hours with a price of their own", () => {
  it.each([
    ["2026-11-30T00:59:59.999Z", 1],
    ["2026-11-30T01:00:00.000Z", 2],
    ["2026-11-30T03:59:59.999Z", 2],
    ["2026-11-30T04:00:00.000Z", 1],
    // A Sunday.
    ["2026-11-29T01:00:00.000Z", 1],
  ])("at %s holds and costs %d times the usual price", async (iso, times) => {
    const short = await startAt(iso, times * usualUsd - 1e-6);
    expect((await ask(short)).status).toBe(402);
    await short.close();
    const enough = await startAt(iso, times * usualUsd);
    expect((await ask(enough)).status).toBe(200);
    expect(await costUsd(enough)).toBe(times * usualUsd);
  });

  it.each([
    ["2026-11-30T00:59:59.999Z", "2026-11-30T01:00:10Z", 1],
    ["2026-11-30T03:59:59.999Z", "2026-11-30T04:00:10Z", 2],
  ])("that comes at %s and is answered at %s costs what it held, %d times the usual price", async (from, to, times) => {
    const gateway = await startAt(from, times * usualUsd, to);
    expect((await ask(gateway)).status).toBe(200);
    expect(await costUsd(gateway)).toBe(times * usualUsd);
    const { data } = (await gateway.call("GET", "/admin/v1/limits")).json() as { data: object[] };
    expect(data[0]).toMatchObject({ spent_usd: times * usualUsd, held_usd: 0 });
  });
});

describe("gw prices diff genai-prices", () => {
  it.each([
    ["2026-11-30T00:30:00Z", []],
    ["2026-11-30T02:00:00Z", []],
    // On a Saturday the package has the price of weekdays, by its own comment an upper bound.
    ["2026-11-28T02:00:00Z", ["input", "output", "cacheRead"]],
  ])("at %s compares what holds in that hour", async (iso, classes) => {
    const { differences } = await compareWithGenaiPrices(catalog, Date.parse(iso));
    const found = differences.filter(({ offer }) => offer === "deepseek/deepseek-v4-pro");
    expect(found.map((one) => one.class)).toEqual(classes);
  });
});

describe("gw ledger reprice", () => {
  const came = (iso: string, random = "0"): string =>
    Date.parse(iso).toString(16).padStart(12, "0") + random.repeat(20);
  const tokens = { input: 1_000, output: 0 };
  const priced = (priceRow: string, microUsd: number) => ({
    priceRow,
    lines: [{ class: "input", units: 1_000, costPicoUsd: BigInt(microUsd) * 1_000_000n }],
    costNanoUsd: BigInt(microUsd) * 1_000n,
  });

  it("prices a past call by the hour at which it came", async () => {
    const store = new MemoryLedgerStore();
    let nowMs = 0;
    const ledger = new Ledger(store, { nowMs: () => nowMs });
    const settle = (operationId: string, overAt: string, row: string | null, microUsd: number): Promise<unknown> => {
      nowMs = Date.parse(overAt);
      const price = row === null ? null : priced(row, microUsd);
      return ledger.settle({ operationId, provider: "acme", price, tokens, dimensions: { model: "acme/hours" } });
    };
    const [before, first, last, after] = [
      came("2026-11-30T00:59:59.999Z"),
      came("2026-11-30T01:00:00.000Z"),
      came("2026-11-30T03:59:59.999Z"),
      came("2026-11-30T04:00:00.000Z"),
    ];
    // At one price all day, or at none, before anybody knew of the hours.
    await settle(before, "2026-11-30T01:00:10Z", usual, 1_000);
    await settle(first, "2026-11-30T01:00:10Z", usual, 1_000);
    await settle(last, "2026-11-30T04:00:10Z", null, 0);
    // At the price of the hours, and right so.
    await settle(came("2026-11-30T03:00:00Z"), "2026-11-30T04:00:10Z", peak, 2_000);
    // At the price of the hours, and wrongly.
    await settle(after, "2026-11-30T04:00:10Z", peak, 2_000);
    // Of another's making: their ids tell no time, or none that can be.
    await settle("call-1", "2026-11-30T01:30:00Z", usual, 1_000);
    await settle("f".repeat(32), "2026-11-30T01:31:00Z", usual, 1_000);
    const models = loadCatalog(catalogue);
    const changes = await repriced(store, { models: () => models }, { fromMs: 0, toMs: nowMs * 2 });
    expect(changes.map(({ operationId, price }) => [operationId, price.priceRow, price.costNanoUsd])).toEqual([
      [first, peak, 2_000_000n],
      ["call-1", peak, 2_000_000n],
      ["f".repeat(32), peak, 2_000_000n],
      [last, peak, 2_000_000n],
      [after, usual, 1_000_000n],
    ]);
  });

  it("leaves a call with a fee by a size as it is: the books do not have the size", async () => {
    const store = new MemoryLedgerStore();
    const ledger = new Ledger(store);
    const rates = { input: "1", request: "0.008" };
    const models = [{ id: "acme/sized", modalities: ["text"], sources: "acme" }];
    const settle = (operationId: string, model: string): Promise<unknown> =>
      ledger.settle({ operationId, provider: "acme", price: null, tokens, dimensions: { model } });
    const pricedBy = async (variants: readonly unknown[]): Promise<string[]> => {
      const prices = [{ of: "acme/sized", rates, variants, sources: "acme" }];
      const known = loadCatalog({ schemaVersion: 1, models, prices });
      const changes = await repriced(store, { models: () => known }, { fromMs: 0, toMs: Date.now() + 1 });
      return changes.map(({ operationId }) => operationId);
    };
    await settle("call-1", "acme/sized");
    expect(await pricedBy([])).toEqual(["call-1"]);
    expect(await pricedBy([["request", null, "low", "0.005"]])).toEqual([]);
  });

  it("leaves a call whose cost is an estimate as it is", async () => {
    const store = new MemoryLedgerStore();
    let nowMs = Date.parse("2026-11-30T02:00:00Z");
    const ledger = new Ledger(store, { nowMs: () => nowMs });
    const dimensions = { model: "acme/hours" };
    const settle = (operationId: string, price: ReturnType<typeof priced> | null, estimated: boolean) =>
      ledger.settle({ operationId, provider: "acme", price, tokens, estimated, dimensions });
    // Failed attempts at the same target are in the same lines and tokens.
    await settle("retried", priced(usual, 1_000), true);
    await settle("unpriced", null, true);
    await settle("exact", priced(usual, 1_000), false);
    await ledger.hold({ operationId: "expired", accounts: [], amountNanoUsd: 5n, expiresAtMs: nowMs + 1, dimensions });
    nowMs += 1_000;
    expect(await ledger.expireOverdue()).toHaveLength(1);
    const models = loadCatalog(catalogue);
    const changes = await repriced(store, { models: () => models }, { fromMs: 0, toMs: nowMs * 2 });
    expect(changes.map(({ operationId, price }) => [operationId, price.costNanoUsd])).toEqual([["exact", 2_000_000n]]);
  });
});
