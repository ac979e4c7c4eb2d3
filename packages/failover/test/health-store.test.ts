import { describe, expect, test } from "vitest";
import { type HealthStore, MemoryHealthStore } from "../src/index.ts";
import { healthStoreCases } from "../src/testing.ts";

describe("MemoryHealthStore", () => {
  for (const { name, run } of healthStoreCases(() => new MemoryHealthStore())) test(name, run);

  test("forgets what was not heard of for longest, once there are 10,000", async () => {
    const store = new MemoryHealthStore();
    const call = { retry: false, nowMs: 1_000 };
    for (let index = 0; index < 10_000; index += 1) await store.start({ circuit: `${index}`, credential: "one" }, call);
    await store.start({ circuit: "0", credential: "one" }, call);
    await store.start({ circuit: "new", credential: "one" }, call);
    expect([store.circuits.size, store.circuits.has("0"), store.circuits.has("1")]).toEqual([10_000, true, false]);
  });

  test("takes other figures for its breaker", async () => {
    const store = new MemoryHealthStore({ failuresInRow: 1, openMs: 100 });
    const target = { circuit: "one", credential: "one" };
    await store.report([{ ...target, startedAtMs: 50, endedAtMs: 60, outcome: { type: "failed", soft: false } }]);
    expect((await store.read([target], 60))[0]?.blockedUntilMs).toBe(160);
  });
});

// Each store breaks one promise, and only the cases named for it may notice.
describe("the cases for health stores", () => {
  const broken: readonly [string, (store: HealthStore) => void, readonly string[]][] = [
    [
      "lets everybody through",
      (store) => {
        const { start } = store;
        store.start = async (target, call) => {
          await start.call(store, target, call);
          return true;
        };
      },
      [
        "five failures in a row open a circuit, however they come in",
        "of all who ask at once, one is the probe",
        "only the probe speaks for an open circuit",
        "a credential rests for all that use it, and only for them",
        "the retry budget holds however many ask at once",
      ],
    ],
    [
      "reads now and writes later",
      (store) => {
        const { start } = store;
        store.start = async (target, call) => {
          const [standing] = await store.read([target], call.nowMs);
          await new Promise((resolve) => setTimeout(resolve, 1));
          await start.call(store, target, call);
          return standing !== undefined && standing.blockedUntilMs <= call.nowMs && standing.restsUntilMs <= call.nowMs;
        };
      },
      ["of all who ask at once, one is the probe", "the retry budget holds however many ask at once"],
    ],
    [
      "keeps the first report of several",
      (store) => {
        const { report } = store;
        store.report = (reports) => report.call(store, reports.slice(0, 1));
      },
      [
        "five failures in a row open a circuit, however they come in",
        "of all who ask at once, one is the probe",
        "a probe that goes well closes, one that fails opens for twice as long",
        "only the probe speaks for an open circuit",
      ],
    ],
  ];

  test.each(broken)("find a store that %s", async (_flaw, breakIt, expected) => {
    const failed: string[] = [];
    const cases = healthStoreCases(() => {
      const store = new MemoryHealthStore();
      breakIt(store);
      return store;
    });
    for (const { name, run } of cases) await run().catch(() => failed.push(name));
    expect(failed).toEqual(expected);
  });
});
