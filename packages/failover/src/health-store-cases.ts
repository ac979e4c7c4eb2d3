import type { HealthReport, Standing, TargetNames } from "./health.ts";
import type { HealthStore } from "./health-store.ts";
import type { Outcome } from "./outcome.ts";

/** One promise of a health store. */
export interface HealthStoreCase {
  readonly name: string;
  /** Rejects when the promise is broken. */
  run(): Promise<void>;
}

const target: TargetNames = { circuit: "acme/one", credential: "acme key" };
const sameKey: TargetNames = { circuit: "acme/two", credential: "acme key" };
const stranger: TargetNames = { circuit: "other/one", credential: "other key" };
const firstCall = { retry: false };
const failure: Outcome = { type: "failed", soft: false };
const success: Outcome = { type: "succeeded", firstContentMs: 100 };

/**
 * What every health store keeps, as data for any test runner.
 *
 * @param create makes an empty store with the default breaker
 */
export function healthStoreCases(create: () => HealthStore | Promise<HealthStore>): readonly HealthStoreCase[] {
  const on = (name: string, run: (store: HealthStore) => Promise<void>): HealthStoreCase => ({
    name,
    run: async () => run(await create()),
  });
  return [
    on("nothing bad is known of what was never heard of", async (store) => {
      expectEqual(await store.read([target, stranger], 1_000), [
        { blockedUntilMs: 0, restsUntilMs: 0, mayRetry: true, firstContentMs: null },
        { blockedUntilMs: 0, restsUntilMs: 0, mayRetry: true, firstContentMs: null },
      ]);
      expectEqual(await store.read([], 1_000), []);
    }),
    on("five failures in a row open a circuit, however they come in", async (store) => {
      await Promise.all([report(store, failure, 1_000), report(store, failure, 1_000), report(store, failure, 1_000)]);
      expectEqual((await standing(store, target, 1_000)).blockedUntilMs, 0);
      await store.report([reportOf(failure, 1_000), reportOf(failure, 1_000)]);
      expectEqual((await standing(store, target, 1_000)).blockedUntilMs, 6_000);
      expectEqual(await store.start(target, { ...firstCall, nowMs: 5_999 }), false);
      expectEqual(await store.start(sameKey, { ...firstCall, nowMs: 5_999 }), true);
    }),
    on("of all who ask at once, one is the probe", async (store) => {
      await open(store);
      const asked = Array.from({ length: 8 }, () => store.start(target, { ...firstCall, nowMs: 6_000 }));
      expectEqual((await Promise.all(asked)).filter(Boolean).length, 1);
      expectEqual((await standing(store, target, 6_000)).blockedUntilMs > 6_000, true);
    }),
    on("a probe that goes well closes, one that fails opens for twice as long", async (store) => {
      await open(store);
      await store.start(target, { ...firstCall, nowMs: 6_000 });
      await report(store, failure, 6_000, 6_500);
      expectEqual((await standing(store, target, 6_500)).blockedUntilMs, 16_500);
      await store.start(target, { ...firstCall, nowMs: 16_500 });
      await report(store, success, 16_500, 16_600);
      expectEqual((await standing(store, target, 16_600)).blockedUntilMs, 0);
    }),
    on("only the probe speaks for an open circuit", async (store) => {
      await open(store);
      await store.start(target, { ...firstCall, nowMs: 6_000 });
      await store.report([reportOf(success, 900, 6_100), reportOf(failure, 900, 6_100)]);
      await report(store, { type: "released" }, 900, 6_100);
      expectEqual(await store.start(target, { ...firstCall, nowMs: 6_200 }), false);
      await report(store, { type: "released" }, 6_000, 6_300);
      expectEqual(await store.start(target, { ...firstCall, nowMs: 6_300 }), true);
    }),
    on("a credential rests for all that use it, and only for them", async (store) => {
      await report(store, { type: "cooled", retryAfterMs: 7_000, refused: false }, 900, 1_000);
      const [own, shared, other] = await store.read([target, sameKey, stranger], 1_000);
      expectEqual([own?.restsUntilMs, shared?.restsUntilMs, other?.restsUntilMs], [8_000, 8_000, 0]);
      expectEqual(await store.start(sameKey, { ...firstCall, nowMs: 7_999 }), false);
      expectEqual(await store.start(sameKey, { ...firstCall, nowMs: 8_000 }), true);
    }),
    on("the retry budget holds however many ask at once", async (store) => {
      for (let call = 0; call < 10; call += 1) await store.start(target, { ...firstCall, nowMs: 1_000 });
      const asked = Array.from({ length: 20 }, () => store.start(target, { retry: true, nowMs: 1_500 }));
      expectEqual((await Promise.all(asked)).filter(Boolean).length, 5);
      expectEqual((await standing(store, target, 1_500)).mayRetry, false);
      expectEqual(await store.start(target, { ...firstCall, nowMs: 1_500 }), true);
      expectEqual((await standing(store, target, 12_000)).mayRetry, true);
    }),
    on("the time to the first content is kept", async (store) => {
      await report(store, success, 1_000, 1_100);
      expectEqual((await standing(store, target, 1_100)).firstContentMs, 100);
    }),
  ];
}

function reportOf(outcome: Outcome, startedAtMs: number, endedAtMs = startedAtMs): HealthReport {
  return { ...target, startedAtMs, endedAtMs, outcome };
}

async function report(
  store: HealthStore,
  outcome: Outcome,
  startedAtMs: number,
  endedAtMs = startedAtMs,
): Promise<void> {
  await store.report([reportOf(outcome, startedAtMs, endedAtMs)]);
}

/** Open from 1,000 to 6,000. */
async function open(store: HealthStore): Promise<void> {
  await store.report(Array.from({ length: 5 }, () => reportOf(failure, 1_000)));
}

async function standing(store: HealthStore, of: TargetNames, nowMs: number): Promise<Standing> {
  return (await store.read([of], nowMs))[0] as Standing;
}

function expectEqual(actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`expected ${wanted}, got ${got}`);
}
