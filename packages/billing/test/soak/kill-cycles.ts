import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eachPosting, Ledger, verify } from "../../src/index.ts";
import { SqliteLedgerStore } from "../../src/sqlite.ts";

/** What the cycles came to. */
export interface KillTotals {
  /** Entries that a killed process had acknowledged, all of them found again. */
  acknowledged: number;
  /** Holds that a killed process left open. */
  leftOpen: number;
  /** Those of them that were past their deadline, and expired. */
  expired: number;
}

const writer = fileURLToPath(import.meta.resolve("./ledger-writer.ts"));

/**
 * Kills a process that writes to a ledger, again and again at random moments, and demands after each time that whatever it
 * acknowledged is on the books, that these verify, and that holds past their deadline expire.
 *
 * @param file where the ledger is; it grows from cycle to cycle
 * @throws when something is lost or does not add up
 */
export async function killCycles(file: string, count: number): Promise<KillTotals> {
  const totals: KillTotals = { acknowledged: 0, leftOpen: 0, expired: 0 };
  for (let cycle = 0; cycle < count; cycle += 1) {
    const acknowledged = await writeUntilKilled(file, cycle);
    const store = new SqliteLedgerStore(file);
    try {
      const found = await bookedOf(store);
      const lost = acknowledged.filter((line) => !found.has(line));
      if (lost.length > 0) throw new Error(`cycle ${cycle}: lost ${lost.length}, ${lost[0]} among them`);
      totals.acknowledged += acknowledged.length;
      const { openHolds, problems } = await verify(store, Number.NEGATIVE_INFINITY);
      if (problems.length > 0) throw new Error(`cycle ${cycle}: ${JSON.stringify(problems.slice(0, 5))}`);
      totals.leftOpen += openHolds;
      // A second later than now: all that the process forgot about is due, and nothing else.
      const nowMs = Date.now() + 1_000;
      totals.expired += (await new Ledger(store, { nowMs: () => nowMs }).expireOverdue()).length;
      const after = await verify(store, nowMs);
      if (after.problems.length > 0) throw new Error(`cycle ${cycle}: ${JSON.stringify(after.problems.slice(0, 5))}`);
    } finally {
      store.close();
    }
  }
  return totals;
}

/** @returns the lines it acknowledged, the last one whole */
function writeUntilKilled(file: string, cycle: number): Promise<string[]> {
  return whileWriting(file, () => new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 250)), cycle);
}

/**
 * Does something while a process writes to a ledger, which is killed then.
 *
 * @returns what the process acknowledged, a line each, the last one whole
 */
export async function whileWriting(file: string, run: () => Promise<void>, cycle = 0): Promise<string[]> {
  const child = spawn(process.execPath, ["--conditions=@gw/source", writer, file, String(cycle)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const closed = once(child, "close");
  try {
    // From its first line on: what a process loads is of no interest.
    await Promise.race([once(child.stdout, "data"), closed]);
    await run();
  } finally {
    child.kill("SIGKILL");
  }
  const [, signal] = await closed;
  if (signal !== "SIGKILL") throw new Error(`cycle ${cycle}: the process ended by itself`);
  return text.split("\n").slice(1, -1);
}

/** Everything on the books, in the words of the process. */
async function bookedOf(store: SqliteLedgerStore): Promise<Set<string>> {
  const { lastSeq } = await store.books();
  const booked = new Set<string>();
  for await (const { operationId, kind, settlement } of eachPosting(store, lastSeq)) {
    booked.add(kind === "settle" ? `settle ${operationId} ${settlement?.costNanoUsd}` : `${kind} ${operationId}`);
  }
  return booked;
}
