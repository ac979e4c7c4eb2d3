/**
 * A process to be killed: `ledger-writer.ts FILE CYCLE`. Holds, meters, extends and settles without end, and says on stdout
 * what was acknowledged: `hold ID`, `settle ID COST`, `expire ID`.
 */
import { writeSync } from "node:fs";
import { accountsFor, Ledger } from "../../src/index.ts";
import { SqliteLedgerStore } from "../../src/sqlite.ts";

const [file = "", cycle = ""] = process.argv.slice(2);
const limits = [
  { name: "team-day", groupBy: "metadata.teamId" as const, limitNanoUsd: 10n ** 15n, per: "day" as const },
  { name: "all", limitNanoUsd: 10n ** 15n, per: "total" as const },
];
const ledger = new Ledger(new SqliteLedgerStore(file));
// Synchronous, so that nothing acknowledged is in a buffer when the kill comes.
const say = (line: string): number => writeSync(1, `${line}\n`);

let started = 0;
async function caller(team: number): Promise<void> {
  while (true) {
    started += 1;
    const cost = BigInt(started % 900);
    const operationId = `${cycle}-${started}`;
    const dimensions = { provider: "acme", metadata: { teamId: `t${team}` } };
    const accounts = accountsFor(limits, dimensions, Date.now());
    const hold = { operationId, accounts, amountNanoUsd: 1_000n, dimensions };
    // One in ten is forgotten about, and past its deadline soon.
    const forgotten = started % 10 === 0;
    const result = await ledger.hold({ ...hold, expiresAtMs: Date.now() + (forgotten ? 20 : 600_000) });
    if (!result.granted) throw new Error("It was not granted");
    say(`hold ${operationId}`);
    if (forgotten) continue;
    await ledger.meter(operationId, cost);
    const price = { priceRow: "acme/m@2026-01-01", lines: [], costNanoUsd: cost };
    await ledger.settle({ operationId, provider: "acme", price });
    say(`settle ${operationId} ${cost}`);
  }
}

async function sweep(): Promise<void> {
  for (const { operationId } of await ledger.expireOverdue()) say(`expire ${operationId}`);
  setTimeout(sweep, 10);
}

say("ready");
await Promise.all([sweep(), ...Array.from({ length: 16 }, (_, team) => caller(team))]);
