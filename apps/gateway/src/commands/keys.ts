import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { pino } from "pino";
import { publicKey } from "../admin/key-routes.ts";
import { ClientKeys } from "../keys/client-keys.ts";
import { SqliteLedger } from "../stores/sqlite-ledger.ts";
import { readEnvironment } from "./environment.ts";

/** `gw keys create|list|revoke`, on the data directory: a running gateway learns of it within a second. */
export function keysCommand(): Command {
  const keys = new Command("keys").description("Client keys.");
  keys
    .command("create")
    .description("Make a client key and show it once.")
    .option("--name <name>", "what the key is for", "unnamed")
    .option("--organisation <name>")
    .option("--project <name>")
    .option("--model <model...>", "model strings it may use; provider/* for all of one")
    .option("--expires <time>", "ISO 8601")
    .action(async (options: NewKeyOptions) => {
      const expiresAtMs = options.expires === undefined ? undefined : Date.parse(options.expires);
      if (Number.isNaN(expiresAtMs)) throw new Error("--expires must be an ISO 8601 time");
      const { stored, key } = await withKeys((store) =>
        store.create({
          name: options.name,
          ...(options.organisation !== undefined && { organisation: options.organisation }),
          ...(options.project !== undefined && { project: options.project }),
          ...(options.model !== undefined && { models: options.model }),
          ...(expiresAtMs !== undefined && { expiresAtMs }),
        }),
      );
      print({ ...publicKey(stored), key });
    });
  keys
    .command("list")
    .description("All client keys, without their texts.")
    .action(async () => print((await withKeys((store) => store.list())).map(publicKey)));
  keys
    .command("revoke <id>")
    .description("Take a key back.")
    .action(async (id: string) => {
      if (!(await withKeys((store) => store.revoke(id)))) throw new Error(`there is no key ${id}`);
      print({ id, deleted: true });
    });
  return keys;
}

interface NewKeyOptions {
  readonly name: string;
  readonly organisation?: string;
  readonly project?: string;
  readonly model?: string[];
  readonly expires?: string;
}

async function withKeys<Result>(use: (keys: ClientKeys) => Promise<Result>): Promise<Result> {
  const { dataDirectory } = readEnvironment(process.env, undefined);
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const ledger = new SqliteLedger(join(dataDirectory, "ledger.db"), pino({ level: "silent" }));
  try {
    return await use(await ClientKeys.open(ledger.keys, ""));
  } finally {
    await ledger.close();
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
