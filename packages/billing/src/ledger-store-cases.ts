import { CaseLedger, priceOf, startMs } from "./case-ledger.ts";
import type { LedgerStore } from "./ledger-store.ts";
import { creditAccount } from "./limit.ts";
import { usageOf } from "./usage.ts";
import { verify } from "./verify.ts";

/** One promise of a ledger store. */
export interface LedgerStoreCase {
  readonly name: string;
  /** Rejects when the promise is broken. */
  run(): Promise<void>;
}

/**
 * What every ledger store keeps, as data for any test runner.
 *
 * @param create makes an empty store
 */
export function ledgerStoreCases(create: () => LedgerStore | Promise<LedgerStore>): readonly LedgerStoreCase[] {
  const on = (name: string, run: (world: CaseLedger) => Promise<void>): LedgerStoreCase => ({
    name,
    run: async () => {
      const world = new CaseLedger(await create());
      await run(world);
      const { problems } = await verify(world.store, world.nowMs);
      expectEqual(problems, []);
    },
  });
  return [
    on("nothing is known of what was never heard of", async ({ store }) => {
      expectEqual(await store.balances(["one"]), [{ postedNanoUsd: 0n, heldNanoUsd: 0n }]);
      expectEqual([...(await store.balancesUnder(""))], []);
      expectEqual(await store.overdue(startMs, 10), []);
      expectEqual(await store.books(), { lastSeq: 0, balances: new Map(), holds: [] });
      expectEqual(await store.postings(0, 10), []);
    }),
    on("a hold is on all accounts, and comes back when its cost is posted", async (world) => {
      expectEqual(await world.hold("one", 60n), { granted: true, heldNanoUsd: 60n });
      expectEqual(await world.standing(), [0n, 60n, 0n, 60n]);
      expectEqual((await world.settle("one", 40n)).costNanoUsd, 40n);
      expectEqual(await world.standing(), [40n, 0n, 40n, 0n]);
    }),
    on("it is on all accounts or on none", async (world) => {
      await world.hold("other team", 100n, "t1");
      await world.hold("third team", 100n, "t2");
      const refused = await world.hold("one", 60n);
      expectEqual(refused, {
        granted: false,
        limit: "all",
        limitNanoUsd: 250n,
        spentNanoUsd: 0n,
        heldNanoUsd: 200n,
        resetsAtMs: null,
        fitsWithoutHolds: true,
        blockedBy: ["limit/all/total/always/*"],
      });
      expectEqual(await world.standing(), [0n, 0n, 0n, 200n]);
      expectEqual(await world.ledger.largestHold(world.accounts("t0")), 50n);
    }),
    on("of all who ask at once, as many are granted as fit", async (world) => {
      const asked = Array.from({ length: 32 }, (_, index) => world.hold(`${index}`, 30n));
      expectEqual((await Promise.all(asked)).filter(({ granted }) => granted).length, 3);
      expectEqual(await world.standing(), [0n, 90n, 0n, 90n]);
    }),
    on("asking again changes nothing", async (world) => {
      await Promise.all([world.hold("one", 60n), world.hold("one", 60n)]);
      expectEqual(await world.standing(), [0n, 60n, 0n, 60n]);
      const [first, again] = await Promise.all([world.settle("one", 40n), world.settle("one", 50n)]);
      expectEqual([first.costNanoUsd, again.costNanoUsd], [40n, 40n]);
      expectEqual((await world.ledger.void({ operationId: "one" })).closedBy, "settle");
      expectEqual(await codeOf(world.hold("one", 60n)), "invalid_request");
      expectEqual(await world.standing(), [40n, 0n, 40n, 0n]);
    }),
    on("what is voided costs nothing", async (world) => {
      await world.hold("one", 60n);
      expectEqual((await world.ledger.void({ operationId: "one", errorCode: "overloaded" })).costNanoUsd, 0n);
      expectEqual(await world.standing(), [0n, 0n, 0n, 0n]);
    }),
    on("a hold grows while there is room", async (world) => {
      await world.hold("one", 60n);
      const [grown, refused] = await Promise.all([world.extend("one", 30n), world.extend("one", 20n)]);
      expectEqual([grown.granted, refused.granted], [true, false]);
      expectEqual(await world.standing(), [0n, 90n, 0n, 90n]);
      await world.settle("one", 75n);
      expectEqual(await world.standing(), [75n, 0n, 75n, 0n]);
    }),
    on("a cost beyond the hold is posted in full", async (world) => {
      await world.hold("one", 60n);
      expectEqual((await world.settle("one", 130n)).overrunNanoUsd, 70n);
      expectEqual(await world.standing(), [130n, 0n, 130n, 0n]);
      expectEqual((await verify(world.store, world.nowMs)).overruns, 1);
    }),
    on("a hold past its deadline is settled at what was metered, or at all of it", async (world) => {
      await world.hold("metered", 50n);
      await world.ledger.meter("metered", 10n);
      await world.ledger.meter("metered", 20n);
      await world.hold("unmetered", 50n);
      expectEqual(await world.ledger.expireOverdue(), []);
      world.nowMs += 60_000;
      const expired = await world.ledger.expireOverdue();
      const costs = Object.fromEntries(expired.map(({ operationId, costNanoUsd }) => [operationId, costNanoUsd]));
      expectEqual([costs.metered, costs.unmetered], [20n, 50n]);
      world.nowMs -= 60_000;
      expectEqual(await world.standing(), [70n, 0n, 70n, 0n]);
    }),
    on("who settles what expired corrects it, once", async (world) => {
      await world.hold("one", 50n);
      world.nowMs += 60_000;
      await world.ledger.expireOverdue();
      expectEqual((await world.settle("one", 30n)).closedBy, "correction");
      expectEqual((await world.settle("one", 35n)).costNanoUsd, 30n);
      world.nowMs -= 60_000;
      expectEqual(await world.standing(), [30n, 0n, 30n, 0n]);
    }),
    on("a settlement goes to the window of its hold", async (world) => {
      await world.hold("one", 60n);
      world.nowMs += 60_000;
      expectEqual((await world.hold("two", 60n)).granted, true);
      await world.settle("one", 40n);
      expectEqual(await world.standing(), [0n, 60n, 40n, 60n]);
      world.nowMs -= 60_000;
      expectEqual(await world.standing(), [40n, 0n, 40n, 60n]);
    }),
    on("credits are held against what was paid in", async ({ ledger, store }) => {
      const account = creditAccount("acme & sons");
      const request = { accounts: [account], amountNanoUsd: 90n, expiresAtMs: startMs + 60_000 };
      expectEqual((await ledger.hold({ ...request, operationId: "one" })).granted, false);
      await ledger.topUp({ id: "invoice 1", account, amountNanoUsd: 100n, feeNanoUsd: 5n });
      await ledger.topUp({ id: "invoice 1", account, amountNanoUsd: 100n, feeNanoUsd: 5n });
      expectEqual(await ledger.largestHold([account]), 95n);
      expectEqual((await ledger.hold({ ...request, operationId: "one" })).granted, true);
      await ledger.settle({ operationId: "one", provider: "acme", price: priceOf(30n) });
      expectEqual(await ledger.largestHold([account]), 65n);
      expectEqual(
        [...(await store.balancesUnder("credits/"))],
        [["credits/acme%20%26%20sons", { postedNanoUsd: -65n, heldNanoUsd: 0n }]],
      );
    }),
    on("amounts beyond 2^53 are exact", async ({ ledger, store }) => {
      const account = creditAccount("large");
      await ledger.topUp({ id: "one", account, amountNanoUsd: 2n ** 53n + 1n });
      await ledger.topUp({ id: "two", account, amountNanoUsd: 2n ** 53n + 2n });
      expectEqual((await store.balances([account.account]))[0]?.postedNanoUsd, -(2n ** 54n) - 3n);
    }),
    on("each call is counted once, by any dimensions", async (world) => {
      await world.hold("one", 60n);
      await world.settle("one", 40n);
      await world.settle("without a hold", 10n, "t1");
      await world.ledger.void({
        operationId: "failed",
        errorCode: "overloaded",
        dimensions: { metadata: { teamId: "t1" } },
      });
      await world.ledger.settle({ operationId: "unpriced", provider: "acme", price: null });
      const query = { groupBy: ["metadata.teamId" as const], fromMs: startMs, toMs: startMs + 1 };
      expectEqual(await usageOf(world.store, query), [
        usage("t0", { costNanoUsd: 40n, tokens: { input: 10 } }),
        usage("t1", { costNanoUsd: 10n, requests: 2, errors: 1, tokens: { input: 10 } }),
        usage(null, { unpricedRequests: 1 }),
      ]);
      expectEqual(await usageOf(world.store, { ...query, fromMs: startMs + 1, toMs: startMs + 2 }), []);
      expectEqual(await usageOf(world.store, { ...query, fromMs: startMs - 1, toMs: startMs }), []);
    }),
    on("a corrected price is booked as the difference", async (world) => {
      await world.hold("one", 60n);
      await world.settle("one", 40n);
      expectEqual(
        (await world.ledger.correct("one", { ...priceOf(55n), priceRow: "acme/m@2026-02-01" })).costNanoUsd,
        55n,
      );
      await world.ledger.correct("one", { ...priceOf(55n), priceRow: "acme/m@2026-02-01" });
      expectEqual(await world.standing(), [55n, 0n, 55n, 0n]);
      const postings = await world.store.postings(0, 10);
      expectEqual(
        postings.map(({ kind, step }) => [kind, step]),
        [
          ["hold", null],
          ["settle", 0],
          ["correction", 1],
        ],
      );
      expectEqual(postings.at(-1)?.settlement?.costBeforeNanoUsd, 40n);
    }),
    on("postings come in pages, as they were booked", async (world) => {
      for (const id of ["one", "two", "three"]) await world.settle(id, 1n);
      const all = await world.store.postings(0, 10);
      const first = await world.store.postings(0, 2);
      expectEqual([...first, ...(await world.store.postings(first[1]?.seq ?? 0, 2))], all);
      expectEqual(
        all.map(({ operationId }) => operationId),
        ["one", "two", "three"],
      );
      const page = { fromMs: startMs, toMs: startMs + 1, limit: 2 };
      const settled = await world.store.settled({ ...page, after: null });
      expectEqual([...settled, ...(await world.store.settled({ ...page, after: settled[1] ?? null }))], all);
      expectEqual(all[0]?.entries, [
        { kind: "settle", account: "usage", counterAccount: "spend/usage/acme", amount: 1n },
      ]);
    }),
  ];
}

function usage(teamId: string | null, figures: object): object {
  const none = { costNanoUsd: 0n, requests: 1, errors: 0, unpricedRequests: 0, estimatedRequests: 0, tokens: {} };
  return { group: { "metadata.teamId": teamId }, ...none, ...figures };
}

async function codeOf(failing: Promise<unknown>): Promise<unknown> {
  return failing.then(
    () => "resolved",
    (error: { code?: unknown }) => error.code,
  );
}

function expectEqual(actual: unknown, expected: unknown): void {
  const [got, wanted] = [textOf(actual), textOf(expected)];
  if (got !== wanted) throw new Error(`expected ${wanted}, got ${got}`);
}

/** Two values with the same text are the same: bigints are not numbers, and names have no order. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "bigint") return `${part}n`;
    if (part instanceof Map) return [...part];
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
