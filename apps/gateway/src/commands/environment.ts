import { existsSync } from "node:fs";
import { GatewayError } from "@gw/core";

/** What the environment says of a gateway, with the defaults the documentation states. */
export interface GatewayEnvironment {
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** `null` when there is no file: providers come from the environment then. */
  readonly configFile: string | null;
  readonly dataDirectory: string;
  readonly adminKey: string | undefined;
  readonly sandbox: "auto" | "on" | "off";
  readonly logLevel: string;
}

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** Reads the `GW_*` variables. @throws {GatewayError} `invalid_request` naming the variable that makes no sense. */
export function readEnvironment(environment: NodeJS.ProcessEnv, configFile: string | undefined): GatewayEnvironment {
  const file = configFile ?? (environment.GW_CONFIG || undefined);
  return {
    host: environment.GW_HOST || undefined,
    port: readPort(environment.GW_PORT),
    configFile: file ?? (existsSync("gateway.yaml") ? "gateway.yaml" : null),
    dataDirectory: environment.GW_DATA_DIR || ".gw",
    adminKey: environment.GW_ADMIN_KEY || undefined,
    sandbox: oneOf("GW_SANDBOX", environment.GW_SANDBOX, ["auto", "on", "off"], "auto"),
    logLevel: oneOf("GW_LOG_LEVEL", environment.GW_LOG_LEVEL, logLevels, "info"),
  };
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new GatewayError("invalid_request", "GW_PORT must be a port number", { param: "GW_PORT" });
}

function oneOf<Word extends string>(
  name: string,
  text: string | undefined,
  words: readonly Word[],
  absent: NoInfer<Word>,
): Word {
  if (text === undefined || text === "") return absent;
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new GatewayError("invalid_request", `${name} must be one of ${words.join(", ")}`, { param: name });
}
