import { GatewayError } from "@gw/core";
import { describe, expect, test } from "vitest";
import {
  type AttemptRecord,
  type ExecuteOptions,
  execute,
  type HealthStore,
  MemoryHealthStore,
  reportBreak,
} from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { ManualClock } from "./manual-clock.ts";

const targets = ["one", "two"].map((value) => ({ value, circuit: value, credential: value }));
const broken = new GatewayError("upstream_failed", "");

function setUp(): {
  readonly clock: ManualClock;
  readonly health: MemoryHealthStore;
  readonly records: AttemptRecord<string>[];
  readonly options: ExecuteOptions<string>;
} {
  const clock = new ManualClock();
  const health = new MemoryHealthStore();
  const records: AttemptRecord<string>[] = [];
  const options = {
    clock,
    health,
    random: () => 0.5,
    onAttempt: (record: AttemptRecord<string>) => records.push(record),
  };
  return { clock, health, records, options };
}

/** An attempt that ends with its signal. */
const hang = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("execute", () => {
  test("gives the first answer, and tells of each attempt", async () => {
    const { records, options } = setUp();
    const answer = await execute(
      targets,
      async ({ value }) => {
        if (value === "one") throw broken;
        return `from ${value}`;
      },
      options,
    );
    expect(answer).toBe("from two");
    expect(records.map(({ target, error }) => [target.value, error?.code ?? null])).toEqual([
      ["one", "upstream_failed"],
      ["two", null],
    ]);
  });

  test("waits on its clock, and tells how long", async () => {
    const { clock, records, options } = setUp();
    let calls = 0;
    const answer = execute(
      targets.slice(0, 1),
      async () => {
        calls += 1;
        if (calls === 1) throw broken;
        return calls;
      },
      options,
    );
    await clock.pass(249);
    expect(calls).toBe(1);
    await clock.pass(1);
    expect(await answer).toBe(2);
    expect(records.map(({ startedAtMs, waitedMs }) => [startedAtMs, waitedMs])).toEqual([
      [0, 0],
      [250, 250],
    ]);
  });

  test("sends nothing for a caller who left before", async () => {
    const { options, records } = setUp();
    const error = await failureOf(execute(targets, async () => 1, { ...options, signal: AbortSignal.abort() }));
    expect([error.code, records.length]).toEqual(["aborted", 0]);
  });

  test("a caller who leaves ends the attempt, or the wait, and counts against nobody", async () => {
    for (const attempt of [hang, () => Promise.reject(broken)]) {
      const { options, records, health } = setUp();
      const leaving = new AbortController();
      const answer = failureOf(
        execute(targets.slice(0, 1), (_, signal) => attempt(signal), { ...options, signal: leaving.signal }),
      );
      await settled();
      leaving.abort(new GatewayError("aborted", "gone"));
      expect((await answer).message).toBe("gone");
      expect(records.length).toBe(1);
      expect(health.circuits.get("one")?.failuresInRow).toBe(attempt === hang ? 0 : 1);
    }
  });

  test("the deadline ends the attempt; what had most of its time counts as failed, what came late does not", async () => {
    const { clock, options, health } = setUp();
    const answer = failureOf(
      execute(
        targets,
        async ({ value }, signal) => {
          if (value === "two") return hang(signal);
          await new Promise<void>((resolve) => clock.after(700, resolve));
          throw broken;
        },
        { ...options, deadlineMs: 1_000 },
      ),
    );
    await clock.pass(700);
    await clock.pass(300);
    expect((await answer).code).toBe("timed_out");
    expect(health.circuits.get("two")?.failuresInRow).toBe(0);

    const alone = failureOf(execute(targets.slice(1), (_, signal) => hang(signal), { ...options, deadlineMs: 1_000 }));
    await clock.pass(1_000);
    expect((await alone).code).toBe("timed_out");
    expect(health.circuits.get("two")?.failuresInRow).toBe(1);
  });

  test("timeouts of an impatient caller count against nobody", async () => {
    const { options, health } = setUp();
    const attempt = () => Promise.reject(new GatewayError("timed_out", ""));
    await failureOf(execute(targets, attempt, { ...options, maxAttempts: 2, timeoutsCount: false }));
    expect([...health.circuits.values()].map(({ failuresInRow }) => failuresInRow)).toEqual([0, 0]);
    await failureOf(execute(targets, attempt, { ...options, maxAttempts: 2 }));
    expect([...health.circuits.values()].map(({ failuresInRow }) => failuresInRow)).toEqual([1, 1]);
  });

  test("what is no error of ours ends the call", async () => {
    const { options, records } = setUp();
    const error = await failureOf(execute(targets, () => Promise.reject(new TypeError("bug")), options));
    expect([error.code, records.length]).toEqual(["internal_error", 1]);
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test("an observer that throws does not make it ask again", async () => {
    const { options } = setUp();
    let asked = 0;
    const onAttempt = () => {
      throw new Error("observer");
    };
    const answer = execute(targets, async () => ++asked, { ...options, onAttempt });
    await expect(answer).rejects.toThrow("observer");
    expect(asked).toBe(1);
  });

  test("waits for a health store that answers later", async () => {
    const { health, options } = setUp();
    const told: string[] = [];
    const later = async <Value>(what: string, value: () => Value): Promise<Value> => {
      await new Promise((resolve) => setImmediate(resolve));
      told.push(what);
      return value();
    };
    const store: HealthStore = {
      read: (names, nowMs) => later("read", () => health.read(names, nowMs)),
      start: (target, call) => later("start", () => target.circuit === "two" && health.start(target, call)),
      report: (reports) => later("report", () => health.report(reports)),
    };
    const ask = async ({ value }: { readonly value: string }) => {
      told.push(`ask ${value}`);
      return value;
    };
    expect(await execute(targets, ask, { ...options, health: store })).toBe("two");
    expect(told).toEqual(["read", "start", "read", "start", "ask two", "report"]);
  });

  test("a key that rests in one call rests in the next", async () => {
    const { options, records } = setUp();
    const limited = new GatewayError("rate_limited", "", { retryAfterMs: 60_000 });
    const attempt = async ({ value }: { value: string }) => {
      if (value === "one") throw limited;
      return value;
    };
    expect(await execute(targets, attempt, options)).toBe("two");
    expect(await execute(targets, attempt, options)).toBe("two");
    expect(records.map(({ target }) => target.value)).toEqual(["one", "two", "two"]);
    const error = await failureOf(execute(targets.slice(0, 1), attempt, options));
    expect([error.code, error.retryAfterMs]).toEqual(["overloaded", 60_000]);
  });

  test("answers that break off are reported as they end, unless the caller is why", async () => {
    const { options, health } = setUp();
    const [target] = targets as [(typeof targets)[0]];
    await execute([target], async () => "begun", options);
    await reportBreak(target, new GatewayError("aborted", ""), options);
    await reportBreak(target, new Error("of a reader"), options);
    expect(health.circuits.get("one")?.seconds.map(({ ended, failed }) => [ended, failed])).toEqual([[1, 0]]);
    await reportBreak(target, new GatewayError("stream_truncated", ""), options);
    expect(health.circuits.get("one")?.seconds.map(({ ended, failed }) => [ended, failed])).toEqual([[1, 1]]);
  });

  test("lets go of the caller's signal and of its timer once it has failed", async () => {
    const { options, clock } = setUp();
    const signal = new AbortController().signal;
    const added: unknown[] = [];
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<AbortSignal["addEventListener"]>) => {
      added.push(args[1]);
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<AbortSignal["removeEventListener"]>) => {
      added.splice(added.indexOf(args[1]), 1);
      removeEventListener.apply(signal, args);
    };
    await failureOf(
      execute(targets, () => Promise.reject(new GatewayError("invalid_request", "")), { ...options, signal }),
    );
    expect([added, clock.pending]).toEqual([[], 0]);
  });
});

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
