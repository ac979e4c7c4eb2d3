import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eachPosting, type Posting, verify } from "@gw/billing";
import { SqliteLedgerStore } from "@gw/billing/sqlite";
import { startUpstream, type Upstream } from "@gw/provider-testkit";
import { afterEach, expect, it } from "vitest";
import { type GatewayProcess, newDirectory, runGw } from "../operation/gateway-process.ts";
import { adminKey } from "../robustness/running-gateway.ts";
import { Callers } from "./callers.ts";
import { chat, price, streamed, whole } from "./money-gateway.ts";

const cycles = 5;
const callersAtOnce = 32;
const environment = { GW_ADMIN_KEY: adminKey, GW_DATA_DIR: "data", GW_LOG_LEVEL: "warn" };

const processes: GatewayProcess[] = [];
let upstream: Upstream | null = null;
afterEach(async () => {
  for (const process of processes.splice(0)) {
    process.kill("SIGKILL");
    await process.ended();
  }
  await upstream?.close();
});

function started(directory: string): GatewayProcess {
  const process = runGw(["start"], directory, environment);
  processes.push(process);
  return process;
}

/** Calls without end until the gateway is gone. @returns those that were answered in full */
async function callUntilGone(url: string, cycle: number, isOver: () => boolean): Promise<string[]> {
  const callers = new Callers(url, callersAtOnce);
  const answered: string[] = [];
  const caller = async (index: number): Promise<void> => {
    for (let number = 0; !isOver(); number += 1) {
      const user = `${cycle}-${index}-${number}`;
      const stream = Math.random() < 0.5 && { stream: true, stream_options: { include_usage: true } };
      const { status, text } = await callers.chat(chat({ user, max_tokens: 100, ...stream }), {}, null);
      if (status === null) continue;
      expect(status).toBe(200);
      if (text.includes('"total_tokens"')) answered.push(user);
    }
  };
  await Promise.all(Array.from({ length: callersAtOnce }, (_, index) => caller(index)));
  callers.close();
  return answered;
}

/** What closed each call, by its user; what is open is not among it. */
async function closings(file: string): Promise<Map<string, Posting>> {
  const store = new SqliteLedgerStore(file, { readOnly: true });
  try {
    expect((await verify(store, Number.NEGATIVE_INFINITY)).problems).toEqual([]);
    const closed = new Map<string, Posting>();
    for await (const posting of eachPosting(store, (await store.books()).lastSeq)) {
      const { settlement } = posting;
      if (settlement === null) continue;
      expect(closed.has(settlement.dimensions.user ?? "")).toBe(false);
      closed.set(settlement.dimensions.user ?? "", posting);
    }
    return closed;
  } finally {
    store.close();
  }
}

it(`what ${cycles} killed gateways had answered is on the books, and so is what they left open`, async () => {
  const billed = new Map<string, bigint>();
  upstream = await startUpstream((request) => {
    const { user, stream } = request.json() as { user: string; stream?: boolean };
    const output = 1 + Math.floor(Math.random() * 100);
    billed.set(user, BigInt(20 + 10 * output) * 1_000n);
    const reply = stream === true ? streamed(20, output) : whole(20, output);
    return { ...reply, faults: [{ type: "delay", delayMs: Math.floor(Math.random() * 40) }] };
  });
  const directory = newDirectory();
  const acme = {
    package: "@gw/provider-openai-compatible",
    baseUrl: `${upstream.url}/v1`,
    apiKey: "k",
    models: [{ id: "one", price }],
  };
  const limits = [{ name: "all", usd: 1_000, per: "total" }];
  writeFileSync(join(directory, "gateway.yaml"), JSON.stringify({ providers: { acme }, limits }));
  const file = join(directory, "data/ledger.db");

  const answered: string[] = [];
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const gateway = started(directory);
    const url = await gateway.ready();
    let over = false;
    const calling = callUntilGone(url, cycle, () => over);
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 500));
    over = true;
    gateway.kill("SIGKILL");
    answered.push(...(await calling));
    await gateway.ended();
    await closings(file);
  }
  const openHolds = billed.size - (await closings(file)).size;
  expect(Math.min(answered.length, openHolds)).toBeGreaterThan(0);

  const again = started(directory);
  const url = await again.ready();
  const heldUsd = async (): Promise<unknown> => {
    const headers = { authorization: `Bearer ${adminKey}` };
    const { data } = (await (await fetch(`${url}/admin/v1/limits`, { headers })).json()) as { data: object[] };
    return data[0];
  };
  await expect.poll(heldUsd, { timeout: 30_000, interval: 200 }).toMatchObject({ held_usd: 0 });
  again.kill("SIGTERM");
  expect(await again.ended()).toBe(0);

  const closed = await closings(file);
  // To the nano-USD what a gateway lived to book; of the others all that was held.
  const missing = [...billed].filter(([user, cost]) => {
    const { kind, settlement } = closed.get(user) ?? {};
    const booked = settlement?.costNanoUsd ?? 0n;
    return kind === "settle" ? booked !== cost : booked < cost;
  });
  expect(missing).toEqual([]);
  expect(answered.filter((user) => !closed.has(user))).toEqual([]);
  expect((await verified(directory)).exitCode).toBe(0);
  rmSync(directory, { recursive: true });
}, 90_000);

async function verified(directory: string): Promise<{ exitCode: number | string }> {
  const process = runGw(["ledger", "verify"], directory, environment);
  return { exitCode: await process.ended() };
}
