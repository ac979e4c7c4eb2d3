/**
 * What it costs that every call is on the books and no limit is passed: `pnpm bench:money`, and with `--write` into
 * `docs/performance.md`. Pricing, in the process; pairs of a hold and a settlement in SQLite, on the temporary folder's disk; and what
 * a limit in scope adds to a call through the gateway.
 */
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { holdOverHttp } from "./hold-over-http.ts";
import { callers, ledgerPairs } from "./ledger-pairs.ts";
import { writeSection } from "./page.ts";
import { pricingUs } from "./pricing.ts";

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });

const httpRounds = 9;
const pricing = pricingUs();
const pairs = await ledgerPairs();
const { free, limited, flush } = await holdOverHttp(httpRounds, 1_500);

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const text = `## Money

What it costs that every call is on the books and no limit is passed, by \`pnpm bench:money --write\`, all in one run. Machine: ${cpus().length} cores, ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}. Commit ${commit}.

Finding a call's price row and pricing its usage takes ${pricing.toFixed(2)} µs (at most 5).

Pairs of a hold and a settlement per second, each durable in SQLite and against one limit; medians of rounds that take turns.

| accounts | one commit for each pair | one caller, who waits for each half | ${callers} callers, grouped | grouped to one commit | aim |
| --- | --- | --- | --- | --- | --- |
${pairs.map((row) => `| ${[row.accounts, ...[row.alone, row.inTurn, row.grouped].map((figure) => figure.toFixed(0)), (row.grouped / row.alone).toFixed(1)].join(" | ")} | at least 15 |`).join("\n")}

Over HTTP, through the gateway, calls one after the other, medians of ${httpRounds} rounds in turns. The flush is that of this disk by itself.

| a call without a limit ms | with one ms | added ms | a flush ms | aim: a flush and 0.1 ms |
| --- | --- | --- | --- | --- |
| ${[free, limited, limited - free, flush, flush + 0.1].map((figure) => figure.toFixed(3)).join(" | ")} |`;

process.stdout.write(`${text}\n`);
if (values.write) writeSection("money", text);
