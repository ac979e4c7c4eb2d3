import { readFileSync } from "node:fs";
import { type CatalogModel, catalog, comparePrices, loadCatalog } from "@gw/catalog";
import { GatewayError } from "@gw/core";
import { Command } from "commander";
import { configuredCatalog } from "../config/configured-models.ts";
import { loadConfig } from "../config/load-config.ts";
import { readEnvironment } from "./environment.ts";
import { compareWithGenaiPrices } from "./genai-prices.ts";

/** `gw prices diff`: where two sources of prices do not agree, without a network. */
export function pricesCommand(): Command {
  const prices = new Command("prices").description("What models cost.");
  prices
    .command("diff [file] [other]")
    .description(
      "Compare the shipped prices with those of the configuration, or with a catalogue file, or two such files. " +
        "With genai-prices: the prices of the configuration with those of the installed @pydantic/genai-prices.",
    )
    .option("--config <file>", "configuration file (default: GW_CONFIG, or gateway.yaml where it exists)")
    .action(async (file: string | undefined, other: string | undefined, options: { config?: string }) => {
      if (file === "genai-prices" && other === undefined) {
        return print(await compareWithGenaiPrices(configured(options.config), Date.now()));
      }
      const [one, two] =
        file === undefined
          ? [catalog, configured(options.config)]
          : other === undefined
            ? [catalog, fromFile(file)]
            : [fromFile(file), fromFile(other)];
      print({ differences: comparePrices(one, two) });
    });
  return prices;
}

function print(result: object): void {
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}

function configured(file: string | undefined) {
  const { configFile } = readEnvironment(process.env, file);
  return configuredCatalog(configFile === null ? {} : loadConfig(configFile, process.env));
}

function fromFile(file: string): { models(): readonly CatalogModel[] } {
  try {
    const models = loadCatalog(JSON.parse(readFileSync(file, "utf8")));
    return { models: () => models };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError("invalid_request", `${file}: ${reason}`, { cause });
  }
}
