import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Ledger } from "@gw/billing";
import { SqliteLedgerStore } from "@gw/billing/sqlite";
import { afterEach, describe, expect, it } from "vitest";
import type { Config } from "../../src/index.ts";
import { newDirectory } from "../operation/gateway-process.ts";
import { adminKey } from "../robustness/running-gateway.ts";
import { chat, type MoneyGateway, startMoneyGateway, streamed, usage, whole } from "./money-gateway.ts";

let running: MoneyGateway | null = null;
let hook: Server | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
  hook?.close();
  hook = null;
});

/** The address of a webhook that answers so. */
async function startHook(answer: RequestListener): Promise<string> {
  hook = createServer(answer);
  const { port } = await new Promise<AddressInfo>((resolve) => {
    hook?.listen(0, "127.0.0.1", () => resolve(hook?.address() as AddressInfo));
  });
  return `http://127.0.0.1:${port}/hook`;
}

const ask = (gateway: MoneyGateway, fields: object = {}) =>
  gateway.call("POST", "/v1/chat/completions", { body: chat({ max_tokens: 100, ...fields }) });

/** Over a connection of its own. */
const fetchChat = ({ url }: MoneyGateway): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminKey}` },
    body: JSON.stringify(chat({ max_tokens: 100 })),
  });

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

  it.each([
    ["what is held already is given out", 2_500, "[DONE]"],
    ["a stream ends where it comes to the end of that", 6_000, '"code":"unavailable","partial":true'],
  ])("while a stream asks for more, %s", async (_what, letters, end) => {
    const dataDirectory = newDirectory();
    const words = Array.from({ length: letters / 100 }, () => "x".repeat(100));
    running = await startMoneyGateway(
      () => streamed(7, 30, words),
      { limits: [{ name: "all", usd: 1, per: "total" }] },
      { dataDirectory },
    );
    const other = new DatabaseSync(join(dataDirectory, "ledger.db"));
    other.exec(
      "CREATE TRIGGER full BEFORE INSERT ON ledger_postings WHEN NEW.kind = 'extend' BEGIN SELECT RAISE(ABORT, 'full'); END",
    );
    other.close();
    const body = chat({ stream: true, max_tokens: 50_000 });
    const { status, text } = await running.call("POST", "/v1/chat/completions", { body });
    expect([status, text.includes(end)]).toEqual([200, true]);
    const [row] = await usage(running, "model", 1);
    expect(row?.requests).toBe(1);
    const { data } = (await running.call("GET", "/admin/v1/limits")).json() as { data: object[] };
    expect(data).toMatchObject([{ held_usd: 0, spent_usd: row?.cost_usd }]);
  });
});

describe("a hold that another gateway has closed", () => {
  it("does not keep those of the dead from being settled", async () => {
    const dataDirectory = newDirectory();
    let nowMs = Date.now();
    running = await startMoneyGateway(
      () => ({ faults: [{ type: "stall", after: "request" }] }),
      { limits: [{ name: "all", usd: 1, per: "total" }] },
      { dataDirectory, nowMs: () => nowMs },
    );
    const leaves = new AbortController();
    const asked = fetch(`${running.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminKey}` },
      body: JSON.stringify(chat({ max_tokens: 100 })),
      signal: leaves.signal,
    }).catch(() => null);
    await running.upstream.waitForRequests(1, 3_000);
    const store = new SqliteLedgerStore(join(dataDirectory, "ledger.db"));
    const ledger = new Ledger(store, { nowMs: () => nowMs });
    const [open] = (await store.books()).holds;
    await ledger.void({ operationId: open?.operationId ?? "" });
    const of = { accounts: [], amountNanoUsd: 1n, dimensions: {} };
    await ledger.hold({ ...of, operationId: "of the dead", expiresAtMs: nowMs + 5_000 });
    // Time to renew the one, and to settle the other.
    nowMs += 15_000;
    await expect.poll(async () => (await store.books()).holds, { timeout: 5_000 }).toEqual([]);
    store.close();
    leaves.abort();
    await asked;
  });
});

describe("an alert", () => {
  it("is posted once when a share of the limit is spent, tried again, and holds nobody up", async () => {
    const told: { alert_at: number; spent_usd: number }[] = [];
    let asked = 0;
    const webhook = await startHook((request, response) => {
      asked += 1;
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        // The first try fails.
        if (asked > 1) told.push(JSON.parse(Buffer.concat(chunks).toString("utf8")));
        response.writeHead(asked > 1 ? 200 : 500).end();
      });
    });
    running = await startMoneyGateway(() => whole(0, 100), {
      limits: [{ name: "all", usd: 0.003, per: "day", alertAt: [0.5, 1], webhook }],
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

  it("is posted when calls that are booked together pass the share, none of them by itself", async () => {
    const told: unknown[] = [];
    const webhook = await startHook((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        told.push(JSON.parse(Buffer.concat(chunks).toString("utf8")));
        response.end();
      });
    });
    const dataDirectory = newDirectory();
    const limits: Config["limits"] = [{ name: "all", usd: 0.01, per: "total", alertAt: [0.15, 0.75], webhook }];
    let other: DatabaseSync | null = null;
    running = await startMoneyGateway(
      (_request, index) => {
        // All is held by then, and nothing booked: what the three cost is written down together.
        if (index === 2) {
          other = new DatabaseSync(join(dataDirectory, "ledger.db"));
          other.exec("CREATE TRIGGER full BEFORE INSERT ON ledger_postings BEGIN SELECT RAISE(ABORT, 'full'); END");
        }
        return { ...whole(0, 100), faults: [{ type: "delay", delayMs: 1_000 }] };
      },
      { limits },
      { dataDirectory },
    );
    const gateway = running;
    const answers = await Promise.all(Array.from({ length: 3 }, () => fetchChat(gateway)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    (other as DatabaseSync | null)?.exec("DROP TRIGGER full");
    (other as DatabaseSync | null)?.close();
    await usage(running, "model", 3);
    const alert = { limit: "all", account: "limit/all/total/always/*", alert_at: 0.15, limit_usd: 0.01 };
    await expect
      .poll(() => told, { timeout: 5_000 })
      .toEqual([{ ...alert, spent_usd: 0.003, held_usd: 0, resets_at: null }]);
  }, 15_000);

  it("goes nowhere else than to its webhook", async () => {
    const paths: (string | undefined)[] = [];
    const webhook = await startHook(({ url }, response) => {
      paths.push(url);
      response.writeHead(307, { location: "/elsewhere" }).end();
    });
    const limits: Config["limits"] = [{ name: "all", usd: 0.003, per: "day", alertAt: [0.1], webhook }];
    running = await startMoneyGateway(() => whole(0, 100), { limits });
    expect((await ask(running)).status).toBe(200);
    await expect.poll(() => running?.logged.join(), { timeout: 10_000 }).toContain("an alert could not be told");
    expect(paths).toEqual(["/hook", "/hook", "/hook"]);
  }, 20_000);
});
