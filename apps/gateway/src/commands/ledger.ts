import { existsSync } from "node:fs";
import { join } from "node:path";
import { Ledger, type LedgerStore, verify } from "@gw/billing";
import { SqliteLedgerStore } from "@gw/billing/sqlite";
import { Command } from "commander";
import { configuredCatalog } from "../config/configured-models.ts";
import { loadConfig } from "../config/load-config.ts";
import { repriced } from "../money/repriced.ts";
import { usdNumber } from "../money/usd.ts";
import { readEnvironment } from "./environment.ts";

// A gateway that runs settles holds a second or so after their deadline, and one that starts does so first of all.
const graceMs = 600_000;

/** `gw ledger verify|reprice`, on the data directory, beside a running gateway too. */
export function ledgerCommand(): Command {
  const ledger = new Command("ledger").description("The books.");
  ledger
    .command("verify")
    .description("Prove the books from their entries; exits 1 where something does not add up.")
    .action(async () => {
      const report = await withStore(true, (store) => verify(store, Date.now() - graceMs));
      print(report);
      if (report.problems.length > 0) process.exitCode = 1;
    });
  ledger
    .command("reprice")
    .description("Show what the prices of now would have meant for calls of the past.")
    .option("--config <file>", "configuration file (default: GW_CONFIG, or gateway.yaml where it exists)")
    .option("--from <time>", "ISO 8601; the beginning of the books by default")
    .option("--to <time>", "ISO 8601; now by default")
    .option("--book", "book the differences, as new entries")
    .action(async (options: RepriceOptions) => {
      const { configFile } = readEnvironment(process.env, options.config);
      const catalog = configuredCatalog(configFile === null ? {} : loadConfig(configFile, process.env));
      const range = { fromMs: timeOf(options.from, "--from") ?? 0, toMs: timeOf(options.to, "--to") ?? Date.now() };
      const changes = await withStore(options.book !== true, async (store) => {
        const found = await repriced(store, catalog, range);
        const books = new Ledger(store);
        if (options.book === true) for (const { operationId, price } of found) await books.correct(operationId, price);
        return found;
      });
      print({
        booked: options.book === true,
        difference_usd: usdNumber(
          changes.reduce((sum, { costNanoUsd, price }) => sum + price.costNanoUsd - (costNanoUsd ?? 0n), 0n),
        ),
        changes: changes.map(({ operationId, costNanoUsd, price }) => ({
          operation: operationId,
          cost_usd: costNanoUsd === null ? null : usdNumber(costNanoUsd),
          corrected_usd: usdNumber(price.costNanoUsd),
          price_row: price.priceRow,
        })),
      });
    });
  return ledger;
}

interface RepriceOptions {
  readonly config?: string;
  readonly from?: string;
  readonly to?: string;
  readonly book?: boolean;
}

function timeOf(text: string | undefined, option: string): number | null {
  if (text === undefined) return null;
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs)) throw new Error(`${option} must be an ISO 8601 time`);
  return timeMs;
}

async function withStore<Result>(readOnly: boolean, use: (store: LedgerStore) => Promise<Result>): Promise<Result> {
  const { dataDirectory } = readEnvironment(process.env, undefined);
  const file = join(dataDirectory, "ledger.db");
  if (!existsSync(file)) throw new Error(`there are no books in ${dataDirectory}`);
  const store = new SqliteLedgerStore(file, { readOnly });
  try {
    return await use(store);
  } finally {
    store.close();
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
