import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { OpenHold } from "@gw/billing";
import { SqliteLedgerStore } from "@gw/billing/sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { newDirectory } from "../operation/gateway-process.ts";
import { adminKey } from "../robustness/running-gateway.ts";
import { chat, type MoneyGateway, price, startMoneyGateway, streamed, usage, whole } from "./money-gateway.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A vendor that says a word every 20 ms until it is told to end. */
async function talkative(): Promise<{ readonly url: string; end(): void }> {
  const frames = String(streamed(7, 3, ["word "]).body).split(/(?<=\n\n)/);
  const [word = "", last] = [frames[1], frames.slice(2).join("")];
  let over = false;
  const server = createServer((_request, reply) => {
    reply.writeHead(200, { "content-type": "text/event-stream" });
    const timer = setInterval(() => {
      if (!over) return reply.write(word);
      clearInterval(timer);
      reply.end(last);
    }, 20);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    end: () => {
      over = true;
    },
  };
}

/** The open operations of a gateway that runs. */
function holdsIn(dataDirectory: string): () => Promise<readonly OpenHold[]> {
  const database = new DatabaseSync(join(dataDirectory, "ledger.db"));
  closing.push(() => database.close());
  const store = new SqliteLedgerStore(database);
  return async () => (await store.books()).holds;
}

const ask = ({ url }: MoneyGateway, fields: object): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminKey}` },
    body: JSON.stringify(chat(fields)),
  });

const waited = { timeout: 10_000 };

describe("a call that nothing is held for", () => {
  it("is kept open in the books while it runs, with what has come of it, and is settled by its usage", async () => {
    const vendor = await talkative();
    const other = { package: "@gw/provider-openai-compatible", baseUrl: `${vendor.url}/v1`, apiKey: "k" };
    const dataDirectory = newDirectory();
    let skewMs = 0;
    const models = ["m", "limited"].map((id) => ({ id, price }));
    const running = await startMoneyGateway(
      () => whole(7, 3),
      {
        providers: { other: { ...other, models } },
        limits: [{ name: "limited", scope: { model: "other/limited" }, usd: 1, per: "total" }],
      },
      { dataDirectory, nowMs: () => Date.now() + skewMs },
    );
    closing.push(() => running.close());
    const holds = holdsIn(dataDirectory);
    const holdOf = async (model: string) => (await holds()).find(({ dimensions }) => dimensions.model === model);
    const hold = () => holdOf("other/m");
    expect((await ask(running, { model: "acme/one" })).status).toBe(200);
    const answered = models.map(async ({ id }) => {
      const answer = await ask(running, { model: `other/${id}`, stream: true, max_tokens: 10_000 });
      return answer.text();
    });
    await expect.poll(async () => (await holds()).length, waited).toBe(2);
    const first = (await hold()) as OpenHold;
    expect(first).toMatchObject({ accounts: [], dimensions: { provider: "other" } });
    expect(first.heldNanoUsd).toBeGreaterThan(0n);
    const limited = (await holdOf("other/limited")) as OpenHold;

    await expect.poll(async () => (await hold())?.meteredNanoUsd ?? 0n, waited).toBeGreaterThan(first.heldNanoUsd);
    skewMs = 12_000;
    await expect.poll(async () => (await hold())?.expiresAtMs, waited).toBeGreaterThan(first.expiresAtMs);
    const kept = async () => (await holdOf("other/limited"))?.expiresAtMs;
    await expect.poll(kept, waited).toBeGreaterThan(limited.expiresAtMs);
    // Should its gateway die, it costs all that is held.
    expect(await holdOf("other/limited")).toMatchObject({ meteredNanoUsd: null });
    vendor.end();
    for (const text of await Promise.all(answered)) expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
    for (const row of await usage(running, "model", 3)) {
      expect(row).toMatchObject({ cost_usd: 0.000037, requests: 1, errors: 0, estimated_requests: 0 });
    }
    expect(await holds()).toEqual([]);
    // What is held on a limit is looked after by itself, and what is over needs nothing more.
    expect(running.logged.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).toEqual([]);
  });

  it("is not there where it has no price, or a hold of its own", async () => {
    const dataDirectory = newDirectory();
    const limits = [{ name: "other", scope: { model: "acme/dear" }, usd: 1, per: "total" as const }];
    const running = await startMoneyGateway(
      () => ({ ...whole(7, 3), faults: [{ type: "delay", delayMs: 3_500 }] }),
      { limits },
      { dataDirectory },
    );
    closing.push(() => running.close());
    const holds = holdsIn(dataDirectory);
    const asked = ["acme/one", "acme/free", "acme/dear"].map((model) => ask(running, { model, max_tokens: 10 }));
    // The one with a limit in scope holds on its account; the others have limits too, none of them in scope.
    const open = async () => (await holds()).map(({ dimensions, accounts }) => [dimensions.model, accounts.length]);
    await expect
      .poll(async () => (await open()).sort(), waited)
      .toEqual([
        ["acme/dear", 1],
        ["acme/one", 0],
      ]);
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await usage(running, "model", 3)).toHaveLength(3);
    expect(await holds()).toEqual([]);
  });
});
