import { CaseLedger, settledPrice, startMs } from "./case-ledger.ts";
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
      await ledger.settle({ operationId: "one", provider: "acme", price: settledPrice(30n) });
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
        (await world.ledger.correct("one", { ...settledPrice(55n), priceRow: "acme/m@2026-02-01" })).costNanoUsd,
        55n,
      );
      await world.ledger.correct("one", { ...settledPrice(55n), priceRow: "acme/m@2026-02-01" });
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
    on("what is settled comes by time, then as it was booked", async (world) => {
      for (const [id, ms] of [
        ["late", 2],
        ["early", 0],
        ["middle", 1],
        ["late too", 2],
      ] as const) {
        world.nowMs = startMs + ms;
        await world.settle(id, 1n);
      }
      const page = { fromMs: startMs, toMs: startMs + 3, limit: 3 };
      const first = await world.store.settled({ ...page, after: null });
      const second = await world.store.settled({ ...page, after: first.at(-1) ?? null });
      expectEqual(
        [first, second].map((postings) => postings.map(({ operationId }) => operationId)),
        [["early", "middle", "late"], ["late too"]],
      );
    }),
    on("a posting keeps all that was said of it", async (world) => {
      await world.hold("one", 60n);
      const lines = [
        { class: "input", units: 10, costPicoUsd: 12_400n },
        { class: "output", units: 2.5, costPicoUsd: 7_200n },
      ];
      const price = { priceRow: "acme/m@2026-01-01", lines, costNanoUsd: 20n };
      const tokens = { input: 10, output: 3 };
      const dimensions = { user: "u", metadata: { teamId: "t0", paid: true, tries: 2 } };
      const known = { operationId: "one", provider: "acme", price, tokens, dimensions };
      await world.ledger.settle({ ...known, estimated: true, errorCode: "overloaded" });
      const entry = (kind: string, account: string, counterAccount: string, amount: bigint): object => {
        return { kind, account, counterAccount, amount };
      };
      const settled = {
        seq: 2,
        operationId: "one",
        kind: "settle",
        step: 0,
        atMs: startMs,
        entries: [
          entry("release", "limit/team-day/day/2026-01-31T00:00:00.000Z/=t0", "holds/limit/team-day", -60n),
          entry("release", "limit/all/total/always/*", "holds/limit/all", -60n),
          entry("settle", "usage", "spend/usage/acme", 20n),
          entry("settle", "limit/team-day/day/2026-01-31T00:00:00.000Z/=t0", "spend/limit/team-day/acme", 20n),
          entry("settle", "limit/all/total/always/*", "spend/limit/all/acme", 20n),
          entry("rounding", "rounding", "spend/rounding/acme", -400n),
        ],
        settlement: {
          provider: "acme",
          costNanoUsd: 20n,
          costBeforeNanoUsd: 0n,
          priceRow: "acme/m@2026-01-01",
          lines,
          tokens,
          estimated: true,
          errorCode: "overloaded",
          dimensions: { ...dimensions, provider: "acme" },
        },
      };
      expectEqual((await world.store.postings(0, 10)).slice(1), [settled]);
      expectEqual(await world.store.settled({ fromMs: startMs, toMs: startMs + 1, after: null, limit: 10 }), [settled]);
    }),
    on("an open hold keeps all that was said of it", async (world) => {
      await world.hold("one", 60n);
      await world.extend("one", 30n);
      await world.ledger.meter("one", 20n);
      await world.hold("two", 10n, "t1");
      const { lastSeq, holds } = await world.store.books();
      const all = "limit/all/total/always/*";
      const teamDay = "limit/team-day/day/2026-01-31T00:00:00.000Z";
      expectEqual(lastSeq, 3);
      expectEqual(
        [...holds].sort((one, other) => one.seq - other.seq),
        [
          {
            seq: 1,
            operationId: "one",
            accounts: [`${teamDay}/=t0`, all],
            heldNanoUsd: 90n,
            meteredNanoUsd: 20n,
            expiresAtMs: startMs + 60_000,
            dimensions: { metadata: { teamId: "t0" } },
          },
          {
            seq: 3,
            operationId: "two",
            accounts: [`${teamDay}/=t1`, all],
            heldNanoUsd: 10n,
            meteredNanoUsd: null,
            expiresAtMs: startMs + 60_000,
            dimensions: { metadata: { teamId: "t1" } },
          },
        ],
      );
    }),
    on("overdue are the oldest, and only as many as were asked for", async (world) => {
      for (const [id, ms] of [
        ["third", 2],
        ["first", 0],
        ["second", 1],
      ] as const) {
        world.nowMs = startMs + ms;
        await world.hold(id, 10n);
      }
      expectEqual(await world.store.overdue(startMs + 60_002, 10), ["first", "second", "third"]);
      expectEqual(await world.store.overdue(startMs + 60_002, 2), ["first", "second"]);
      expectEqual(await world.store.overdue(startMs + 60_001, 10), ["first", "second"]);
    }),
    on("balances under a prefix come by id", async (world) => {
      for (const teamId of ["t1", "t2", "t0"]) await world.hold(teamId, 10n, teamId);
      const prefix = "limit/team-day/day/2026-01-31T00:00:00.000Z/=";
      expectEqual(
        [...(await world.store.balancesUnder(prefix))],
        ["t0", "t1", "t2"].map((teamId) => [`${prefix}${teamId}`, { postedNanoUsd: 0n, heldNanoUsd: 10n }]),
      );
    }),
    on("of what is asked for together all is done, or nothing", async (world) => {
      const command = {
        type: "hold" as const,
        accounts: world.accounts("t0"),
        amountNanoUsd: 10n,
        expiresAtMs: startMs + 60_000,
        dimensions: {},
        atMs: startMs,
      };
      // Not refused but broken: nobody can carry it out.
      const broken = { ...command, operationId: "two", accounts: null as never };
      const applied = world.store.apply([{ ...command, operationId: "one" }, broken]);
      expectEqual(
        await applied.then(
          () => "resolved",
          () => "rejected",
        ),
        "rejected",
      );
      expectEqual(await world.store.books(), { lastSeq: 0, balances: new Map(), holds: [] });
      expectEqual((await world.hold("one", 60n)).granted, true);
      expectEqual(await world.standing(), [0n, 60n, 0n, 60n]);
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
