import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountsFor, Ledger, type LedgerCommand, type Limit, type NewSettlement } from "@gw/billing";
import { SqliteLedgerStore } from "@gw/billing/sqlite";
import { median } from "./median.ts";

/** Pairs of a hold and a settlement per second, durable, each against one limit. */
export interface PairFigures {
  /** How many accounts the pairs are spread over. */
  readonly accounts: number;
  /** One commit for each pair. */
  readonly alone: number;
  /** One caller, who waits for each half. */
  readonly inTurn: number;
  /** Many callers at once, whose halves share commits. */
  readonly grouped: number;
}

const rounds = 7;
const alonePairs = 1_000;
const groupedPairs = 16_384;
/** Callers at once. */
export const callers = 256;

const limits: Limit[] = [{ name: "team-day", groupBy: "metadata.teamId", limitNanoUsd: 10n ** 17n, per: "day" }];
const price = {
  priceRow: "acme/m@2026-01-01",
  lines: [
    { class: "input", units: 1_000, costPicoUsd: 2_500_000n },
    { class: "output", units: 100, costPicoUsd: 1_500_000n },
  ],
  costNanoUsd: 4_000n,
};
const tokens = { input: 1_000, output: 100 };
const amountNanoUsd = 10_000n;
let started = 0;

function newCall(teams: number) {
  started += 1;
  const metadata = { teamId: `t${started % teams}` };
  const dimensions = {
    organisation: "default",
    project: "default",
    key: "key_1",
    provider: "acme",
    model: "m",
    metadata,
  };
  const atMs = Date.now();
  const operationId = `req_${String(started).padStart(12, "0")}`;
  const expiresAtMs = atMs + 600_000;
  return { operationId, accounts: accountsFor(limits, dimensions, atMs), amountNanoUsd, expiresAtMs, dimensions, atMs };
}

async function alone(store: SqliteLedgerStore, teams: number): Promise<void> {
  for (let pair = 0; pair < alonePairs; pair += 1) {
    const { atMs, ...call } = newCall(teams);
    const { operationId, dimensions } = call;
    const told = { ...price, tokens, estimated: false, errorCode: null, dimensions };
    const settlement: NewSettlement = { ...told, provider: "acme" };
    const commands: LedgerCommand[] = [
      { type: "hold", ...call, atMs },
      { type: "settle", operationId, accounts: null, settlement, atMs },
    ];
    await store.apply(commands);
  }
}

async function grouped(ledger: Ledger, teams: number, pairs: number, atOnce: number): Promise<void> {
  let left = pairs;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { dimensions, ...call } = newCall(teams);
      const { granted } = await ledger.hold({ ...call, dimensions });
      if (!granted) throw new Error("It was not granted");
      await ledger.settle({ operationId: call.operationId, provider: "acme", price, tokens });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
}

/** Measures it in rounds that take turns, so that a busy disk is as busy for all; medians. */
export async function ledgerPairs(): Promise<PairFigures[]> {
  const folder = mkdtempSync(join(tmpdir(), "gw-ledger-"));
  try {
    const figures: PairFigures[] = [];
    for (const accounts of [1, 1_000]) {
      const store = new SqliteLedgerStore(join(folder, `${accounts}.db`));
      const ledger = new Ledger(store);
      const [one, turns, many]: [number[], number[], number[]] = [[], [], []];
      for (let round = 0; round < rounds; round += 1) {
        one.push(await pairsPerSecond(alonePairs, () => alone(store, accounts)));
        turns.push(await pairsPerSecond(alonePairs, () => grouped(ledger, accounts, alonePairs, 1)));
        many.push(await pairsPerSecond(groupedPairs, () => grouped(ledger, accounts, groupedPairs, callers)));
      }
      store.close();
      figures.push({ accounts, alone: median(one), inTurn: median(turns), grouped: median(many) });
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function pairsPerSecond(pairs: number, round: () => Promise<void>): Promise<number> {
  const startedAtMs = performance.now();
  await round();
  return (pairs * 1_000) / (performance.now() - startedAtMs);
}
