import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashKey } from "../pipeline/authenticate.ts";

/** The admin key's hash, and its text when it was made just now. */
export interface AdminKey {
  readonly hash: string;
  /** To be shown once. */
  readonly fresh: string | null;
}

/**
 * The admin key: from `GW_ADMIN_KEY`, else from `<data dir>/admin-key`, else a new one that is written there for its owner
 * alone to read.
 */
export function adminKey(dataDirectory: string | null, configured: string | undefined): AdminKey {
  if (configured !== undefined && configured !== "") return { hash: hashKey(configured), fresh: null };
  const file = dataDirectory === null ? null : join(dataDirectory, "admin-key");
  if (file !== null && existsSync(file)) return { hash: hashKey(readFileSync(file, "utf8").trim()), fresh: null };
  const key = `gw_admin_${randomBytes(32).toString("base64url")}`;
  if (file !== null) writeFileSync(file, `${key}\n`, { mode: 0o600 });
  return { hash: hashKey(key), fresh: key };
}
