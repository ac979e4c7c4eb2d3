import { afterEach, describe, expect, it } from "vitest";
import { chat, type MoneyGateway, startMoneyGateway, streamed, usage, whole } from "./money-gateway.ts";

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
});
