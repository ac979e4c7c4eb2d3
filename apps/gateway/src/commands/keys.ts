import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { keyLimitSchema, onDisconnectSchema, publicKey } from "../admin/key-routes.ts";
import { ClientKeys } from "../keys/client-keys.ts";
import type { KeyLimit } from "../money/gateway-limit.ts";
import { GatewayDatabase } from "../stores/gateway-database.ts";
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
    .option("--usd <amount>", "what it may spend in each window of --per")
    .option("--per <window>", "hour, day, week, month or total (default: total)")
    .option("--on-disconnect <rule>", "detach or cancel, with ;grace=SECONDS: for streams that nobody reads any more")
    .option("--expires <time>", "ISO 8601")
    .action(async (options: NewKeyOptions) => {
      const expiresAtMs = options.expires === undefined ? undefined : Date.parse(options.expires);
      if (Number.isNaN(expiresAtMs)) throw new Error("--expires must be an ISO 8601 time");
      const limits = limitsOf(options);
      const { onDisconnect } = options;
      if (onDisconnect !== undefined && !onDisconnectSchema.safeParse(onDisconnect).success) {
        throw new Error("--on-disconnect must be detach or cancel, with ;grace=SECONDS");
      }
      const { stored, key } = await withKeys((store) =>
        store.create({
          name: options.name,
          ...(options.organisation !== undefined && { organisation: options.organisation }),
          ...(options.project !== undefined && { project: options.project }),
          ...(options.model !== undefined && { models: options.model }),
          ...(limits.length > 0 && { limits }),
          ...(onDisconnect !== undefined && { onDisconnect }),
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
  readonly onDisconnect?: string;
  readonly usd?: string;
  readonly per?: string;
}

function limitsOf({ usd, per }: NewKeyOptions): readonly KeyLimit[] {
  if (usd === undefined) {
    if (per === undefined) return [];
    throw new Error("--per needs --usd");
  }
  const limit = keyLimitSchema.safeParse({ usd: usd.trim() === "" ? Number.NaN : Number(usd), per: per ?? "total" });
  if (limit.success) return [limit.data];
  throw new Error("--usd must be an amount, and --per one of hour, day, week, month and total");
}

async function withKeys<Result>(use: (keys: ClientKeys) => Promise<Result>): Promise<Result> {
  const { dataDirectory } = readEnvironment(process.env, undefined);
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const data = new GatewayDatabase(join(dataDirectory, "ledger.db"));
  try {
    return await use(await ClientKeys.open(data.keys, ""));
  } finally {
    data.close();
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
