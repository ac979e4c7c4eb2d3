import { rmSync } from "node:fs";
import { join } from "node:path";
import { eachSettled, type LedgerReport, verify } from "@gw/billing";
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

interface Standing {
  nanoUsd: bigint;
  mostNanoUsd: bigint;
}

/** One gateway and the callers before it. Each stampede has a limit and a vendor of its own, so that several may run at once. */
export class Stampedes {
  readonly #gateway: MoneyGateway;
  readonly #vendors: Map<string, UnsteadyVendor>;
  readonly #callers: Callers;
  readonly #dataDirectory: string;
  readonly #store: SqliteLedgerStore;
  /** Of the limits' accounts, as of the posting `lastSeq`. */
  readonly #standings = new Map<string, Standing>();
  #lastSeq = 0;
  #closed = false;

  private constructor(gateway: MoneyGateway, vendors: Map<string, UnsteadyVendor>, dataDirectory: string) {
    this.#gateway = gateway;
    this.#vendors = vendors;
    this.#callers = new Callers(gateway.url, Number.POSITIVE_INFINITY);
    this.#dataDirectory = dataDirectory;
    this.#store = new SqliteLedgerStore(join(dataDirectory, "ledger.db"), { readOnly: true });
  }

  static async start(): Promise<Stampedes> {
    const dataDirectory = newDirectory();
    const vendors = new Map<string, UnsteadyVendor>();
    const gateway = await startMoneyGateway(
      (request) => {
        const { user } = request.json() as { user: string };
        return (vendors.get(user.slice(0, user.indexOf("-"))) as UnsteadyVendor).answer(request);
      },
      {
        limits: [{ name: "all", scope: { metadata: "run" }, usd: limitUsd, per: "total" }],
        breaker: { failuresInRow: 1_000_000, minCalls: 1_000_000 },
      },
      { dataDirectory },
    );
    return new Stampedes(gateway, vendors, dataDirectory);
  }

  /**
   * Callers who retry on 402 until the limit is used up: streamed and not, some of whom leave, before an upstream that fails now
   * and then.
   *
   * @param count of callers
   */
  async run(seed: number, count: number): Promise<Outcome> {
    const random = seeded(seed);
    const vendor = new UnsteadyVendor(inputPrice, random);
    this.#vendors.set(String(seed), vendor);
    const fromMs = Date.now();
    const stayed = new Set<string>();
    let [refused, left] = [0, 0];
    const caller = async (index: number): Promise<void> => {
      for (let number = 0; !this.#closed; number += 1) {
        const user = `${seed}-${index}-${number}`;
        const stream = random() < 0.5;
        const body = {
          model: "acme/one",
          user,
          max_tokens: 50 + Math.floor(random() * 150),
          messages: [{ role: "user", content: "hello" }],
          ...(stream && { stream }),
        };
        vendor.expect(user, JSON.stringify(body).length);
        const asked = { ...body, ...(random() < 0.2 && { fallbacks: ["acme/dear"] }) };
        const leaves = random() < 0.1 ? random() * 30 : null;
        const headers = {
          "gw-metadata": JSON.stringify({ run: String(seed) }),
          // Most wait in line; some have no patience, and ask again and again.
          "gw-hold-wait-ms": String(Math.floor(random() * (random() < 0.15 ? 100 : 10_000))),
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
    await Promise.all(Array.from({ length: count }, (_, index) => caller(index)));
    const account = `limit/all/total/always/=${seed}`;
    await this.#settled(account);
    await this.#readPostings();
    const standing = this.#standings.get(account) as Standing;
    const booked = new Map<string, bigint>();
    for await (const { settlement } of eachSettled(this.#store, { fromMs, toMs: Number.MAX_SAFE_INTEGER })) {
      if (settlement !== null) booked.set(settlement.dimensions.user ?? "", settlement.costNanoUsd ?? 0n);
    }
    const limitNanoUsd = BigInt(limitUsd * 1e9);
    const { bills, wasted } = vendor;
    return {
      mostNanoUsd: standing.mostNanoUsd,
      limitNanoUsd,
      leftNanoUsd: limitNanoUsd - standing.nanoUsd,
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
    this.#closed = true;
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

  /** Follows what is spent and held on each account, posting by posting. */
  async #readPostings(): Promise<void> {
    const { lastSeq } = await this.#store.books();
    while (this.#lastSeq < lastSeq) {
      for (const { seq, entries } of await this.#store.postings(this.#lastSeq, 1_000)) {
        // Another stampede may be reading, too.
        if (seq <= this.#lastSeq) continue;
        this.#lastSeq = seq;
        for (const { account, amount } of entries) {
          const standing = this.#standings.get(account) ?? { nanoUsd: 0n, mostNanoUsd: 0n };
          standing.nanoUsd += amount;
          this.#standings.set(account, standing);
        }
        for (const { account } of entries) {
          const standing = this.#standings.get(account) as Standing;
          if (standing.nanoUsd > standing.mostNanoUsd) standing.mostNanoUsd = standing.nanoUsd;
        }
      }
    }
  }
}
