/**
 * What grouping commits is worth: `pnpm bench:ledger [folder]`. Pairs of a hold and a settlement in SQLite, durable, each
 * against one limit: one commit for each pair, beside what many callers at once come to, on the disk of that folder (the
 * temporary one by default). Medians of rounds that take turns, so that a busy disk is as busy for both.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountsFor, Ledger, type LedgerCommand, type Limit, type NewSettlement } from "@gw/billing";
import { SqliteLedgerStore } from "@gw/billing/sqlite";

const rounds = 7;
const alonePairs = 1_000;
const groupedPairs = 16_384;
const callers = 256;

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

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "gw-ledger-"));
try {
  for (const teams of [1, 1_000]) {
    const store = new SqliteLedgerStore(join(folder, `${teams}.db`));
    const ledger = new Ledger(store);
    const [one, turns, many]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      one.push(await pairsPerSecond(alonePairs, () => alone(store, teams)));
      turns.push(await pairsPerSecond(alonePairs, () => grouped(ledger, teams, alonePairs, 1)));
      many.push(await pairsPerSecond(groupedPairs, () => grouped(ledger, teams, groupedPairs, callers)));
    }
    store.close();
    const [commit, turn, group] = [one, turns, many].map(median) as [number, number, number];
    console.log(`${teams} account${teams === 1 ? "" : "s"}`);
    console.log(`  one commit for each pair:            ${commit.toFixed(0)} pairs/s`);
    console.log(`  one caller, who waits for each half: ${turn.toFixed(0)} pairs/s`);
    console.log(`  ${callers} callers, grouped:                ${group.toFixed(0)} pairs/s`);
    console.log(`  grouped to one commit for each pair: ${(group / commit).toFixed(1)} x (at least 15 is the aim)`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function pairsPerSecond(pairs: number, round: () => Promise<void>): Promise<number> {
  const startedAtMs = performance.now();
  await round();
  return (pairs * 1_000) / (performance.now() - startedAtMs);
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
