import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eachPosting, eachSettled, verify } from "@gw/billing";
import { SqliteLedgerStore } from "@gw/billing/sqlite";
import type { ScriptedReply } from "@gw/provider-testkit";
import { Callers, seeded } from "./callers.ts";
import { startMoneyGateway, streamed, whole } from "./money-gateway.ts";

/** What a stampede of callers against one limit came to. */
export interface Outcome {
  /** The most that was spent and held at once, over all postings, and what is left in the end. */
  readonly mostNanoUsd: bigint;
  readonly limitNanoUsd: bigint;
  readonly leftNanoUsd: bigint;
  /** What the least call has to hold. */
  readonly leastHoldNanoUsd: bigint;
  /** Calls that the upstream billed, and those of them that are on the books for less. */
  readonly billed: number;
  readonly unbilled: readonly string[];
  /** Calls whose caller stayed, and which are on the books for anything but what the upstream billed. */
  readonly wrong: readonly string[];
  readonly overruns: number;
  readonly problems: readonly unknown[];
  readonly refused: number;
  readonly left: number;
}

interface Asked {
  readonly user: string;
  readonly model: string;
  readonly max_tokens: number;
  readonly stream?: boolean;
}

const limitUsd = 0.15;
const inputPrice = 1_000n;

/** Callers who retry on 402 until the limit is used up: streamed and not, some of whom leave, before an upstream that fails now and then. */
export async function stampede(seed: number, count: number): Promise<Outcome> {
  const random = seeded(seed);
  const dataDirectory = mkdtempSync(join(tmpdir(), "gw-money-"));
  const billed = new Map<string, bigint>();
  const truncated = new Set<string>();
  const gateway = await startMoneyGateway(
    (request): ScriptedReply => {
      const { user, model, max_tokens, stream } = request.json() as unknown as Asked;
      const dice = random();
      if (dice < 0.06) return { status: 503, body: "{}" };
      if (dice < 0.1) return { faults: [{ type: "cut", after: "request", how: "reset" }] };
      const output = Math.min(max_tokens, 10 + Math.floor(random() * 60));
      const factor = model === "dear" ? 10n : 1n;
      billed.set(
        user,
        (billed.get(user) ?? 0n) + factor * (BigInt(20) * inputPrice + BigInt(output) * 10n * inputPrice),
      );
      if (stream === true && dice < 0.15) {
        truncated.add(user);
        return { ...streamed(20, output, ["a", "b", "c"]), faults: [{ type: "drop-frames", from: 3 }] };
      }
      const reply = stream === true ? streamed(20, output, ["a", "b", "c"]) : whole(20, output);
      return dice < 0.4 ? { ...reply, faults: [{ type: "delay", delayMs: Math.floor(random() * 20) }] } : reply;
    },
    {
      limits: [{ name: "all", usd: limitUsd, per: "total" }],
      breaker: { failuresInRow: 1_000_000, minCalls: 1_000_000 },
    },
    { dataDirectory },
  );
  const callers = new Callers(gateway.url, count);
  const stayed = new Set<string>();
  let [refused, left] = [0, 0];
  const caller = async (index: number): Promise<void> => {
    for (let number = 0; ; number += 1) {
      const user = `${index}-${number}`;
      const stream = random() < 0.5;
      const body = {
        model: "acme/one",
        user,
        max_tokens: 50 + Math.floor(random() * 150),
        messages: [{ role: "user", content: "hello" }],
        ...(stream && { stream }),
        ...(random() < 0.2 && { fallbacks: ["acme/dear"] }),
      };
      const leaves = random() < 0.1 ? random() * 30 : null;
      const wait = { "gw-hold-wait-ms": String(Math.floor(random() * 400)) };
      const { status, text } = await callers.chat(body, wait, leaves);
      if (status === null) left += 1;
      else if (status === 200) stayed.add(user);
      else if (status === 402) {
        refused += 1;
        // What others hold may come back.
        if ((JSON.parse(text) as { error: { held_usd: number } }).error.held_usd === 0) return;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: count }, (_, index) => caller(index)));
  } finally {
    callers.close();
    await gateway.close();
  }
  const store = new SqliteLedgerStore(join(dataDirectory, "ledger.db"), { readOnly: true });
  try {
    const limitNanoUsd = BigInt(limitUsd * 1e9);
    const report = await verify(store, Date.now());
    const account = "limit/all/total/always/*";
    let [standing, mostNanoUsd] = [0n, 0n];
    for await (const { entries } of eachPosting(store, (await store.books()).lastSeq)) {
      for (const entry of entries) if (entry.account === account) standing += entry.amount;
      if (standing > mostNanoUsd) mostNanoUsd = standing;
    }
    const booked = new Map<string, bigint>();
    for await (const { settlement } of eachSettled(store, { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER })) {
      if (settlement !== null) booked.set(settlement.dimensions.user ?? "", settlement.costNanoUsd ?? 0n);
    }
    return {
      mostNanoUsd,
      limitNanoUsd,
      leftNanoUsd: limitNanoUsd - standing,
      leastHoldNanoUsd: 400n * inputPrice,
      billed: billed.size,
      // Of one that broke off the vendor's count is not known.
      unbilled: [...billed]
        .filter(([user, cost]) => (booked.get(user) ?? 0n) < (truncated.has(user) ? 1n : cost))
        .map(([user]) => user),
      wrong: [...stayed].filter((user) => !truncated.has(user) && booked.get(user) !== billed.get(user)),
      overruns: report.overruns,
      problems: report.problems,
      refused,
      left,
    };
  } finally {
    store.close();
    rmSync(dataDirectory, { recursive: true });
  }
}
