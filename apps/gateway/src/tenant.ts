import type { GatewayLimit } from "./money/gateway-limit.ts";
import type { DisconnectRule } from "./streams/disconnect-rule.ts";

/** Who a key belongs to. Part of the identity of operations, streams, ledger accounts and logs. */
export interface Tenant {
  readonly organisation: string;
  readonly project: string;
  readonly keyId: string;
}

/** A caller who has shown a valid key. */
export interface Principal {
  readonly tenant: Tenant;
  /** The admin key, or the program that holds the gateway itself. */
  readonly admin: boolean;
  /** Model strings the key may use, or `null` for all. `provider/*` allows a whole provider. */
  readonly models: readonly string[] | null;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  /** What the key may spend; absent: no limit of its own. */
  readonly limits?: readonly GatewayLimit[];
  /** What becomes of its streamed calls when nobody reads them any more; absent: what is configured. */
  readonly onDisconnect?: DisconnectRule;
}

/** Who a program is that calls its own gateway in process, and who shows the admin key. */
export const adminPrincipal: Principal = {
  tenant: { organisation: "default", project: "default", keyId: "admin" },
  admin: true,
  models: null,
  metadata: {},
};
