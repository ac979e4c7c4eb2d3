import type { KeyLimit } from "../money/gateway-limit.ts";

/** A client key as it is kept: its hash, never its text. */
export interface StoredKey {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the key, in hex. */
  readonly hash: string;
  readonly organisation: string;
  readonly project: string;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  /** Model strings it may use, `null` for all. */
  readonly models: readonly string[] | null;
  /** What it may spend; at most one for each kind of window. */
  readonly limits: readonly KeyLimit[];
  /** As `gw-on-disconnect` is written; `null`: what is configured. */
  readonly onDisconnect: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
}

/** Client keys, durable. */
export interface KeyStore {
  list(): Promise<readonly StoredKey[]>;
  insert(key: StoredKey): Promise<void>;
  /** @returns whether there was such a key */
  delete(id: string): Promise<boolean>;
  /** A number that changes when somebody else has changed the keys. */
  version(): Promise<number>;
}
