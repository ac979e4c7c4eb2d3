import type { Transport } from "@gw/core";
import { platformTransport } from "#platform-transport";

let shared: Transport | null = null;
let users = 0;

/**
 * The process's own transport, made at its first use and shared by all providers that were given none.
 *
 * @returns `release` gives this use up; with the last use the connections are closed
 */
export function useSharedTransport(): { readonly transport: Transport; release(): Promise<void> } {
  shared ??= platformTransport();
  const transport = shared;
  users++;
  let released = false;
  return {
    transport,
    async release() {
      if (released) return;
      released = true;
      users--;
      if (users > 0) return;
      shared = null;
      await transport.close();
    },
  };
}
