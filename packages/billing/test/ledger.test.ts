import { describe, expect, test } from "vitest";
import {
  accountsFor,
  creditAccount,
  eachSettled,
  Ledger,
  type Limit,
  MemoryLedgerStore,
  type Posting,
  reprice,
  type SettledPrice,
  usageOf,
  verify,
} from "../src/index.ts";

const nowMs = Date.UTC(2026, 10, 29);
const priceOf = (costNanoUsd: bigint, lines: SettledPrice["lines"] = []): SettledPrice => ({
  priceRow: "acme/m@2026-01-01",
  lines,
  costNanoUsd,
});

function world(limits: readonly Limit[] = [{ name: "all", limitNanoUsd: 1_000n, per: "total" }]) {
  const store = new MemoryLedgerStore();
  const clock = { nowMs };
  const ledger = new Ledger(store, { nowMs: () => clock.nowMs });
  const accounts = accountsFor(limits, { provider: "acme" }, nowMs);
  const hold = (operationId: string, amountNanoUsd: bigint, held = accounts) =>
    ledger.hold({
      operationId,
      accounts: held,
      amountNanoUsd,
      expiresAtMs: nowMs + 1_000,
      dimensions: { provider: "acme" },
    });
  const posted = async (account: string) => (await store.balances([account]))[0]?.postedNanoUsd;
  return { store, clock, ledger, accounts, hold, posted };
}

describe("entries", () => {
  test("of a settlement say what is released, what is owed, to whom and by what price", async () => {
    const { store, ledger, hold } = world();
    await hold("one", 100n);
    const lines = [{ class: "input", units: 60, costPicoUsd: 60_000n }];
    await ledger.settle({ operationId: "one", provider: "zeta", price: priceOf(60n, lines), tokens: { input: 60 } });
    const [held, settled] = await store.postings(0, 10);
    expect(held).toEqual({
      seq: 1,
      operationId: "one",
      kind: "hold",
      step: null,
      atMs: nowMs,
      entries: [{ kind: "hold", account: "limit/all/total/always/*", counterAccount: "holds/limit/all", amount: 100n }],
      settlement: null,
    });
    expect(settled).toEqual({
      seq: 2,
      operationId: "one",
      kind: "settle",
      step: 0,
      atMs: nowMs,
      entries: [
        { kind: "release", account: "limit/all/total/always/*", counterAccount: "holds/limit/all", amount: -100n },
        { kind: "settle", account: "usage", counterAccount: "spend/usage/zeta", amount: 60n },
        { kind: "settle", account: "limit/all/total/always/*", counterAccount: "spend/limit/all/zeta", amount: 60n },
      ],
      settlement: {
        provider: "zeta",
        costNanoUsd: 60n,
        costBeforeNanoUsd: 0n,
        priceRow: "acme/m@2026-01-01",
        lines,
        tokens: { input: 60 },
        estimated: false,
        errorCode: null,
        dimensions: { provider: "zeta" },
      },
    });
  });

  test("keep what rounding left over, so that a provider's sum is exact", async () => {
    const { ledger, posted, store } = world();
    for (const [index, costPicoUsd] of [10_499n, 10_500n, 20_000n].entries()) {
      const price = priceOf((costPicoUsd + 500n) / 1_000n, [{ class: "input", units: 1, costPicoUsd }]);
      await ledger.settle({ operationId: `${index}`, provider: "acme", price });
    }
    const nanoUsd = (await posted("spend/usage/acme")) ?? 0n;
    const picoUsd = (await posted("spend/rounding/acme")) ?? 0n;
    expect([nanoUsd, picoUsd, -nanoUsd * 1_000n - picoUsd]).toEqual([-41n, 1n, 40_999n]);
    // Corrected, it is exact again.
    await ledger.correct("0", {
      ...priceOf(11n, [{ class: "input", units: 1, costPicoUsd: 10_600n }]),
      priceRow: "new",
    });
    expect([await posted("spend/usage/acme"), await posted("spend/rounding/acme")]).toEqual([-42n, 900n]);
    expect((await verify(store, nowMs)).problems).toEqual([]);
  });

  test("go only to the accounts that the settlement names, and all that was held comes back", async () => {
    const limits: Limit[] = [
      { name: "all", limitNanoUsd: 1_000n, per: "total" },
      { name: "acme", scope: { provider: "acme" }, limitNanoUsd: 1_000n, per: "total" },
    ];
    const { store, ledger, hold } = world(limits);
    await hold("one", 100n);
    await ledger.settle({
      operationId: "one",
      provider: "zeta",
      price: priceOf(60n),
      accounts: accountsFor(limits, { provider: "zeta" }, nowMs).map(({ account }) => account),
    });
    expect([...(await store.balancesUnder("limit/"))]).toEqual([
      ["limit/acme/total/always/*", { postedNanoUsd: 0n, heldNanoUsd: 0n }],
      ["limit/all/total/always/*", { postedNanoUsd: 60n, heldNanoUsd: 0n }],
    ]);
  });

  test("of a late settlement take the guess back from who it was booked to", async () => {
    const { store, clock, ledger, hold, posted } = world();
    await hold("one", 100n);
    clock.nowMs += 1_000;
    expect(await ledger.expireOverdue()).toEqual([
      { operationId: "one", closedBy: "expire", costNanoUsd: 100n, overrunNanoUsd: 0n },
    ]);
    await ledger.settle({ operationId: "one", provider: "zeta", price: priceOf(60n), tokens: { input: 60 } });
    expect([await posted("spend/usage/acme"), await posted("spend/usage/zeta")]).toEqual([0n, -60n]);
    expect(await usageOf(store, { groupBy: ["provider"], fromMs: nowMs, toMs: nowMs + 2_000 })).toMatchObject([
      { group: { provider: "acme" }, costNanoUsd: 100n, requests: 1, tokens: {} },
      { group: { provider: "zeta" }, costNanoUsd: -40n, requests: 0, tokens: { input: 60 } },
    ]);
    expect((await verify(store, clock.nowMs)).problems).toEqual([]);
  });

  test("of a late void give everything back", async () => {
    const { clock, ledger, hold, accounts } = world();
    await hold("one", 100n);
    clock.nowMs += 1_000;
    await ledger.expireOverdue();
    expect(await ledger.void({ operationId: "one", errorCode: "timed_out" })).toMatchObject({ costNanoUsd: 0n });
    expect(await ledger.largestHold(accounts)).toBe(1_000n);
  });
});

describe("a command that makes no sense is refused, and the others of its batch are not", () => {
  test.each<[string, (ledger: Ledger) => Promise<unknown>]>([
    ["a negative hold", (ledger) => ledger.hold({ ...request, operationId: "new", amountNanoUsd: -1n })],
    [
      "more than the books can count",
      (ledger) => ledger.hold({ ...request, operationId: "new", amountNanoUsd: 2n ** 60n }),
    ],
    ["an account twice", (ledger) => ledger.hold({ ...request, operationId: "new", accounts: [account, account] })],
    ["no id", (ledger) => ledger.hold({ ...request, operationId: "" })],
    ["half a character as its id", (ledger) => ledger.hold({ ...request, operationId: "\ud800" })],
    ["other accounts to extend", (ledger) => ledger.extend({ ...request, accounts: [], byNanoUsd: 1n })],
    ["an unknown operation to extend", (ledger) => ledger.extend({ ...request, operationId: "new", byNanoUsd: 1n })],
    ["an unknown operation to meter", (ledger) => ledger.meter("new", 1n)],
    ["an unknown operation to correct", (ledger) => ledger.correct("new", priceOf(1n))],
    ["an open operation to correct", (ledger) => ledger.correct("open", priceOf(1n))],
    [
      "lines of another sum",
      (ledger) => settle(ledger, priceOf(2n, [{ class: "input", units: 1, costPicoUsd: 3_000n }])),
    ],
    ["a cost below 0", (ledger) => settle(ledger, priceOf(-1n))],
    ["a fee above the sum", (ledger) => ledger.topUp({ id: "x", account, amountNanoUsd: 1n, feeNanoUsd: 2n })],
    [
      "an account twice to settle",
      (ledger) => ledger.settle({ operationId: "open", provider: "acme", price: priceOf(1n), accounts: ["a", "a"] }),
    ],
    ["a negative amount to meter", (ledger) => ledger.meter("open", -1n)],
    ["a negative amount to extend", (ledger) => ledger.extend({ ...request, byNanoUsd: -1n })],
    ["a call with the id of a top-up", (ledger) => ledger.void({ operationId: "invoice" })],
    ["a top-up to settle", (ledger) => ledger.settle({ operationId: "invoice", provider: "acme", price: null })],
    ["a top-up to correct", (ledger) => ledger.correct("invoice", priceOf(1n))],
    [
      "a correction with lines of another sum",
      async (ledger) => {
        await ledger.settle({ operationId: "closed", provider: "acme", price: priceOf(1n), accounts: [] });
        await ledger.correct("closed", priceOf(2n, [{ class: "input", units: 1, costPicoUsd: 3_000n }]));
      },
    ],
    ["a top-up with the id of a call", (ledger) => ledger.topUp({ id: "open", account, amountNanoUsd: 1n })],
  ])("%s", async (_name, ask) => {
    const store = new MemoryLedgerStore();
    const ledger = new Ledger(store, { nowMs: () => nowMs });
    await ledger.topUp({ id: "invoice", account, amountNanoUsd: 100n });
    await ledger.hold(request);
    const [beside] = await Promise.all([
      ledger.hold({ ...request, operationId: "beside" }),
      expect(ask(ledger)).rejects.toMatchObject({ code: "invalid_request" }),
    ]);
    expect(beside.granted).toBe(true);
    expect(await ledger.largestHold([account])).toBe(80n);
  });
  const account = creditAccount("one");
  const request = { operationId: "open", accounts: [account], amountNanoUsd: 10n, expiresAtMs: nowMs + 1_000 };
  const settle = (ledger: Ledger, price: SettledPrice) =>
    ledger.settle({ operationId: "open", provider: "acme", price });
});

test("of several limits in the way, one that waiting does not help against is named", async () => {
  const limits: Limit[] = [
    { name: "held", limitNanoUsd: 100n, per: "total" },
    { name: "spent", limitNanoUsd: 100n, per: "total" },
  ];
  const { ledger, accounts, hold } = world(limits);
  await hold("other", 90n, accounts.slice(0, 1));
  await hold("before", 90n, accounts.slice(1));
  await ledger.settle({ operationId: "before", provider: "acme", price: priceOf(90n) });
  expect(await hold("one", 20n)).toEqual({
    granted: false,
    limit: "spent",
    limitNanoUsd: 100n,
    spentNanoUsd: 90n,
    heldNanoUsd: 0n,
    resetsAtMs: null,
    fitsWithoutHolds: false,
    blockedBy: ["limit/held/total/always/*", "limit/spent/total/always/*"],
  });
});

test("an estimate that is corrected counts as one estimate", async () => {
  const { store, ledger } = world();
  await ledger.settle({ operationId: "one", provider: "acme", price: priceOf(60n), estimated: true });
  await ledger.correct("one", priceOf(70n));
  expect(await usageOf(store, { groupBy: [], fromMs: nowMs, toMs: nowMs + 1 })).toMatchObject([
    { costNanoUsd: 70n, requests: 1, estimatedRequests: 1 },
  ]);
});

test("another row with the same cost is booked, and the same price is not", async () => {
  const { store, ledger } = world();
  await ledger.settle({ operationId: "one", provider: "acme", price: priceOf(60n) });
  await ledger.correct("one", priceOf(60n));
  expect(await store.postings(1, 10)).toEqual([]);
  await ledger.correct("one", { ...priceOf(60n), priceRow: "acme/m@2026-02-01" });
  expect(await store.postings(1, 10)).toMatchObject([
    { kind: "correction", settlement: { priceRow: "acme/m@2026-02-01", costNanoUsd: 60n, costBeforeNanoUsd: 60n } },
  ]);
});

test("all that is overdue expires at once, however much it is", async () => {
  const { store, clock, ledger, hold } = world([]);
  await Promise.all(Array.from({ length: 2_001 }, (_, index) => hold(`${index}`, 1n)));
  clock.nowMs += 1_000;
  expect(await ledger.expireOverdue()).toHaveLength(2_001);
  expect((await store.books()).holds).toEqual([]);
});

test("without accounts there is nothing to be refused by", async () => {
  const { ledger, hold } = world([]);
  expect(await ledger.largestHold([])).toBeNull();
  expect(await hold("one", 10n ** 15n)).toEqual({ granted: true, heldNanoUsd: 10n ** 15n });
});

test("a limit that is passed already refuses even 0, and its largest hold is 0", async () => {
  const { ledger, hold, accounts } = world();
  await hold("one", 900n);
  expect((await ledger.settle({ operationId: "one", provider: "acme", price: priceOf(1_500n) })).overrunNanoUsd).toBe(
    600n,
  );
  expect(await ledger.largestHold(accounts)).toBe(0n);
  expect(await hold("two", 0n)).toMatchObject({ granted: false, spentNanoUsd: 1_500n, fitsWithoutHolds: false });
});

test("reprice tells what a corrected price changes, and books nothing", async () => {
  const { store, ledger, clock, hold } = world();
  const settle = (operationId: string, price: SettledPrice | null) =>
    ledger.settle({ operationId, provider: "acme", price, tokens: { input: 10 }, dimensions: { model: "m" } });
  await settle("right", priceOf(30n));
  await settle("wrong", priceOf(20n));
  await settle("unpriced", null);
  await hold("late", 100n);
  clock.nowMs += 1_000;
  await ledger.expireOverdue();
  await settle("late", priceOf(25n));
  await ledger.void({ operationId: "failed" });
  const range = { fromMs: 0, toMs: nowMs + 10_000 };
  const changes = async () => {
    const postings: Posting[] = [];
    for await (const posting of eachSettled(store, range)) postings.push(posting);
    return reprice(postings, ({ tokens, dimensions }) =>
      dimensions.model === "m" ? { ...priceOf(BigInt(tokens.input ?? 0) * 3n), priceRow: "acme/m@2026-02-01" } : null,
    );
  };
  const before = await store.books();
  const found = await changes();
  expect(found.map(({ operationId, costNanoUsd, price }) => [operationId, costNanoUsd, price.costNanoUsd])).toEqual([
    ["wrong", 20n, 30n],
    ["unpriced", null, 30n],
    ["late", 25n, 30n],
  ]);
  expect(await store.books()).toEqual(before);
  for (const { operationId, price } of found) await ledger.correct(operationId, price);
  expect(await changes()).toEqual([]);
  expect(await usageOf(store, { groupBy: ["model"], ...range })).toMatchObject([
    { group: { model: "m" }, costNanoUsd: 20n, requests: 3, unpricedRequests: 0, tokens: { input: 40 } },
    { group: { model: null }, costNanoUsd: 100n, requests: 2 },
  ]);
  expect((await verify(store, clock.nowMs)).problems).toEqual([]);
});

test("reading the books lets others have their turn between pages", async () => {
  const { store, ledger } = world();
  const settle = (operationId: string) => ledger.settle({ operationId, provider: "acme", price: priceOf(1n) });
  await Promise.all(Array.from({ length: 2_500 }, (_, index) => settle(`${index}`)));
  let turns = 0;
  const count = (): void => {
    turns += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  await usageOf(store, { groupBy: [], fromMs: 0, toMs: nowMs + 1 });
  clearImmediate(counting);
  expect(turns).toBeGreaterThanOrEqual(2);
});
