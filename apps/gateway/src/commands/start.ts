import { Command } from "commander";
import { destination, type Logger, pino } from "pino";
import { createGateway, type Gateway } from "../gateway.ts";
import { readEnvironment } from "./environment.ts";

/** `gw start`: serves until it is told to stop. */
export function startCommand(): Command {
  return new Command("start")
    .description("Start the gateway.")
    .option("--config <file>", "configuration file (default: GW_CONFIG, or gateway.yaml where it exists)")
    .action(async (options: { config?: string }) => start(options.config));
}

async function start(configFile: string | undefined): Promise<void> {
  const environment = readEnvironment(process.env, configFile);
  // Logs must never slow a call down: they are written behind, in pieces.
  const stderr = destination({ fd: 2, sync: false, minLength: 4_096 });
  const logger = pino({ level: environment.logLevel }, stderr);
  setInterval(() => stderr.flush(), 200).unref();
  const gateway = await createGateway({
    ...(environment.configFile !== null && { config: environment.configFile }),
    ...(environment.adminKey !== undefined && { adminKey: environment.adminKey }),
    dataDirectory: environment.dataDirectory,
    sandbox: environment.sandbox,
    logger,
  });
  let url: string;
  try {
    ({ url } = await gateway.listen({
      ...(environment.host !== undefined && { host: environment.host }),
      ...(environment.port !== undefined && { port: environment.port }),
    }));
  } catch (cause) {
    await gateway.close();
    throw cause;
  }
  handleSignals(gateway, logger);
  if (gateway.freshAdminKey !== null) {
    process.stdout.write(`admin key, shown this once: ${gateway.freshAdminKey}\n`);
  }
  if (gateway.sandbox) process.stdout.write("answers come from the sandbox, no vendor is called (gw-sandbox: true)\n");
  process.stdout.write(`gw ready on ${url}\n`);
}

function handleSignals(gateway: Gateway, logger: Logger): void {
  let stopping = false;
  const stop = (): void => {
    // Whoever starts the gateway may pass on a signal that the gateway got itself: a second one changes nothing.
    if (stopping) return;
    stopping = true;
    gateway.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.fatal({ err: error }, "the gateway could not be stopped in good order");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("SIGHUP", () => {
    gateway.reload().then(
      () => logger.info("configuration reloaded"),
      (error: unknown) => logger.error({ err: error }, "configuration kept: the new one is wrong"),
    );
  });
}
