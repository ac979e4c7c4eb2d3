import { rmSync } from "node:fs";
import { join } from "node:path";
import { eachSettled, type LedgerReport, type LedgerStore, type Posting, verify } from "@gw/billing";
import { SqliteLedgerStore } from "@gw/billing/sqlite";
import { newDirectory } from "../operation/gateway-process.ts";
import { Callers, seeded } from "./callers.ts";
import { type MoneyGateway, startMoneyGateway } from "./money-gateway.ts";
import { UnsteadyVendor } from "./unsteady-vendor.ts";

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
  readonly refused: number;
  readonly left: number;
  /** Attempts that the upstream billed, and of which no caller got anything. */
  readonly wasted: number;
}

const limitUsd = 0.06;
const inputPrice = 1_000n;

/** One gateway and the callers before it. Each stampede has a limit of its own. */
export class Stampedes {
  readonly #gateway: MoneyGateway;
  readonly #vendor: UnsteadyVendor;
  readonly #callers: Callers;
  readonly #count: number;
  readonly #dataDirectory: string;
  readonly #store: LedgerStore & { close(): void };
  #lastSeq = 0;

  private constructor(gateway: MoneyGateway, vendor: UnsteadyVendor, count: number, dataDirectory: string) {
    this.#gateway = gateway;
    this.#vendor = vendor;
    this.#callers = new Callers(gateway.url, count);
    this.#count = count;
    this.#dataDirectory = dataDirectory;
    this.#store = new SqliteLedgerStore(join(dataDirectory, "ledger.db"), { readOnly: true });
  }

  /** @param count of callers */
  static async start(count: number): Promise<Stampedes> {
    const dataDirectory = newDirectory();
    const vendor = new UnsteadyVendor(inputPrice);
    const gateway = await startMoneyGateway(
      (request) => vendor.answer(request),
      {
        limits: [{ name: "all", scope: { metadata: "run" }, usd: limitUsd, per: "total" }],
        breaker: { failuresInRow: 1_000_000, minCalls: 1_000_000 },
      },
      { dataDirectory },
    );
    return new Stampedes(gateway, vendor, count, dataDirectory);
  }

  /** Callers who retry on 402 until the limit is used up: streamed and not, some of whom leave, before an upstream that fails now and then. */
  async run(seed: number): Promise<Outcome> {
    const random = seeded(seed);
    this.#vendor.begin(random);
    const fromMs = Date.now();
    const stayed = new Set<string>();
    let [refused, left] = [0, 0];
    const caller = async (index: number): Promise<void> => {
      for (let number = 0; ; number += 1) {
        const user = `${seed}-${index}-${number}`;
        const stream = random() < 0.5;
        const body = {
          model: "acme/one",
          user,
          max_tokens: 50 + Math.floor(random() * 150),
          messages: [{ role: "user", content: "hello" }],
          ...(stream && { stream }),
        };
        this.#vendor.expect(user, JSON.stringify(body).length);
        const asked = { ...body, ...(random() < 0.2 && { fallbacks: ["acme/dear"] }) };
        const leaves = random() < 0.1 ? random() * 30 : null;
        const headers = {
          "gw-metadata": JSON.stringify({ run: String(seed) }),
          // Some have no patience.
          "gw-hold-wait-ms": String(Math.floor(random() * (random() < 0.1 ? 100 : 3_000))),
        };
        const { status, text } = await this.#callers.chat(asked, headers, leaves);
        if (status === null) left += 1;
        else stayed.add(user);
        if (status === 402) {
          refused += 1;
          // What others hold may come back.
          if ((JSON.parse(text) as { error: { held_usd: number } }).error.held_usd === 0) return;
        }
      }
    };
    await Promise.all(Array.from({ length: this.#count }, (_, index) => caller(index)));
    const account = `limit/all/total/always/=${seed}`;
    await this.#settled(account);
    const { standing, most } = await this.#standings(account);
    const booked = new Map<string, bigint>();
    for await (const { settlement } of eachSettled(this.#store, { fromMs, toMs: Number.MAX_SAFE_INTEGER })) {
      if (settlement !== null) booked.set(settlement.dimensions.user ?? "", settlement.costNanoUsd ?? 0n);
    }
    const limitNanoUsd = BigInt(limitUsd * 1e9);
    const { bills, wasted } = this.#vendor;
    return {
      mostNanoUsd: most,
      limitNanoUsd,
      leftNanoUsd: limitNanoUsd - standing,
      leastHoldNanoUsd: 400n * inputPrice,
      billed: bills.size,
      unbilled: [...bills].filter(([user, bill]) => (booked.get(user) ?? 0n) < bill.nanoUsd).map(([user]) => user),
      wrong: [...stayed].filter((user) => {
        const { nanoUsd, exact } = bills.get(user) ?? { nanoUsd: 0n, exact: true };
        return exact && (booked.get(user) ?? 0n) !== nanoUsd;
      }),
      refused,
      left,
      wasted,
    };
  }

  /** Closes the gateway, and proves its books. */
  async close(): Promise<LedgerReport> {
    this.#callers.close();
    await this.#gateway.close();
    try {
      return await verify(this.#store, Date.now());
    } finally {
      this.#store.close();
      rmSync(this.#dataDirectory, { recursive: true });
    }
  }

  /** Streams whose callers left go on for a while. */
  async #settled(account: string): Promise<void> {
    const until = performance.now() + 15_000;
    for (;;) {
      const [balance] = await this.#store.balances([account]);
      if (balance?.heldNanoUsd === 0n) return;
      if (performance.now() > until) throw new Error(`${balance?.heldNanoUsd} is held still`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** What was spent and held on an account after each posting since the last stampede. */
  async #standings(account: string): Promise<{ readonly standing: bigint; readonly most: bigint }> {
    let [standing, most] = [0n, 0n];
    for (let page = await this.#page(); page.length > 0; page = await this.#page()) {
      for (const { seq, entries } of page) {
        this.#lastSeq = seq;
        for (const entry of entries) if (entry.account === account) standing += entry.amount;
        if (standing > most) most = standing;
      }
    }
    return { standing, most };
  }

  #page(): Promise<readonly Posting[]> {
    return this.#store.postings(this.#lastSeq, 1_000);
  }
}
