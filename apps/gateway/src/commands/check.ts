import { Command } from "commander";
import { createGateway } from "../gateway.ts";
import { readEnvironment } from "./environment.ts";

/** `gw check`: says whether the configuration can be used, and exits. */
export function checkCommand(): Command {
  return new Command("check")
    .description("Check the configuration and exit.")
    .option("--config <file>", "configuration file (default: GW_CONFIG, or gateway.yaml where it exists)")
    .action(async (options: { config?: string }) => {
      const { configFile, sandbox } = readEnvironment(process.env, options.config);
      const gateway = await createGateway({ ...(configFile !== null && { config: configFile }), sandbox });
      await gateway.close();
      process.stdout.write(`${configFile ?? "the environment"} is a valid configuration\n`);
    });
}
