import { afterEach, expect, it } from "vitest";
import { pricedTerms, priceRowOf } from "../../src/money/price-row-of.ts";
import { chat, type MoneyGateway, startMoneyGateway, whole } from "./money-gateway.ts";
import { pricedTarget } from "./money-of-operation.ts";

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

it.each([
  [{}, { temperature: 0 }, "standard"],
  [{}, { speed: "fast" }, null],
  [{ speed: "fast" }, { service_tier: "auto" }, null],
  [{ speed: "fast" }, { speed: "standard" }, "standard"],
  [{}, { serviceTier: "priority" }, null],
  [{}, { service_tier: "priority" }, null],
  [{}, { inference_geo: "us" }, "standard@us"],
  [{ inference_geo: "us" }, { service_tier: "auto" }, "standard@us"],
  [{ inference_geo: "us" }, { inference_geo: "global" }, "standard"],
])("a call with %j is priced at a target that sets %j as %s", (body, patch, expected) => {
  const target = pricedTarget();
  const [row] = target.offer?.prices ?? [];
  const prices = row === undefined ? [] : [row, { ...row, region: "us" }];
  const offer = { provider: "acme", model: "one", prices };
  const found = priceRowOf({ ...target, offer, patch }, pricedTerms(body), Date.now());
  expect(found && found.serviceTier + (found.region === null ? "" : `@${found.region}`)).toBe(expected);
});
