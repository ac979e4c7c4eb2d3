#!/usr/bin/env node
import { Command } from "commander";
import { checkCommand } from "./commands/check.ts";
import { keysCommand } from "./commands/keys.ts";
import { ledgerCommand } from "./commands/ledger.ts";
import { pricesCommand } from "./commands/prices.ts";
import { startCommand } from "./commands/start.ts";

const program = new Command("gw").description("One API to any model of any vendor.").showHelpAfterError();
program.addCommand(startCommand());
program.addCommand(checkCommand());
program.addCommand(keysCommand());
program.addCommand(ledgerCommand());
program.addCommand(pricesCommand());

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`gw: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
