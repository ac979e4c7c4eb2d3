import { hash } from "node:crypto";
import { GatewayError } from "@gw/core";
import { adminPrincipal, type Principal } from "../tenant.ts";

/** Finds keys by the SHA-256 of their text, in hex: nothing else of a key is kept. */
export interface KeyRing {
  readonly adminKeyHash: string;
  find(keyHash: string): { readonly principal: Principal; readonly expiresAtMs: number | null } | undefined;
}

/** The credentials of a request, wherever a vendor's SDK puts them. */
export function credentialsOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  query: URLSearchParams | null,
): string[] {
  const found: string[] = [];
  const authorization = headers.authorization;
  if (typeof authorization === "string" && /^bearer /i.test(authorization)) found.push(authorization.slice(7).trim());
  for (const name of ["x-api-key", "x-goog-api-key", "api-key"]) {
    const value = headers[name];
    if (typeof value === "string") found.push(value.trim());
  }
  const inQuery = query?.get("key");
  if (inQuery) found.push(inQuery);
  return found;
}

/**
 * Who the caller is. The first credential that is a key of this gateway counts: a placeholder beside it does no harm.
 *
 * @throws {GatewayError} `invalid_api_key` when none is, `expired_api_key` when the only one has expired.
 */
export function authenticate(credentials: readonly string[], keys: KeyRing, nowMs: number): Principal {
  let expired = false;
  for (const credential of credentials) {
    const keyHash = hashKey(credential);
    // Comparing digests leaks nothing about the key: the caller cannot choose a digest.
    if (keyHash === keys.adminKeyHash) return adminPrincipal;
    const key = keys.find(keyHash);
    if (key === undefined) continue;
    if (key.expiresAtMs === null || key.expiresAtMs > nowMs) return key.principal;
    expired = true;
  }
  if (expired) throw new GatewayError("expired_api_key", "The API key has expired");
  throw new GatewayError(
    "invalid_api_key",
    credentials.length === 0 ? "No API key was given" : "The API key is not known to this gateway",
  );
}

/** What is kept of a key. */
export function hashKey(key: string): string {
  return hash("sha256", key, "hex");
}
