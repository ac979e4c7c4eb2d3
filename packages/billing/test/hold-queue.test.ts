import { describe, expect, test } from "vitest";
import { accountsFor, creditAccount, type HoldOptions, Ledger, type Limit, MemoryLedgerStore } from "../src/index.ts";

const limits: Limit[] = [
  { name: "team", groupBy: "metadata.teamId", limitNanoUsd: 100n, per: "total" },
  { name: "all", limitNanoUsd: 150n, per: "total" },
];

/** Calls of teams, whose grants are noted in their order. */
function world() {
  const ledger = new Ledger(new MemoryLedgerStore());
  const order: string[] = [];
  const hold = (
    operationId: string,
    amountNanoUsd: bigint,
    options: HoldOptions = { waitMs: 10_000 },
    teamId = "t0",
  ) => {
    const accounts = accountsFor(limits, { metadata: { teamId } }, 0);
    const asked = ledger.hold({ operationId, accounts, amountNanoUsd, expiresAtMs: Date.now() + 60_000 }, options);
    return asked.then((result) => {
      if (result.granted) order.push(operationId);
      return result;
    });
  };
  const free = (operationId: string) => ledger.void({ operationId });
  return { ledger, order, hold, free };
}

/** Until everything that can happen by itself has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("who waits", () => {
  test("is granted in the order of asking, as far as there is room", async () => {
    const { order, hold, free } = world();
    await hold("holder", 100n);
    const waiting = [hold("one", 40n), hold("two", 30n), hold("three", 60n)];
    await settled();
    expect(order).toEqual(["holder"]);
    await free("holder");
    await Promise.all(waiting.slice(0, 2));
    await settled();
    expect(order).toEqual(["holder", "one", "two"]);
    await free("one");
    await waiting[2];
    expect(order).toEqual(["holder", "one", "two", "three"]);
  });

  test("is not overtaken by small ones, however many come", async () => {
    const { order, hold, free } = world();
    await Promise.all(["a", "b", "c", "d"].map((id) => hold(id, 25n)));
    const large = hold("large", 100n);
    await settled();
    const small = Array.from({ length: 20 }, (_, index) => hold(`small ${index}`, 5n));
    // Who would not wait does not go ahead either.
    expect(await hold("hasty", 1n, {})).toMatchObject({ granted: false, limit: "team", fitsWithoutHolds: true });
    for (const id of ["a", "b", "c"]) await free(id);
    await settled();
    expect(order).toEqual(["a", "b", "c", "d"]);
    expect(await hold("hasty", 1n, { waitMs: 0 })).toMatchObject({ granted: false, heldNanoUsd: 25n });
    await free("d");
    await large;
    expect(order.at(-1)).toBe("large");
    await free("large");
    await Promise.all(small);
    expect(order.slice(5)).toEqual(Array.from({ length: 20 }, (_, index) => `small ${index}`));
  });

  test("holds up only those who need the same account", async () => {
    const { hold } = world();
    await hold("holder", 100n);
    const waiting = hold("one", 50n);
    await settled();
    expect((await hold("other team", 50n, {}, "t1")).granted).toBe(true);
    void waiting;
  });

  test("waits for several accounts without a deadlock", async () => {
    const { ledger, order, hold, free } = world();
    await hold("a", 60n);
    await hold("b", 40n);
    const one = hold("one", 40n);
    await settled();
    // Now the other account is full too, far beyond its limit, so that two waits for both, and is first on that one.
    await hold("c", 50n, {}, "t1");
    await ledger.settle({ operationId: "c", provider: "acme", price: { priceRow: "m", lines: [], costNanoUsd: 100n } });
    const two = hold("two", 40n);
    await settled();
    await free("b");
    await settled();
    await free("a");
    await one;
    await settled();
    expect(order).toEqual(["a", "b", "c", "one"]);
    await free("one");
    await two;
    expect(order.at(-1)).toBe("two");
  });

  test("is refused as soon as waiting does not help any more", async () => {
    const { ledger, hold } = world();
    await hold("holder", 100n);
    const waiting = hold("one", 50n, { waitMs: 60_000 });
    await settled();
    await ledger.settle({
      operationId: "holder",
      provider: "acme",
      price: { priceRow: "m", lines: [], costNanoUsd: 60n },
    });
    expect(await waiting).toMatchObject({
      granted: false,
      spentNanoUsd: 60n,
      heldNanoUsd: 0n,
      fitsWithoutHolds: false,
    });
  });

  test("is refused when its time is over, and the next has its turn", async () => {
    const { order, hold, free } = world();
    await Promise.all([hold("a", 60n), hold("b", 40n)]);
    const large = hold("large", 100n, { waitMs: 30 });
    await settled();
    const small = hold("small", 30n);
    await free("b");
    expect(await large).toMatchObject({ granted: false, fitsWithoutHolds: true, heldNanoUsd: 60n });
    await small;
    expect(order).toEqual(["a", "b", "small"]);
  });

  test("can be aborted, and then holds nothing", async () => {
    const { ledger, hold, free } = world();
    await hold("holder", 100n);
    const controller = new AbortController();
    const waiting = hold("one", 50n, { waitMs: 60_000, signal: controller.signal });
    await settled();
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
    await expect(hold("two", 50n, { waitMs: 60_000, signal: controller.signal })).rejects.toMatchObject({
      code: "aborted",
    });
    await free("holder");
    await settled();
    expect(await ledger.largestHold(accountsFor(limits, { metadata: { teamId: "t0" } }, 0))).toBe(100n);
  });

  test("has what it holds when its time ends while it is being granted", async () => {
    const store = new MemoryLedgerStore();
    const { apply } = store;
    let slow: Promise<void> | null = null;
    store.apply = async (commands) => {
      await slow;
      return apply.call(store, commands);
    };
    const ledger = new Ledger(store);
    const hold = (operationId: string, options: HoldOptions) => {
      const accounts = accountsFor(limits, {}, 0);
      return ledger.hold({ operationId, accounts, amountNanoUsd: 80n, expiresAtMs: Date.now() + 60_000 }, options);
    };
    await hold("holder", {});
    const controller = new AbortController();
    const [timed, aborted] = [hold("one", { waitMs: 20 }), hold("two", { waitMs: 10_000, signal: controller.signal })];
    await settled();
    await ledger.void({ operationId: "holder" });
    // Now the first one's attempt is on its way; its time ends before the store answers.
    slow = new Promise((resolve) => setTimeout(resolve, 60));
    expect((await timed).granted).toBe(true);
    slow = null;
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: "aborted" });
  });

  test("is told when the store fails", async () => {
    const store = new MemoryLedgerStore();
    const ledger = new Ledger(store);
    const hold = (operationId: string, options: HoldOptions) => {
      const accounts = accountsFor(limits, {}, 0);
      return ledger.hold({ operationId, accounts, amountNanoUsd: 80n, expiresAtMs: Date.now() + 60_000 }, options);
    };
    await hold("holder", {});
    const waiting = hold("one", { waitMs: 60_000 });
    await settled();
    const { apply } = store;
    const freed = ledger.void({ operationId: "holder" });
    store.apply = async (commands) => {
      if (commands.some(({ type }) => type === "hold")) throw Object.assign(new Error("away"), { code: "unavailable" });
      return apply.call(store, commands);
    };
    await freed;
    await expect(waiting).rejects.toMatchObject({ code: "unavailable" });
  });

  test("waits for credits that are paid in", async () => {
    const ledger = new Ledger(new MemoryLedgerStore());
    const account = creditAccount("one");
    const hold = (operationId: string, options: HoldOptions) =>
      ledger.hold({ operationId, accounts: [account], amountNanoUsd: 80n, expiresAtMs: Date.now() + 60_000 }, options);
    await ledger.topUp({ id: "first", account, amountNanoUsd: 100n });
    await hold("holder", {});
    const waiting = hold("one", { waitMs: 10_000 });
    await settled();
    await ledger.topUp({ id: "second", account, amountNanoUsd: 60n });
    expect((await waiting).granted).toBe(true);
  });
});

describe("256 callers at once against one limit", () => {
  test("exactly as many are admitted as fit, a thousand times", { timeout: 60_000 }, async () => {
    for (let round = 0; round < 1_000; round += 1) {
      const ledger = new Ledger(new MemoryLedgerStore());
      const fitting = 1 + (round % 200);
      const limit: Limit = { name: "one", limitNanoUsd: BigInt(fitting) * 7n + BigInt(round % 7), per: "total" };
      const accounts = accountsFor([limit], {}, 0);
      const results = await Promise.all(
        Array.from({ length: 256 }, (_, index) =>
          ledger.hold({ operationId: `${index}`, accounts, amountNanoUsd: 7n, expiresAtMs: Date.now() + 60_000 }),
        ),
      );
      expect(results.filter(({ granted }) => granted).length).toBe(fitting);
    }
  });

  test("who waits gets what the others give back, and less than one hold is left", { timeout: 60_000 }, async () => {
    const store = new MemoryLedgerStore();
    const ledger = new Ledger(store);
    const limit: Limit = { name: "one", limitNanoUsd: 10_000n, per: "total" };
    const accounts = accountsFor([limit], {}, 0);
    const { apply } = store;
    const standings: bigint[] = [];
    store.apply = async (commands) => {
      const outcomes = await apply.call(store, commands);
      const [balance] = await store.balances([accounts[0]?.account as string]);
      standings.push((balance?.postedNanoUsd ?? 0n) + (balance?.heldNanoUsd ?? 0n));
      return outcomes;
    };
    const caller = async (name: number): Promise<void> => {
      for (let call = 0; ; call += 1) {
        const operationId = `${name}-${call}`;
        const request = { operationId, accounts, amountNanoUsd: 100n, expiresAtMs: Date.now() + 60_000 };
        const result = await ledger.hold(request, { waitMs: 10_000 });
        if (!result.granted) return;
        const price = { priceRow: "m", lines: [], costNanoUsd: BigInt(1 + ((name * 31 + call * 17) % 60)) };
        if (call % 5 === 4) await ledger.void({ operationId });
        else await ledger.settle({ operationId, provider: "acme", price });
      }
    };
    await Promise.all(Array.from({ length: 256 }, (_, name) => caller(name)));
    expect(standings.every((nanoUsd) => nanoUsd <= 10_000n)).toBe(true);
    const left = (await ledger.largestHold(accounts)) ?? 0n;
    expect(left < 100n).toBe(true);
  });
});
