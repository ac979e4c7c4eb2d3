import { afterEach, expect, it } from "vitest";
import { pricedTerms } from "../../src/money/price-row-of.ts";
import { chat, type MoneyGateway, startMoneyGateway, whole } from "./money-gateway.ts";

let running: MoneyGateway | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

it.each([
  [{}, "standard"],
  [{ service_tier: "auto" }, "standard"],
  [{ service_tier: "flex" }, "flex"],
  [{ serviceTier: "priority" }, "priority"],
  [{ speed: "standard" }, "standard"],
  [{ speed: "fast" }, null],
])("%j is the urgency %s", (body, serviceTier) => {
  expect(pricedTerms(body).serviceTier).toBe(serviceTier);
});

it("a speed that no row has a price for is refused where a limit is in scope", async () => {
  running = await startMoneyGateway(() => whole(7, 3), { limits: [{ name: "all", usd: 1, per: "total" }] });
  const statusOf = async (fields: object): Promise<number | undefined> =>
    (await running?.call("POST", "/v1/chat/completions", { body: chat({ max_tokens: 100, ...fields }) }))?.status;
  expect([await statusOf({ speed: "fast" }), await statusOf({ speed: "standard" })]).toEqual([403, 200]);
  expect(running.upstream.requests.length).toBe(1);
});
