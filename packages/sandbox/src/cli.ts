#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { JsonValue } from "@gw/core";
import { readScenario } from "./scenario.ts";
import { startSandbox } from "./start-sandbox.ts";

const usage = "gw-sandbox [--host 127.0.0.1] [--port 4010] [--pace-ms 5] [--scenario FILE.json]";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      host: { type: "string" },
      port: { type: "string", default: "4010" },
      "pace-ms": { type: "string", default: "5" },
      scenario: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    console.log(usage);
    return;
  }
  const scenario =
    values.scenario === undefined ? [] : readScenario(JSON.parse(await readFile(values.scenario, "utf8")) as JsonValue);
  const sandbox = await startSandbox({
    ...(values.host !== undefined && { host: values.host }),
    port: Number(values.port),
    paceMs: Number(values["pace-ms"]),
    scenario,
  });
  console.log(`gw-sandbox ready on ${sandbox.url}`);
  const stop = (): void => void sandbox.close();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  console.error(usage);
  process.exitCode = 1;
});
