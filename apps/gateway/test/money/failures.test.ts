import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { newDirectory } from "../operation/gateway-process.ts";
import { chat, type MoneyGateway, startMoneyGateway, usage, whole } from "./money-gateway.ts";

let running: MoneyGateway | null = null;
let hook: Server | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
  hook?.close();
  hook = null;
});

const ask = (gateway: MoneyGateway, fields: object = {}) =>
  gateway.call("POST", "/v1/chat/completions", { body: chat({ max_tokens: 100, ...fields }) });

describe("when the books cannot be written", () => {
  it("no call is sent that a limit is in scope of, and all others are", async () => {
    const dataDirectory = newDirectory();
    running = await startMoneyGateway(
      () => whole(7, 3),
      { limits: [{ name: "one", scope: { model: "acme/one" }, usd: 1, per: "total" }] },
      { dataDirectory },
    );
    const other = new DatabaseSync(join(dataDirectory, "ledger.db"));
    other.exec("CREATE TRIGGER full BEFORE INSERT ON ledger_postings BEGIN SELECT RAISE(ABORT, 'full'); END");
    const refused = await ask(running);
    expect([refused.status, refused.headers["gw-error"]]).toEqual([503, "unavailable"]);
    expect(running.upstream.requests.length).toBe(0);
    expect((await ask(running, { model: "acme/free" })).status).toBe(200);
    await expect.poll(() => running?.logged.join(), { timeout: 5_000 }).toContain("a store could not be written");
    other.exec("DROP TRIGGER full");
    other.close();
    // What could not be written then is not lost.
    expect((await ask(running)).status).toBe(200);
    const rows = await usage(running, "model", 2);
    expect(rows.map(({ group, requests }) => [group.model, requests])).toEqual(
      expect.arrayContaining([
        ["acme/one", 1],
        ["acme/free", 1],
      ]),
    );
  }, 30_000);
});

describe("an alert", () => {
  it("is posted once when a share of the limit is spent, tried again, and holds nobody up", async () => {
    const told: { alert_at: number; spent_usd: number }[] = [];
    let asked = 0;
    hook = createServer((request, response) => {
      asked += 1;
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        // The first try fails.
        if (asked > 1) told.push(JSON.parse(Buffer.concat(chunks).toString("utf8")));
        response.writeHead(asked > 1 ? 200 : 500).end();
      });
    });
    const { port } = await new Promise<AddressInfo>((resolve) => {
      hook?.listen(0, "127.0.0.1", () => resolve(hook?.address() as AddressInfo));
    });
    running = await startMoneyGateway(() => whole(0, 100), {
      limits: [{ name: "all", usd: 0.003, per: "day", alertAt: [0.5, 1], webhook: `http://127.0.0.1:${port}/hook` }],
      fitMaxTokens: false,
    });
    expect((await ask(running)).status).toBe(200);
    await usage(running, "model", 1);
    expect(asked).toBe(0);
    expect((await ask(running, { max_tokens: 50 })).status).toBe(200);
    await expect
      .poll(() => told, { timeout: 5_000 })
      .toMatchObject([{ limit: "all", alert_at: 0.5, spent_usd: 0.002 }]);
    expect(asked).toBe(2);
    // It costs more than it held, and all of it counts.
    expect((await ask(running, { max_tokens: 50 })).status).toBe(200);
    await expect.poll(() => told, { timeout: 5_000 }).toMatchObject([{ alert_at: 0.5 }, { alert_at: 1 }]);
  }, 15_000);
});
