/**
 * More of what the tests do, for a long time: `run.ts operations [count]` (10 million random operations by default, in memory
 * and in SQLite), `run.ts kills [count]` (500 processes killed by default). Leaves with status 1 when something differs.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryLedgerStore } from "../../src/index.ts";
import { SqliteLedgerStore } from "../../src/sqlite.ts";
import { killCycles } from "./kill-cycles.ts";
import { randomOperations } from "./random-operations.ts";

const [what, count] = process.argv.slice(2);
const perSeed = 100_000;
const folder = mkdtempSync(join(tmpdir(), "gw-billing-"));
try {
  if (what === "operations") {
    const seeds = Math.ceil(Number(count ?? 10_000_000) / perSeed);
    for (let seed = 0; seed < seeds; seed += 1) {
      await randomOperations(new MemoryLedgerStore(), { seed, count: perSeed });
      const store = new SqliteLedgerStore(join(folder, `${seed}.db`));
      await randomOperations(store, { seed, count: perSeed });
      store.close();
      rmSync(join(folder, `${seed}.db`));
    }
    console.log(`${seeds * perSeed} operations in each store, difference 0`);
  } else if (what === "kills") {
    console.log(await killCycles(join(folder, "ledger.db"), Number(count ?? 500)));
  } else {
    console.error("Usage: run.ts operations|kills [count]");
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
