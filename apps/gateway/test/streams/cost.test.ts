import { expect, it } from "vitest";
import { chatBody, chatEvents, startStreamGateway } from "./stream-gateway.ts";

it("a stream that is over tells by HEAD what it cost and what its limits leave, as GET does", async () => {
  await using gw = await startStreamGateway({ limits: [{ name: "all", usd: 1, per: "total" }] });
  const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
  const counted = `data: ${JSON.stringify({ id: "c-1", object: "chat.completion.chunk", created: 1, model: "m", choices: [], usage })}\n\n`;
  gw.vendor.answers(({ response }) => {
    const events = chatEvents(["a"]);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end([...events.slice(0, -1), counted, ...events.slice(-1)].join(""));
  });
  const { headers } = await gw.ask("/v1/chat/completions", { body: chatBody({ model: "openai/gpt-5.4-mini" }) });
  expect(headers["gw-cost-usd"]).toBeUndefined();
  const path = `/v1/streams/${headers["gw-stream-id"]}`;
  const { headers: read } = await gw.ask(path);
  const { headers: head } = await gw.ask(path, { method: "HEAD" });
  // 7 tokens in, 3 out, at 0.75 and 4.50 USD a million.
  expect([read["gw-cost-usd"], read["gw-limit-remaining-usd"]]).toEqual(["0.00001875", "0.99998125"]);
  expect([head["gw-cost-usd"], head["gw-limit-remaining-usd"]]).toEqual(["0.00001875", "0.99998125"]);
  const { headers: nothing } = await gw.ask(`${path}?starting_after=900`);
  expect([nothing["gw-cost-usd"], nothing["gw-limit-remaining-usd"]]).toEqual(["0.00001875", "0.99998125"]);
});
