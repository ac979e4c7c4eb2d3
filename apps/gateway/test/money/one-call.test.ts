import { DatabaseSync } from "node:sqlite";
import { creditAccount, eachSettled, Ledger, MemoryLedgerStore } from "@gw/billing";
import { GatewayError } from "@gw/core";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { GatewayLimit } from "../../src/money/gateway-limit.ts";
import { Spending } from "../../src/money/spending.ts";
import { Till } from "../../src/money/till.ts";
import { UnheldCalls } from "../../src/money/unheld-calls.ts";
import type { RoutePlan } from "../../src/routing/route-plan.ts";
import { attemptOf, chatCall, operationOf, pricedTarget, usedSome } from "./money-of-operation.ts";

const { signal } = new AbortController();

describe("an operation's user", () => {
  it("is no longer than a name", () => {
    expect(operationOf(chatCall({ user: "u".repeat(300) })).user).toBe("u".repeat(256));
    expect(operationOf(chatCall({ user: 7 })).user).toBeNull();
  });
});

describe("the input of a call", () => {
  const limit = (nanoUsd: bigint): GatewayLimit => ({
    name: "all",
    limitNanoUsd: nanoUsd,
    per: "total",
    shownScope: {},
    alertAt: [],
    webhook: null,
  });

  it.each([
    // 16 tokens of output cost 160 micro-USD, the request as many as it has bytes: an eighth of them at the least.
    ["is not counted where no count would make room", 160_000n, 0],
    ["is counted where it may", 190_000n, 1],
  ])("%s", async (_what, limitNanoUsd, times) => {
    const call = chatCall({ max_tokens: 16 });
    const operation = operationOf(call);
    let counts = 0;
    const counter = {
      count: async () => {
        counts += 1;
        return null;
      },
    };
    const store = new MemoryLedgerStore();
    const books = { store, ledger: new Ledger(store), counter, nowMs: Date.now };
    const spending = new Spending({ operation, limits: [limit(limitNanoUsd)], ...books });
    const plan = { targets: [pricedTarget("any")] } as unknown as RoutePlan;
    const settings = { fitMaxTokens: false, unpricedModels: "refuse" } as const;
    await expect(spending.hold(call, plan, settings, 0, signal)).rejects.toMatchObject({ code: "budget_exceeded" });
    expect(counts).toBe(times);
  });
});

describe("a call that nothing is held for", () => {
  it("is not opened in the books between two attempts", async () => {
    const store = new MemoryLedgerStore();
    const unheld = new UnheldCalls(new Ledger(store), Date.now);
    const [failed, running] = [operationOf(chatCall(), 5_000), operationOf(chatCall(), 5_000)];
    failed.attempts.push(attemptOf({ status: 503, error: new GatewayError("overloaded", "busy") }));
    running.attempts.push(attemptOf());
    for (const operation of [failed, running]) unheld.began(operation);
    await unheld.note();
    expect((await store.books()).holds.map(({ operationId }) => operationId)).toEqual([running.id]);
  });
});

describe("a call that cannot be booked", () => {
  it("is told in the log once, and is not tried again", async () => {
    const logged: { level: number; operation?: string }[] = [];
    const logger = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
    const database = new DatabaseSync(":memory:");
    const till = new Till(database, { logger, nowMs: Date.now });
    const [bad, good] = [operationOf(chatCall()), operationOf(chatCall())];
    // Its id is taken.
    await till.ledger.topUp({ id: bad.id, account: creditAccount("other"), amountNanoUsd: 1n });
    for (const operation of [bad, good]) {
      operation.attempts.push(attemptOf());
      operation.usage = usedSome;
      operation.close(null);
      expect(till.closed(operation)).toBe(37_000n);
    }
    for (let time = 0; time < 2; time += 1) await till.flush();
    expect(logged.map(({ level, operation }) => [level, operation])).toEqual([[50, bad.id]]);
    const settled: string[] = [];
    for await (const { operationId } of eachSettled(till.store, { fromMs: 0, toMs: Date.now() + 1_000 })) {
      settled.push(operationId);
    }
    expect(settled).toEqual([good.id]);
    await till.close();
    database.close();
  });
});
