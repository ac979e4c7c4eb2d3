import { afterEach, describe, expect, it } from "vitest";
import { chat, type MoneyGateway, startMoneyGateway, usage, whole } from "./money-gateway.ts";

let running: MoneyGateway | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

interface Standing {
  readonly spent_usd: number;
  readonly held_usd: number;
  readonly resets_at: string | null;
}

const bytes = JSON.stringify(chat({ max_tokens: 100 })).length;
// One call holds so much, and costs all but nothing less.
const limitUsd = (bytes + 1_000) / 1e6;

/** Answers that cost what they held, but for the bytes. */
async function start(per: "day" | "month", nowMs: () => number): Promise<MoneyGateway> {
  return startMoneyGateway(
    () => whole(bytes, 100),
    { limits: [{ name: "all", usd: limitUsd, per }], fitMaxTokens: false },
    { nowMs },
  );
}

async function standing(gateway: MoneyGateway): Promise<Standing | undefined> {
  return ((await gateway.call("GET", "/admin/v1/limits")).json() as { data: Standing[] }).data[0];
}

const ask = async (gateway: MoneyGateway) =>
  gateway.call("POST", "/v1/chat/completions", { body: chat({ max_tokens: 100 }) });

describe("when the clock jumps", () => {
  it.each([
    ["day", "2026-12-30T23:59:59.999Z", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00.000Z"],
    ["month", "2027-02-28T23:59:59.999Z", "2027-03-01T00:00:00Z", "2027-04-01T00:00:00.000Z"],
  ] as const)("over the end of a %s there is room again, and not before", async (per, before, after, next) => {
    let nowMs = Date.parse(before);
    running = await start(per, () => nowMs);
    expect((await ask(running)).status).toBe(200);
    const refused = await ask(running);
    expect([refused.status, refused.headers["retry-after"]]).toEqual([402, "1"]);
    expect(refused.json()).toMatchObject({ error: { resets_at: new Date(Date.parse(after)).toISOString() } });
    nowMs = Date.parse(after);
    expect(await standing(running)).toEqual(expect.objectContaining({ spent_usd: 0, resets_at: next }));
    expect((await ask(running)).status).toBe(200);
    expect((await ask(running)).status).toBe(402);
    // Back again, as a clock does that is set right: what was spent then still counts.
    nowMs = Date.parse(before);
    expect((await ask(running)).status).toBe(402);
  });

  it("at midnight while a call runs, it counts in the day it was held in, alone", async () => {
    let nowMs = Date.parse("2026-12-30T23:59:59Z");
    running = await startMoneyGateway(
      () => {
        nowMs = Date.parse("2026-12-31T00:00:01Z");
        return whole(bytes, 100);
      },
      { limits: [{ name: "all", usd: limitUsd, per: "day" }], fitMaxTokens: false },
      { nowMs: () => nowMs },
    );
    expect((await ask(running)).status).toBe(200);
    await usage(running, "model", 1);
    expect(await standing(running)).toMatchObject({ spent_usd: 0, held_usd: 0 });
    nowMs = Date.parse("2026-12-30T12:00:00Z");
    expect(await standing(running)).toMatchObject({ spent_usd: limitUsd, held_usd: 0 });
  });
});
