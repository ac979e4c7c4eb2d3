import { describe, expect, test } from "vitest";
import {
  accountsFor,
  type Dimensions,
  Ledger,
  type LedgerAccount,
  type Limit,
  limitStandings,
  MemoryLedgerStore,
  readStanding,
} from "../src/index.ts";

const noonMs = Date.UTC(2026, 10, 29, 12);
const hourMs = 3_600_000;
const total = { limitNanoUsd: 100n, per: "total" } as const;

function idsOf(limits: readonly Limit[], dimensions: Dimensions, nowMs = noonMs): string[] {
  return accountsFor(limits, dimensions, nowMs).map(({ account }) => account);
}

describe("accountsFor", () => {
  test.each<[string, Limit["scope"], Dimensions, boolean]>([
    ["no scope", undefined, {}, true],
    ["one value", { project: "search" }, { project: "search", key: "k" }, true],
    ["another value", { project: "search" }, { project: "ads" }, false],
    ["no value", { project: "search" }, {}, false],
    ["all of several", { project: "search", model: "m" }, { project: "search", model: "m" }, true],
    ["one of several", { project: "search", model: "m" }, { project: "search" }, false],
    ["metadata", { metadata: { teamId: "t0" } }, { metadata: { teamId: "t0", more: 1 } }, true],
    ["other metadata", { metadata: { teamId: "t0" } }, { metadata: { teamId: "t1" } }, false],
    ["a number as its text", { metadata: { teamId: "7" } }, { metadata: { teamId: 7 } }, true],
    ["a name of every object", { metadata: { constructor: "x" } }, { metadata: {} }, false],
  ])("%s", (_name, scope, dimensions, counted) => {
    const limit = { ...total, name: "one", ...(scope !== undefined && { scope }) };
    expect(idsOf([limit], dimensions)).toHaveLength(counted ? 1 : 0);
  });

  test("each value has an account, and those without a value share one that no value can name", () => {
    const limit: Limit = { ...total, name: "team", groupBy: "metadata.teamId" };
    const ids = ["t0", "t1", 7, "7", "-", "*", "", "=t0", "a/b", "\ud800", undefined].map((teamId) =>
      idsOf([limit], teamId === undefined ? {} : { metadata: { teamId } })[0]?.replace("limit/team/total/always/", ""),
    );
    expect(ids).toEqual(["=t0", "=t1", "=7", "=7", "=-", "=*", "=", "=%3Dt0", "=a%2Fb", "=%EF%BF%BD", "-"]);
    expect(idsOf([{ ...total, name: "a/b" }], {})).toEqual(["limit/a%2Fb/total/always/*"]);
  });

  test("calendar windows have their time in the id, and say when they end", () => {
    const limits: Limit[] = [
      { name: "utc", limitNanoUsd: 1n, per: "day" },
      { name: "berlin", limitNanoUsd: 2n, per: "month", timeZone: "Europe/Berlin" },
    ];
    expect(accountsFor(limits, {}, noonMs)).toEqual([
      {
        account: "limit/utc/day/2026-11-29T00:00:00.000Z/*",
        limit: "utc",
        limitNanoUsd: 1n,
        resetsAtMs: Date.UTC(2026, 10, 30),
        earlier: [],
      },
      {
        account: "limit/berlin/month/2026-10-31T23:00:00.000Z/*",
        limit: "berlin",
        limitNanoUsd: 2n,
        resetsAtMs: Date.UTC(2026, 10, 30, 23),
        earlier: [],
      },
    ]);
  });
});

describe("a rolling window", () => {
  const limit: Limit = { name: "rolling", limitNanoUsd: 100n, per: "rolling", windowMs: 24 * hourMs };
  let nowMs = noonMs;
  const start = () => {
    nowMs = noonMs;
    const store = new MemoryLedgerStore();
    const ledger = new Ledger(store, { nowMs: () => nowMs });
    const spend = async (operationId: string, nanoUsd: bigint) => {
      const accounts = accountsFor([limit], {}, nowMs);
      const result = await ledger.hold({ operationId, accounts, amountNanoUsd: nanoUsd, expiresAtMs: nowMs + hourMs });
      const price = { priceRow: "acme/m", lines: [], costNanoUsd: nanoUsd };
      if (result.granted) await ledger.settle({ operationId, provider: "acme", price });
      return result;
    };
    return { store, spend };
  };

  test("counts what was spent in it, and never less", async () => {
    const { spend } = start();
    expect((await spend("one", 60n)).granted).toBe(true);
    nowMs += 12 * hourMs;
    expect((await spend("two", 40n)).granted).toBe(true);
    expect(await spend("three", 1n)).toMatchObject({
      granted: false,
      spentNanoUsd: 100n,
      fitsWithoutHolds: false,
      // One step after the first 60 are a day old.
      resetsAtMs: noonMs + 25 * hourMs,
    });
    nowMs = noonMs + 25 * hourMs - 1;
    expect((await spend("four", 1n)).granted).toBe(false);
    nowMs += 1;
    expect((await spend("five", 60n)).granted).toBe(true);
    expect(await spend("six", 1n)).toMatchObject({ granted: false, resetsAtMs: noonMs + 37 * hourMs });
  });

  test("what others hold in an earlier step is waited for in a later one", async () => {
    const ledger = new Ledger(new MemoryLedgerStore(), { nowMs: () => nowMs });
    nowMs = noonMs;
    const hold = (operationId: string) => {
      const accounts = accountsFor([limit], {}, nowMs);
      return ledger.hold(
        { operationId, accounts, amountNanoUsd: 80n, expiresAtMs: nowMs + 9 * hourMs },
        { waitMs: 10_000 },
      );
    };
    await hold("one");
    nowMs += 2 * hourMs;
    const waiting = hold("two");
    await new Promise((resolve) => setTimeout(resolve, 5));
    await ledger.void({ operationId: "one" });
    expect((await waiting).granted).toBe(true);
  });

  test("limitStandings and readStanding add its steps up", async () => {
    const { store, spend } = start();
    await spend("one", 60n);
    nowMs += 5 * hourMs;
    await spend("two", 10n);
    const [account] = accountsFor([limit], {}, nowMs) as [LedgerAccount];
    expect(await readStanding(store, account)).toEqual({ postedNanoUsd: 70n, heldNanoUsd: 0n });
    expect(await limitStandings(store, [limit], nowMs)).toMatchObject([
      { spentNanoUsd: 70n, heldNanoUsd: 0n, group: null },
    ]);
    expect(await limitStandings(store, [limit], noonMs + 26 * hourMs)).toMatchObject([{ spentNanoUsd: 10n }]);
  });
});

test("limitStandings shows the groups of every step of a rolling window", async () => {
  const limit: Limit = { name: "team", limitNanoUsd: 100n, per: "rolling", groupBy: "metadata.teamId" };
  const store = new MemoryLedgerStore();
  const ledger = new Ledger(store);
  const hold = (operationId: string, nowMs: number, teamId: string) =>
    ledger.hold({
      operationId,
      accounts: accountsFor([limit], { metadata: { teamId } }, nowMs),
      amountNanoUsd: 10n,
      expiresAtMs: noonMs * 2,
    });
  await hold("too old", noonMs - 26 * hourMs, "old");
  await hold("one", noonMs - 20 * hourMs, "t0");
  await hold("two", noonMs - 20 * hourMs, "t1");
  await hold("three", noonMs, "t1");
  const standings = await limitStandings(store, [limit], noonMs);
  expect(standings.map(({ group, heldNanoUsd }) => [group, heldNanoUsd])).toEqual([
    ["t0", 10n],
    ["t1", 20n],
  ]);
});

test("limitStandings shows every group of this window, and only of it", async () => {
  const limits: Limit[] = [
    { name: "team", limitNanoUsd: 100n, per: "day", groupBy: "metadata.teamId" },
    { name: "unused", limitNanoUsd: 5n, per: "total" },
  ];
  const store = new MemoryLedgerStore();
  const ledger = new Ledger(store);
  const hold = (operationId: string, nowMs: number, dimensions: Dimensions) =>
    ledger.hold({
      operationId,
      accounts: accountsFor(limits.slice(0, 1), dimensions, nowMs),
      amountNanoUsd: 10n,
      expiresAtMs: noonMs * 2,
    });
  await hold("yesterday", noonMs - 24 * hourMs, { metadata: { teamId: "old" } });
  await hold("one", noonMs, { metadata: { teamId: "a/b" } });
  await hold("two", noonMs, {});
  await ledger.settle({ operationId: "two", provider: "acme", price: { priceRow: "m", lines: [], costNanoUsd: 7n } });
  const resetsAtMs = Date.UTC(2026, 10, 30);
  expect(await limitStandings(store, limits, noonMs)).toEqual([
    { limit: limits[0], group: null, spentNanoUsd: 7n, heldNanoUsd: 0n, resetsAtMs },
    { limit: limits[0], group: "a/b", spentNanoUsd: 0n, heldNanoUsd: 10n, resetsAtMs },
    { limit: limits[1], group: null, spentNanoUsd: 0n, heldNanoUsd: 0n, resetsAtMs: null },
  ]);
});
