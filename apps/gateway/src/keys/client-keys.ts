import { randomBytes, randomUUID } from "node:crypto";
import { type KeyLimit, keyLimits } from "../money/gateway-limit.ts";
import { hashKey, type KeyRing } from "../pipeline/authenticate.ts";
import type { KeyStore, StoredKey } from "../stores/key-store.ts";
import { parseDisconnectRule } from "../streams/disconnect-rule.ts";
import type { Principal } from "../tenant.ts";

/** What a new key is to be. */
export interface NewKey {
  readonly name: string;
  readonly organisation?: string;
  readonly project?: string;
  readonly metadata?: StoredKey["metadata"];
  readonly models?: readonly string[];
  readonly limits?: readonly KeyLimit[];
  /** As `gw-on-disconnect` is written. */
  readonly onDisconnect?: string;
  readonly expiresAtMs?: number;
}

/** The client keys of a gateway, found without touching the store. */
export class ClientKeys implements KeyRing {
  readonly adminKeyHash: string;
  readonly #store: KeyStore;
  #byHash = new Map<
    string,
    { readonly id: string; readonly principal: Principal; readonly expiresAtMs: number | null }
  >();

  #version: number | null = null;

  private constructor(store: KeyStore, adminKeyHash: string) {
    this.#store = store;
    this.adminKeyHash = adminKeyHash;
  }

  static async open(store: KeyStore, adminKeyHash: string): Promise<ClientKeys> {
    const keys = new ClientKeys(store, adminKeyHash);
    await keys.reload();
    return keys;
  }

  /** Reads the store again if another process has made or revoked keys. */
  async refresh(): Promise<void> {
    if ((await this.#store.version()) !== this.#version) await this.reload();
  }

  /** Reads the store again. */
  async reload(): Promise<void> {
    this.#version = await this.#store.version();
    this.#byHash = new Map((await this.#store.list()).map((key) => [key.hash, entryOf(key)]));
  }

  find(keyHash: string): { readonly principal: Principal; readonly expiresAtMs: number | null } | undefined {
    return this.#byHash.get(keyHash);
  }

  list(): Promise<readonly StoredKey[]> {
    return this.#store.list();
  }

  /** Makes a key. Its text is given once, here. */
  async create(wanted: NewKey): Promise<{ readonly stored: StoredKey; readonly key: string }> {
    const key = `gw_${randomBytes(32).toString("base64url")}`;
    const stored: StoredKey = {
      id: `key_${randomUUID().replaceAll("-", "")}`,
      name: wanted.name,
      hash: hashKey(key),
      organisation: wanted.organisation ?? "default",
      project: wanted.project ?? "default",
      metadata: wanted.metadata ?? {},
      models: wanted.models ?? null,
      limits: wanted.limits ?? [],
      onDisconnect: wanted.onDisconnect ?? null,
      createdAtMs: Date.now(),
      expiresAtMs: wanted.expiresAtMs ?? null,
    };
    await this.#store.insert(stored);
    this.#byHash.set(stored.hash, entryOf(stored));
    return { stored, key };
  }

  /** @returns whether there was such a key */
  async revoke(id: string): Promise<boolean> {
    const existed = await this.#store.delete(id);
    for (const [hash, entry] of this.#byHash) if (entry.id === id) this.#byHash.delete(hash);
    return existed;
  }
}

function entryOf(key: StoredKey) {
  const onDisconnect = key.onDisconnect === null ? null : parseDisconnectRule(key.onDisconnect);
  const principal: Principal = {
    tenant: { organisation: key.organisation, project: key.project, keyId: key.id },
    admin: false,
    models: key.models,
    metadata: key.metadata,
    limits: keyLimits(key.id, key.limits),
    ...(onDisconnect !== null && { onDisconnect }),
  };
  return { id: key.id, principal, expiresAtMs: key.expiresAtMs };
}
