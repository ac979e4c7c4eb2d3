import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { newDirectory } from "../operation/gateway-process.ts";
import { adminKey } from "../robustness/running-gateway.ts";
import { chat, type MoneyGateway, startMoneyGateway, streamed, usage, whole } from "./money-gateway.ts";

let running: MoneyGateway | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

/** A catalogue file. */
function catalogOf(model: object, prices: readonly object[] = []): string {
  const file = join(newDirectory(), "catalog.json");
  writeFileSync(file, JSON.stringify({ schemaVersion: 1, models: [{ sources: "acme", ...model }], prices }));
  return file;
}

it.each([true, false])(
  "a stream that is stopped before its usage costs what is held if its model thinks: %s",
  async (reasoning) => {
    const reply = streamed(7, 3, ["one ", "two ", "three ", "four "]);
    running = await startMoneyGateway(() => ({ ...reply, faults: [{ type: "stall", after: 500 }] }), {
      catalog: catalogOf({ id: "acme/one", modalities: ["text"], reasoning }),
      limits: [{ name: "all", usd: 1, per: "total" }],
    });
    const body = chat({ stream: true, max_tokens: 1_000 });
    const headers = { authorization: `Bearer ${adminKey}` };
    const answer = await fetch(`${running.url}/v1/chat/completions`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await fetch(`${running.url}/v1/streams/${answer.headers.get("gw-stream-id")}/cancel`, { method: "POST", headers });
    while (!(await reader.read()).done);
    const [row] = await usage(running, "model", 1);
    const bytes = JSON.stringify(body).length;
    const microUsd = Math.round((row?.cost_usd ?? 0) * 1e6);
    expect(row?.estimated_requests).toBe(1);
    if (reasoning) expect(microUsd).toBe(bytes + 1_000 * 10);
    else expect(microUsd).toBeLessThan(bytes + 1_000);
  },
);

it.each([
  ["low", 0.005],
  ["high", 0.012],
  [undefined, 0.008],
])("a request costs by the size that its usage says: %s", async (size, cost) => {
  const reply = JSON.parse(String(whole(0, 0).body));
  const body = JSON.stringify({ ...reply, usage: { ...reply.usage, search_context_size: size } });
  const rates = { input: "1", output: "10", request: "0.008" };
  const variants = [
    ["request", null, "low", "0.005"],
    ["request", null, "high", "0.012"],
  ];
  running = await startMoneyGateway(() => ({ body }), {
    catalog: catalogOf({ id: "acme/other", modalities: ["text"] }, [
      { of: "acme/other", rates, variants, sources: "acme" },
    ]),
    // Held at the dearest.
    limits: [{ name: "all", usd: 0.0125, per: "total" }],
  });
  const answer = await running.call("POST", "/v1/chat/completions", {
    body: chat({ model: "acme/other", max_tokens: 16 }),
  });
  expect([answer.status, Number(answer.headers["gw-cost-usd"])]).toEqual([200, cost]);
  expect(
    (await running.call("POST", "/v1/chat/completions", { body: chat({ model: "acme/other", max_tokens: 16 }) }))
      .status,
  ).toBe(402);
});
